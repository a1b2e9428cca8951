"""What a station publishes: kept, and told to whoever listens, in the form of each of EVerest's interfaces."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from bridge.ports import VariableListener
from bridge.types.ocpp.base import to_everest
from bridge.uplink.uplink import Uplink

_LOG = logging.getLogger(__name__)

SCHEDULES_AHEAD_S: Final = 600
"""of `charging_schedules` [doc: EVerest]"""
_SCHEDULES = "charging_schedules"
_IS_CONNECTED = "is_connected"

Schedules = Sequence[Mapping[str, Any]]
"""Composite schedules in EVerest's spelling: of the station, then of each EVSE; none before the charger was heard."""


class Published:
    """The last values of one station's variables, and who listens to them."""

    def __init__(self, uplink: Uplink) -> None:
        self._uplink = uplink
        self._last: dict[str, object] = {}
        self._listeners: list[VariableListener] = []
        uplink.station.published = self.tell

    def tell(self, name: str, value: object) -> None:
        """Keep a new value and tell it; schedules are made here, and the value given for them counts nothing."""
        if name == _SCHEDULES:
            if not self._listeners:
                return  # they are made out of all profiles, and `now` makes them anew
            value = self._schedules()
        else:
            self._last[name] = value
        for listener in list(self._listeners):
            try:
                listener(name, value)
            except Exception:  # noqa: BLE001 -- a defect of one who listens must not end the station
                _LOG.exception("%s: %s could not be published; please report this", self._uplink.station.name, name)

    def tell_schedules(self) -> None:
        """Tell the schedules as they are now."""
        self.tell(_SCHEDULES, None)

    def now(self) -> dict[str, object]:
        """Return the present values."""
        return self._last | {_IS_CONNECTED: self._uplink.is_connected, _SCHEDULES: self._schedules()}

    def listen(self, listener: VariableListener) -> Callable[[], None]:
        """Call `listener` with everything that is told; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def _schedules(self) -> Schedules:
        station = self._uplink.station
        if not station.has_begun:
            return ()
        numbers = (0, *station.connectors)
        return tuple(to_everest(station.limits.composite(number, SCHEDULES_AHEAD_S)) for number in numbers)


class Variables:
    """Those variables that one of EVerest's interfaces has; `forms` make its own form of a value."""

    def __init__(
        self, published: Published, names: Collection[str], forms: Mapping[str, Callable[[Any], object]]
    ) -> None:
        self._published = published
        self._names = frozenset(names)
        self._forms = forms

    def now(self) -> Mapping[str, object]:
        """Return the present values, and the last of what happened."""
        values = self._published.now()
        return {name: self._in_form(name, value) for name, value in values.items() if name in self._names}

    def subscribe(self, listener: VariableListener) -> Callable[[], None]:
        """Call `listener` on every change; return what ends that."""

        def hear(name: str, value: object) -> None:
            if name in self._names:
                listener(name, self._in_form(name, value))

        return self._published.listen(hear)

    def _in_form(self, name: str, value: object) -> object:
        form = self._forms.get(name)
        return value if form is None else form(value)
