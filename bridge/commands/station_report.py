"""What a simulated station prints of itself: a line for each thing that happens."""

from __future__ import annotations

from bridge.app import Running
from bridge.engine.board import UplinkState
from bridge.ports import Clock, Store
from bridge.types.facts import from_epoch_us
from bridge.types.journal import Entry, EntryKind
from bridge.types.session import ChargingSession
from bridge.types.transaction import StationTransaction
from bridge.uplink.told.outbox import Outbox

CHARGER = "simulated"
CSMS = "csms"
"""what charger and central system are called in the bridge of a simulated station"""
_LOOK_EVERY_S = 0.25
_ENTRIES_AT_ONCE = 500
_KINDS = (EntryKind.STATUS, EntryKind.SESSION, EntryKind.COMMAND)
_SAID = {
    UplinkState.CONNECTING: "is not connected; it is tried again and again",
    UplinkState.BOOTING: "is connected",
    UplinkState.PENDING: "is to wait (Pending)",
    UplinkState.REJECTED: "is not wanted (Rejected); it asks again later",
    UplinkState.HELD: "is held back",
    UplinkState.STOPPED: "was stopped",
}


class StationReport:
    """Looks at a running bridge with one station, and prints what is new."""

    def __init__(self, running: Running, identity: str, clock: Clock) -> None:
        self._running = running
        self._identity = identity
        self._clock = clock
        self._station = Outbox(CHARGER, CSMS).station
        self._seq = 0
        self._state = UplinkState.CONNECTING
        self._sessions: set[tuple[str, bool]] = set()
        """ids of sessions, each with whether its end was told"""
        self._begun: dict[str, str] = {}
        """session → number of its transaction, of those that the central system knows"""

    async def run(self) -> None:
        """Print until cancelled."""
        while True:
            self._look_at_connection()
            entries, sessions, transactions = await self._running.desk.run(self._read)
            for entry in entries:
                self._tell(entry, sessions)
            self._look_at_transactions(transactions)
            await self._clock.sleep(_LOOK_EVERY_S)

    def _read(self, store: Store) -> tuple[list[Entry], dict[str, ChargingSession], list[StationTransaction]]:
        entries = store.journal(self._seq, _ENTRIES_AT_ONCE, _KINDS)
        sessions = {}
        for entry in entries:
            self._seq = entry.seq
            if entry.kind is EntryKind.SESSION:
                session_id = entry.body["session_id"]
                session = store.session(entry.charger, session_id, from_epoch_us(entry.body["started_us"]))
                if session is not None:
                    sessions[session_id] = session
        return entries, sessions, store.transactions(self._station)

    def _look_at_connection(self) -> None:
        card = self._running.board.uplinks[CHARGER, CSMS]
        if card.state is self._state:
            return
        self._state = card.state
        speaks = f"is online, and speaks OCPP {card.version}"
        self._say(speaks if card.state is UplinkState.ONLINE else _SAID[card.state])

    def _tell(self, entry: Entry, sessions: dict[str, ChargingSession]) -> None:
        body = entry.body
        match entry.kind:
            case EntryKind.STATUS:
                self._say(f"connector {body['connector_id']} is {body['status']}")
            case EntryKind.COMMAND if body["phase"] == "outcome":
                given = " ".join(f"{name}={value}" for name, value in body["given"].items())
                detail = f" ({body['detail']})" if body["detail"] else ""
                self._say(f"{body['command']} {given} wished by {body['origin']}: {body['status']}{detail}")
            case EntryKind.SESSION if body["session_id"] in sessions:
                self._tell_session(sessions[body["session_id"]])

    def _tell_session(self, session: ChargingSession) -> None:
        edge = session.session_id, session.ended_at is not None
        if edge in self._sessions:
            return
        self._sessions.add(edge)
        if session.ended_at is None:
            self._say(f"charging session begins at {_wh(session.meter_start_wh)}")
        else:
            reason = f", {session.stop_reason}" if session.stop_reason else ""
            self._say(f"charging session ends at {_wh(session.meter_stop_wh)}: {_wh(session.energy_wh)}{reason}")

    def _look_at_transactions(self, open_ones: list[StationTransaction]) -> None:
        """Tell which transactions the central system has learnt of, by its number or that of OCPP 2.x."""
        still_open = {one.session_id for one in open_ones}
        for session_id in [one for one in self._begun if one not in still_open]:
            self._say(f"transaction {self._begun.pop(session_id)} is told to its end")
        for one in open_ones:
            if one.session_id not in self._begun and one.transaction_id is not None:
                self._begun[one.session_id] = one.transaction_id
                self._say(f"transaction {one.transaction_id} has begun at the central system")

    def _say(self, what: str) -> None:
        print(f"{self._identity} {what}", flush=True)


def _wh(energy_wh: float | None) -> str:
    return "an unknown register" if energy_wh is None else f"{energy_wh:.0f} Wh"
