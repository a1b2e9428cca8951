"""What the journal tells of a charger's states → what is told of its connectors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bridge.types.journal import Entry
from bridge.types.ocpp.connector_state import ChargePointErrorCode
from bridge.types.ocpp.facts import INFO_AT_MOST
from bridge.types.words import ConnectorStatus, Health
from bridge.uplink.told.connector_states import ConnectorNotice

_WHOLE = 0


class ChargerStates:
    """The last state of every connector, and whether the charger is heard at all."""

    def __init__(self, since: datetime) -> None:
        self._since = since
        self._entries: dict[int, Entry] = {}
        self._known: dict[int, tuple[ConnectorStatus, Entry]] = {}
        """the last word of each connector that is known"""
        self._health: Entry | None = None

    @property
    def connectors(self) -> tuple[int, ...]:
        """The connectors that were ever told of, in their order."""
        return tuple(sorted(self._entries))

    @property
    def is_heard(self) -> bool:
        """Whether the charger answers, as far as the journal tells."""
        return self._health is None or self._health.body["health"] == Health.NORMAL

    def take(self, entry: Entry) -> None:
        """Take a change of a state (`status`) that the journal tells."""
        connector_id = int(entry.body["connector_id"])
        self._entries[connector_id] = entry
        status = self.status(connector_id)
        if status is not None:
            self._known[connector_id] = status, entry

    def take_health(self, entry: Entry | None) -> None:
        """Take a change of health; None where there never was one."""
        self._health = entry or self._health

    def status(self, connector_id: int) -> ConnectorStatus | None:
        """Return the charger's own word for a connector, known or not; None where it has none."""
        entry = self._entries.get(connector_id)
        word = None if entry is None else entry.body["status"]
        return None if word is None else ConnectorStatus(word)

    def notices(self) -> Iterator[ConnectorNotice]:
        """Yield what is true now of the whole charger and of each connector.

        A charger that is not heard is Faulted: it may charge, and nobody knows. A word that is not known is passed
        over: what was true before stays, and of a connector that never had another nothing is told.
        """
        health = self._health
        silent = health if health is not None and health.body["health"] != Health.NORMAL else None
        since = self._since if health is None else health.at
        if silent is not None:
            word = str(silent.body["health"])
            for connector_id in (_WHOLE, *sorted(self._known)):
                yield ConnectorNotice(
                    connector_id,
                    ConnectorStatus.FAULTED,
                    silent.at,
                    ChargePointErrorCode.OTHER_ERROR,
                    "the charger does not answer",
                    word,
                )
            return
        yield ConnectorNotice(_WHOLE, ConnectorStatus.AVAILABLE, since)
        for connector_id, (status, entry) in sorted(self._known.items()):
            yield _notice(connector_id, status, entry)


def _notice(connector_id: int, status: ConnectorStatus, entry: Entry) -> ConnectorNotice:
    fault, raw = entry.body.get("fault"), entry.body.get("raw")
    if not fault and status is not ConnectorStatus.FAULTED:
        return ConnectorNotice(connector_id, status, entry.at)
    return ConnectorNotice(
        connector_id,
        status,
        entry.at,
        ChargePointErrorCode.OTHER_ERROR,
        str(fault)[:INFO_AT_MOST] if fault else None,
        str(raw)[:INFO_AT_MOST] if raw else None,
    )
