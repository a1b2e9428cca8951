"""What the engine notes itself of a charger that keeps no log or no history, from its polls to the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from bridge.engine.history import History
from bridge.engine.observed_intervals import ObservedIntervals, Row
from bridge.engine.observed_sessions import ObservedSessions, last_seen_at
from bridge.engine.recorder import Recorder
from bridge.ports import Charger, Clock, ReadingRow, Store, StoreDesk
from bridge.types.charger import Snapshot
from bridge.types.command import Command
from bridge.types.facts import to_epoch_s
from bridge.types.series import INTERVAL_S, CellState, IntervalBatch, floor_interval_s
from bridge.types.session import ChargingSession
from bridge.types.words import CommandStatus

_FEWEST_POLLS_S = 60.0
_POLLS_PER_GAP = 3
_LOOK_BACK = timedelta(seconds=2 * INTERVAL_S)
"""readings are committed at least as often as every five minutes"""
_MOST_ROWS_WAITING = 100


class Observation:
    """One charger's; every snapshot passes through it before anybody else sees it."""

    def __init__(
        self, name: str, charger: Charger, history: History, recorder: Recorder, clock: Clock, poll_s: float
    ) -> None:
        self._name = name
        self._history = history
        self._recorder = recorder
        self._clock = clock
        gap_s = max(_POLLS_PER_GAP * poll_s, _FEWEST_POLLS_S)
        self._notes_rows = not charger.tells_itself
        notes_sessions = not (charger.keeps_session_log or charger.tells_itself)
        self._sessions = ObservedSessions(timedelta(seconds=gap_s)) if notes_sessions else None
        self._intervals = ObservedIntervals(gap_s)
        self._rows: list[Row] = []

    async def restore(self, desk: StoreDesk) -> None:
        """Go on from what is kept, so that a restart neither ends a session nor makes a gap."""
        now = self._clock.now()

        def read(store: Store) -> tuple[str | None, list[ChargingSession], list[ReadingRow]]:
            running = store.open_sessions(self._name)
            memory = store.setting(self._key)
            readings = store.readings(self._name, now - _LOOK_BACK, now)
            seen_at = last_seen_at(memory)
            if seen_at is not None and seen_at < now - _LOOK_BACK:
                readings = store.readings(self._name, seen_at, min(seen_at + _LOOK_BACK, now - _LOOK_BACK)) + readings
            return memory, running, readings

        memory, running, readings = await desk.run(read)
        since_s = floor_interval_s(to_epoch_s(now)) - INTERVAL_S
        for row in readings:
            if row.at.timestamp() >= since_s:
                self._rows += self._intervals.take(row.connector_id, row.at.timestamp(), row.power_w)
        if self._sessions is None:
            return
        strays = self._sessions.restore(memory, running, readings)
        self._keep_sessions(strays, at_once=False)

    @property
    def _key(self) -> str:
        return f"observed/{self._name}"

    def take(self, snapshot: Snapshot) -> Snapshot:
        """Note what a snapshot tells; return it as readers should see it."""
        if self._notes_rows and self._history.offers_intervals is not True:
            at_s = snapshot.read_at.timestamp()
            for reading in snapshot.connectors:
                self._rows += self._intervals.take(reading.connector_id, at_s, reading.power_w)
        self._give_rows()
        if self._sessions is None:
            return snapshot
        observed = self._sessions.take(snapshot)
        if observed.due:
            self._keep_sessions(observed.sessions, at_once=observed.edge)
        return observed.snapshot

    def pass_by(self) -> None:
        """Note that a poll failed: an interval may be over all the same."""
        self._rows += self._intervals.pass_by(self._clock.now().timestamp())
        self._give_rows()

    def note_command(self, command: Command, status: CommandStatus) -> None:
        """Take into account what was commanded."""
        if self._sessions is not None:
            self._sessions.note_command(command, status, self._clock.now())
            self._keep_sessions((), at_once=False)

    def _keep_sessions(self, sessions: Sequence[ChargingSession], *, at_once: bool) -> None:
        if self._sessions is None:
            return
        for session in sessions:
            self._recorder.take_noted(
                ("session", self._name, session.session_id), partial(_put_session, self._name, session)
            )
        memory = partial(_put_memory, self._key, self._sessions.memory)
        self._recorder.take_noted(("memory", self._name), memory, at_once=at_once)

    def _give_rows(self) -> None:
        """Hand rows on, where the charger has no history of its own; wait until that is known."""
        offers = self._history.offers_intervals
        if offers is None:
            del self._rows[:-_MOST_ROWS_WAITING]
            return
        rows, self._rows = self._rows, []
        for row in () if offers else rows:
            self._recorder.take_noted(("row", self._name, row[:2]), partial(_put_row, self._name, row))


def _put_session(name: str, session: ChargingSession, store: Store, at: datetime) -> None:
    store.put_sessions(name, [session], at)


def _put_memory(key: str, memory: str, store: Store, _at: datetime) -> None:
    store.put_setting(key, memory)


def _put_row(name: str, row: Row, store: Store, at: datetime) -> None:
    batch = IntervalBatch([row.start_s], {f"connector{row.connector_id}": [row.power_w]})
    store.put_intervals(name, batch, CellState.POLLED, at)
