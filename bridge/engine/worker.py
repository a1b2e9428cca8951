"""Everything that is done for one charger: one poller, one history, one memory of its last state, one way down."""

from __future__ import annotations

from datetime import datetime

from bridge.engine.board import Board
from bridge.engine.changes import ChangeWatch
from bridge.engine.health import HealthWatch
from bridge.engine.history import History
from bridge.engine.observation import Observation
from bridge.engine.poller import Poller
from bridge.engine.recorder import Recorder
from bridge.ports import Charger, Clock, Store, StoreDesk
from bridge.types.charger import ChargerIdentity, Outcome, Snapshot
from bridge.types.command import Command
from bridge.types.facts import from_epoch_us
from bridge.types.journal import Entry, EntryKind
from bridge.types.words import Ability, CommandStatus, ConnectorStatus, Health


class ChargerWorker:
    """Polls one charger and keeps its history whole; a charger that is down holds up nobody else."""

    def __init__(
        self,
        charger_id: str,
        charger: Charger,
        since_at: datetime,
        *,
        board: Board,
        desk: StoreDesk,
        recorder: Recorder,
        health: HealthWatch,
        clock: Clock,
    ) -> None:
        card = board.chargers[charger_id]
        self.name = charger_id
        self._card = card
        self._charger = charger
        self._desk = desk
        self._health = health
        self._changes = ChangeWatch()
        self.history = History(card, charger, desk, recorder, clock, since_at)
        self._observation = Observation(charger_id, charger, self.history, recorder, clock, card.poll_s)
        self._poller = Poller(card, charger, recorder, health, self._changes, clock, self.history, self._observation)

    async def restore(self) -> None:
        """Go on from what was journaled before a restart, so that starting is no change of state."""

        def read(store: Store) -> tuple[list[Entry], list[Entry]]:
            return (
                store.latest(EntryKind.STATUS, self._card.charger),
                store.latest(EntryKind.HEALTH, self._card.charger),
            )

        states, healths = await self._desk.run(read)
        self._card.identity = await self._desk.run(lambda store: store.identity(self._card.charger))
        for entry in states:
            word = entry.body["status"]
            status = None if word is None else ConnectorStatus(word)
            self._changes.restore(entry.body["connector_id"], status, entry.body["raw"])
        for entry in healths:
            heard_us = entry.body["last_heard_us"]
            heard_at = None if heard_us is None else from_epoch_us(heard_us)
            self._health.restore(self._card.charger, Health(entry.body["health"]), entry.at, heard_at)
        await self._observation.restore(self._desk)

    async def poll(self) -> None:
        """Poll until cancelled."""
        await self._poller.run()

    async def keep_history(self) -> None:
        """Read the history now and whenever woken, until cancelled."""
        self.history.wake_recent()
        self.history.wake_fill()
        await self.history.run()

    @property
    def tells_itself(self) -> bool:
        """Whether sessions, rows and identity are kept as the charger tells them, with nothing to fetch."""
        return self._charger.tells_itself

    @property
    def abilities(self) -> frozenset[Ability]:
        """What the charger can be asked to do."""
        return self._charger.abilities

    async def execute(self, command: Command) -> Outcome:
        """Send a command once; see `bridge.ports.Charger`. Belongs to the commander, which stores it first."""
        return await self._charger.execute(command)

    def note_command(self, command: Command, status: CommandStatus) -> None:
        """Take into account what was commanded, and look at once what has become of it."""
        self._observation.note_command(command, status)
        self._poller.wake()

    def told(self, identity: ChargerIdentity | None) -> None:
        """Take up what the charger told by itself, and who it said it is."""
        self._card.identity = identity or self._card.identity
        self._poller.told()

    async def look(self, max_age_s: float) -> Snapshot:
        """Return a snapshot not older than this, asking the charger where needed. Raises ChargerError."""
        return await self._poller.look(max_age_s)

    async def aclose(self) -> None:
        """Let go of the charger."""
        await self._charger.aclose()
