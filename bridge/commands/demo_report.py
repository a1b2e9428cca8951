"""What the operator of `demo --csms` is told and asks for: a line for each thing that happens."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bridge.app import Running
from bridge.ports import Clock, Store
from bridge.types.facts import from_epoch_us, to_rfc3339
from bridge.types.journal import Entry, EntryKind
from bridge.types.session import ChargingSession

_LOOK_EVERY_S = 0.25
_ENTRIES_AT_ONCE = 500
_KINDS = (EntryKind.STATUS, EntryKind.SESSION, EntryKind.COMMAND)
_REMEMBERED = 200
"""sessions that have ended, of all stations"""


@dataclass(frozen=True, slots=True)
class ToldSession:
    """What both versions of OCPP tell of a session, in the same words."""

    started_at: datetime
    ended_at: datetime | None
    start_wh: int | None
    """register in whole Wh, as 1.6 tells it; None where it was not told"""
    stop_wh: int | None

    @classmethod
    def of(cls, session: ChargingSession) -> ToldSession:
        """Return what counts of a session."""
        start_wh, stop_wh = _whole(session.meter_start_wh), _whole(session.meter_stop_wh)
        return cls(session.started_at, session.ended_at, start_wh, stop_wh if session.ended_at else None)

    def __str__(self) -> str:
        """Say it in a line that is the same for the same session."""
        start, stop = ("?" if wh is None else str(wh) for wh in (self.start_wh, self.stop_wh))
        if self.ended_at is None:
            return f"began {to_rfc3339(self.started_at)} at {start} Wh"
        taken = "?" if self.start_wh is None or self.stop_wh is None else str(self.stop_wh - self.start_wh)
        return f"{to_rfc3339(self.started_at)} to {to_rfc3339(self.ended_at)}, {start} to {stop} Wh: {taken} Wh"

    def overlaps(self, other: ToldSession) -> bool:
        """Tell whether both have ended and can be the same: one charger of the demo has one connector."""
        if self.ended_at is None or other.ended_at is None:
            return False
        return self.started_at < other.ended_at and other.started_at < self.ended_at


class ToldSessions:
    """Sessions as stations told them; who tells the same charger in another version is held against it."""

    def __init__(self, chargers: Mapping[str, str], versions: Mapping[str, str | None]) -> None:
        """Both are by the stations' identities: the chargers behind them, and what they speak."""
        self._chargers = chargers
        self._versions = versions
        self._told: deque[tuple[str, str, ToldSession]] = deque(maxlen=_REMEMBERED)
        """station, id and what was told last, of each session"""

    def take(self, station: str, session: ChargingSession) -> Iterator[str]:
        """Yield what there is to say of a session that is new or has changed."""
        now = ToldSession.of(session)
        known = next((one for one in self._told if one[:2] == (station, session.session_id)), None)
        if known is not None:
            if known[2] == now:
                return
            self._told.remove(known)
        yield f"{station} session {now}"
        for other, _, its in self._told:
            if other != station and self._chargers[other] == self._chargers[station] and now.overlaps(its):
                both = " and ".join(f"{self._versions[one]} ({one})" for one in (other, station))
                said = f"the same session in {both}" if now == its else f"NOT the same session in {both}: {its}; {now}"
                yield f"{self._chargers[station]} tells {said}"
        self._told.append((station, session.session_id, now))


class OperatorReport:
    """Looks at the operator's bridge and shows what is new. What a kept store has from before is not shown again."""

    def __init__(
        self, running: Running, chargers: Mapping[str, str], clock: Clock, show: Callable[[str], None]
    ) -> None:
        """`chargers` are those behind the stations, by the stations' identities."""
        self._running = running
        self._clock = clock
        self._show = show
        self._versions: dict[str, str | None] = dict.fromkeys(chargers)
        """of the last connection of each station"""
        self._sessions = ToldSessions(chargers, self._versions)

    async def run(self) -> None:
        """Show until cancelled."""
        desk = self._running.desk
        seq = await desk.run(lambda store: store.last_seq())
        while True:
            self._look_at_connections()
            for entry, session in await desk.run(partial(_read, after_seq=seq)):
                seq = entry.seq
                self._tell(entry, session)
            await self._clock.sleep(_LOOK_EVERY_S)

    def _look_at_connections(self) -> None:
        for card in self._running.board.stations.values():
            if card.version is not None and card.version != self._versions[card.identity]:
                self._versions[card.identity] = card.version
                self._show(f"{card.identity} speaks OCPP {card.version}")

    def _tell(self, entry: Entry, session: ChargingSession | None) -> None:
        body = entry.body
        station = self._running.board.stations[entry.charger].identity
        match entry.kind:
            case EntryKind.STATUS:
                self._show(f"{station} connector {body['connector_id']} is {body['status']}")
            case EntryKind.COMMAND if body["phase"] == "outcome":
                given = " ".join(f"{name}={value}" for name, value in body["given"].items())
                detail = f" ({body['detail']})" if body["detail"] else ""
                self._show(f"{station} {body['command']} {given} for {body['origin']}: {body['status']}{detail}")
            case EntryKind.SESSION if session is not None:
                for line in self._sessions.take(station, session):
                    self._show(line)


def _read(store: Store, after_seq: int) -> list[tuple[Entry, ChargingSession | None]]:
    return [(entry, _session_of(store, entry)) for entry in store.journal(after_seq, _ENTRIES_AT_ONCE, _KINDS)]


def _session_of(store: Store, entry: Entry) -> ChargingSession | None:
    if entry.kind is not EntryKind.SESSION:
        return None
    return store.session(entry.charger, entry.body["session_id"], from_epoch_us(entry.body["started_us"]))


def _whole(wh: float | None) -> int | None:
    return None if wh is None else math.floor(wh)
