"""What a central system is told of the connectors' states: legal steps only, and none that does not last. Pure.

OCPP allows only some steps from one state to the next, and central systems hold stations to it. A charger that is
polled skips states; so the way there is told step by step, along the shortest legal path, each step with the time of
the last.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime

from bridge.types.ocpp.connector_state import ChargePointErrorCode
from bridge.types.words import ConnectorStatus

_S = ConnectorStatus
_IN_USE = frozenset({_S.CHARGING, _S.SUSPENDED_EV, _S.SUSPENDED_EVSE})

LEGAL_STEPS: dict[ConnectorStatus, frozenset[ConnectorStatus]] = {
    _S.AVAILABLE: _IN_USE | {_S.PREPARING, _S.RESERVED, _S.UNAVAILABLE, _S.FAULTED},
    _S.PREPARING: _IN_USE | {_S.AVAILABLE, _S.FINISHING, _S.FAULTED},
    _S.CHARGING: (_IN_USE - {_S.CHARGING}) | {_S.AVAILABLE, _S.FINISHING, _S.UNAVAILABLE, _S.FAULTED},
    _S.SUSPENDED_EV: (_IN_USE - {_S.SUSPENDED_EV}) | {_S.AVAILABLE, _S.FINISHING, _S.UNAVAILABLE, _S.FAULTED},
    _S.SUSPENDED_EVSE: (_IN_USE - {_S.SUSPENDED_EVSE}) | {_S.AVAILABLE, _S.FINISHING, _S.UNAVAILABLE, _S.FAULTED},
    _S.FINISHING: frozenset({_S.AVAILABLE, _S.PREPARING, _S.UNAVAILABLE, _S.FAULTED}),
    _S.RESERVED: frozenset({_S.AVAILABLE, _S.PREPARING, _S.UNAVAILABLE, _S.FAULTED}),
    _S.UNAVAILABLE: _IN_USE | {_S.AVAILABLE, _S.PREPARING, _S.FAULTED},
}
"""From a state to those that may follow it [spec: OCPP 1.6, 4.9]. Out of Faulted it goes back to the state underneath,
or on to what may follow that."""

_ORDER = (_S.PREPARING, _S.FINISHING, *(status for status in _S if status not in {_S.PREPARING, _S.FINISHING}))
"""of two ways that are equally long the one is told on which the vehicle stays: Available would say that it has left"""
_AT_ONCE = float("-inf")


@dataclass(frozen=True, slots=True)
class ConnectorNotice:
    """One StatusNotification to be."""

    connector_id: int
    """on the whole charger; 0 is the charger itself"""
    status: ConnectorStatus
    at: datetime
    """since when"""
    error_code: ChargePointErrorCode = ChargePointErrorCode.NO_ERROR
    info: str | None = None
    vendor_error_code: str | None = None


def legal_path(from_status: ConnectorStatus, to_status: ConnectorStatus) -> tuple[ConnectorStatus, ...]:
    """Return the states to go through after `from_status`, `to_status` last: the shortest way; empty when it is there.

    Out of Faulted it is one step: what lies underneath is not known here.
    """
    if from_status is to_status:
        return ()
    ways: deque[tuple[ConnectorStatus, ...]] = deque([(from_status,)])
    seen = {from_status}
    while ways:
        way = ways.popleft()
        for following in _ORDER:
            if following in seen or following not in LEGAL_STEPS.get(way[-1], ()):
                continue
            if following is to_status:
                return (*way[1:], following)
            if following is not ConnectorStatus.FAULTED:
                seen.add(following)
                ways.append((*way, following))
    return (to_status,)


@dataclass(slots=True)
class _Connector:
    wanted: ConnectorNotice
    since_s: float
    """monotonic; since when its status is wanted, or what else is wanted where the status was told"""
    told: ConnectorNotice | None = None
    underneath: ConnectorStatus | None = None
    """the last state told that was not Faulted"""
    told_here: bool = False
    """whether it was told on this connection"""
    is_in_doubt: bool = False
    """the line broke after `told` was sent and before it was answered"""
    is_asked_for: bool = False


class ConnectorStates:
    """Knows what is, what was told, and what is to be told next.

    `says` is what a message tells of a state, None where there is no message of it; `walks` is whether connectors go
    by the steps of `LEGAL_STEPS` only. Both are those of the version of OCPP that is spoken.
    """

    def __init__(self, says: Callable[[ConnectorNotice], Hashable | None], *, walks: bool) -> None:
        self.says = says
        self.walks = walks
        self._connectors: dict[int, _Connector] = {}

    def note(self, notice: ConnectorNotice, now_s: float) -> None:
        """Take what is now true of a connector."""
        known = self._connectors.get(notice.connector_id)
        if known is None:
            self._connectors[notice.connector_id] = _Connector(notice, now_s)
            return
        if _all_of(notice) == _all_of(known.wanted):
            return
        # an error's text that changes all the time must not keep back a status that lasts
        if notice.status is not known.wanted.status or _has_status(known.told, notice.status):
            known.since_s = now_s
        known.wanted = notice

    def connected_anew(self, *, after_boot: bool, only_changed: bool = False) -> None:
        """Tell all states again, or `only_changed`; after a boot the central system knows none of the earlier ones."""
        for connector in self._connectors.values():
            connector.is_asked_for = False
            connector.told_here = connector.told_here and only_changed and not after_boot
            if after_boot:
                connector.told = connector.underneath = None
                connector.is_in_doubt = False

    def tell_again(self, connector_id: int | None) -> None:
        """Tell the state of a connector, or of all, once more: the central system asked for it."""
        for number, connector in self._connectors.items():
            if connector_id in (None, number) and self.says(connector.wanted) is not None:
                connector.told_here = False
                connector.is_asked_for = True

    @property
    def has_asked_for(self) -> bool:
        """Whether a state waits that the central system asked for."""
        return any(connector.is_asked_for for connector in self._connectors.values())

    def next(self, now_s: float, minimum_s: float, *, asked_for_only: bool = False) -> ConnectorNotice | None:
        """Return the next step to tell, connector 0 first; one that has not lasted `minimum_s` waits [spec: 4.9]."""
        for _, connector in sorted(self._connectors.items()):
            due_at_s = self._due_at_s(connector, minimum_s)
            if due_at_s is not None and now_s >= due_at_s and (connector.is_asked_for or not asked_for_only):
                return self._next_step(connector, now_s, minimum_s)
        return None

    def told(self, notice: ConnectorNotice) -> None:
        """Note that a step was taken by the central system."""
        connector = self._connectors[notice.connector_id]
        connector.told, connector.told_here = notice, True
        connector.is_in_doubt = connector.is_asked_for = False
        if notice.status is not ConnectorStatus.FAULTED:
            connector.underneath = notice.status

    def in_doubt(self, notice: ConnectorNotice) -> None:
        """Note that the line broke before a step was answered: whether it was taken will never be known.

        It is told again before the next: so each is a legal step from the last, whichever of the two that was. A fault
        needs no such care, for it may follow everything, and go back to what was before.
        """
        if notice.status is ConnectorStatus.FAULTED:
            return
        connector = self._connectors[notice.connector_id]
        connector.told, connector.underneath = notice, notice.status
        connector.told_here, connector.is_in_doubt = False, True

    def wake_at_s(self, minimum_s: float) -> float | None:
        """Return the monotonic moment from which `next` has something; long ago when it has now, None for never."""
        moments = (self._due_at_s(connector, minimum_s) for connector in self._connectors.values())
        return min((moment for moment in moments if moment is not None), default=None)

    def _due_at_s(self, connector: _Connector, minimum_s: float) -> float | None:
        if self.says(connector.wanted) is None:
            return None
        if connector.told is None or not connector.told_here:
            return _AT_ONCE
        return None if self._is_told(connector, connector.told) else _lasts_from_s(connector, minimum_s)

    def _is_told(self, connector: _Connector, told: ConnectorNotice) -> bool:
        return self.says(told) == self.says(connector.wanted)

    def _next_step(self, connector: _Connector, now_s: float, minimum_s: float) -> ConnectorNotice:
        told, wanted = connector.told, connector.wanted
        if told is None:
            return wanted
        if connector.is_in_doubt:
            return told
        if self._is_told(connector, told):
            return wanted
        if now_s < _lasts_from_s(connector, minimum_s):
            return told
        step = _step_towards(connector, told.status, wanted.status) if self.walks else wanted.status
        if step is wanted.status:
            return wanted
        return ConnectorNotice(wanted.connector_id, step, wanted.at)


def _all_of(notice: ConnectorNotice) -> tuple[object, ...]:
    return (notice.status, notice.error_code, notice.info, notice.vendor_error_code)


def _has_status(notice: ConnectorNotice | None, status: ConnectorStatus) -> bool:
    return notice is not None and notice.status is status


def _lasts_from_s(connector: _Connector, minimum_s: float) -> float:
    """Return when what is wanted has lasted long enough; a fault is told however short it is."""
    is_fault = connector.wanted.status is ConnectorStatus.FAULTED
    return _AT_ONCE if is_fault else connector.since_s + minimum_s


def _step_towards(connector: _Connector, told: ConnectorStatus, wanted: ConnectorStatus) -> ConnectorStatus:
    if wanted is told or wanted is ConnectorStatus.FAULTED or connector.wanted.connector_id == 0:
        return wanted
    if told is not ConnectorStatus.FAULTED:
        return legal_path(told, wanted)[0]
    underneath = connector.underneath
    if underneath is None or underneath is wanted:
        return wanted
    way = legal_path(underneath, wanted)
    return wanted if len(way) == 1 else underneath
