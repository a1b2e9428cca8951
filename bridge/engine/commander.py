"""The only way down to the chargers: each wish is stored, sent once, and what became of it is stored."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from bridge.engine.recorder import Recorder
from bridge.engine.site_limit.caps import SETTING, Caps, Outcomes, Sending
from bridge.engine.waking import within
from bridge.errors import ChargerError, ChargerUnsupportedError, StoreError
from bridge.ports import Clock, Store, StoreDesk
from bridge.types.charger import Outcome, Snapshot
from bridge.types.command import Command
from bridge.types.journal import EntryKind
from bridge.types.words import Ability, CommandStatus

_LOG = logging.getLogger(__name__)

TURN_LIMIT_S = 15.0
"""how long a command waits for the one before it"""
ANSWER_LIMIT_S = 30.0
"""how long a charger has for everything that a command takes, looking at its effect included"""
_STOP_LIMIT_S = 0.3
_ASKED = "asked"
_OUTCOME = "outcome"
_UNDER_WAY = "command/"
"""settings: by charger the wish that was stored and has no outcome yet"""


class Commanded(Protocol):
    """A charger as the commander needs it; see `bridge.engine.worker.ChargerWorker`."""

    name: str

    @property
    def abilities(self) -> frozenset[Ability]:
        """What it can be asked to do."""

    async def execute(self, command: Command) -> Outcome:
        """Send a command once; see `bridge.ports.Charger`."""

    def note_command(self, command: Command, status: CommandStatus) -> None:
        """Take into account what was commanded, and look at the charger soon."""

    async def look(self, max_age_s: float) -> Snapshot:
        """Return a snapshot not older than this. Raises ChargerError."""


class ChargerCommander:
    """`bridge.ports.Commander`: different chargers are commanded side by side, one charger in turn.

    A command that has begun is brought to its end although whoever wished it has gone. One that still waits for its
    turn then is neither stored nor sent.

    No limit goes down that is above the site limit's cap, whoever wishes it; the journal has the wish, and under
    `sent` what was made of it.
    """

    def __init__(
        self,
        chargers: Sequence[Commanded],
        desk: StoreDesk,
        recorder: Recorder,
        clock: Clock,
        caps: Caps | None = None,
    ) -> None:
        self._chargers: dict[str, Commanded] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        for charger in chargers:
            self.take(charger)
        self._desk = desk
        self._recorder = recorder
        self._clock = clock
        self._caps = Caps() if caps is None else caps
        self._under_way: set[asyncio.Task[Outcome]] = set()
        self._untold: set[str] = set()
        """chargers whose last outcome the store has not taken yet"""

    def take(self, charger: Commanded) -> None:
        """Command this charger too, from now on."""
        self._chargers[charger.name] = charger
        self._turns[charger.name] = asyncio.Lock()

    async def restore(self) -> None:
        """Close what the bridge was about when it stopped: nobody knows whether it was done. Raises StoreError."""
        under_way, limits = await self._desk.run(lambda store: (store.settings(_UNDER_WAY), store.settings(SETTING)))
        self._caps.restore(limits)
        for name, asked in under_way.items():
            self._tell(name, json.loads(asked), _INTERRUPTED)
            self._untold.add(name)  # a store that is full now takes it before the next command

    def abilities(self, charger: str) -> frozenset[Ability]:
        """Return what this charger can be asked to do."""
        known = self._chargers.get(charger)
        return frozenset() if known is None else known.abilities

    async def execute(self, charger: str, command: Command, origin: str) -> Outcome:
        """Store the wish, send it once, store what became of it, and look at the charger; see the port."""
        asked = _asked_body(command, origin)
        known = self._chargers.get(charger)
        if known is None:
            return _refused(f"There is no charger called «{charger}».")
        if command.ability not in known.abilities:
            return await self._refuse(charger, asked, f"The charger has no command to {_words(command)}.")
        turn = self._turns[charger]
        if not await self._take_turn(turn):
            return await self._refuse(
                charger, asked, f"Another command is still under way after {TURN_LIMIT_S:.0f} s; nothing was sent."
            )
        task = asyncio.create_task(self._in_turn(known, command, origin), name=f"command to {charger}")
        self._under_way.add(task)
        task.add_done_callback(lambda done: self._finish(turn, done))
        return await asyncio.shield(task)

    async def look(self, charger: str, max_age_s: float) -> Snapshot:
        """Return a snapshot not older than this, asking the charger where needed. Raises ChargerError."""
        known = self._chargers.get(charger)
        if known is None:
            raise ChargerUnsupportedError(charger, "there is no charger of this name")
        return await known.look(max_age_s)

    async def aclose(self) -> None:
        """Give what is under way a moment to end; what does not is closed as unconfirmed at the next start."""
        if not self._under_way:
            return
        tasks = tuple(self._under_way)
        await asyncio.wait(tasks, timeout=_STOP_LIMIT_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _take_turn(self, turn: asyncio.Lock) -> bool:
        """Wait for the turn; False when it did not come in time."""
        taking = asyncio.ensure_future(turn.acquire())
        sleeping = asyncio.ensure_future(self._clock.sleep(TURN_LIMIT_S))
        try:
            await asyncio.wait((taking, sleeping), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            if not taking.cancel():
                turn.release()
            raise
        finally:
            sleeping.cancel()
        return not taking.cancel()

    def _finish(self, turn: asyncio.Lock, done: asyncio.Task[Outcome]) -> None:
        turn.release()
        self._under_way.discard(done)
        if not done.cancelled():
            done.exception()  # seen here too, for the caller may have gone

    async def _in_turn(self, charger: Commanded, command: Command, origin: str) -> Outcome:
        name = charger.name
        sending = self._caps.under_way(name, command, origin)
        asked = _asked_body(command, origin)
        if sending.refusal is not None:
            return await self._refuse(name, asked, sending.refusal)
        if sending.steps != (command,):
            asked["sent"] = [{"command": step.ability, "given": step.model_dump(mode="json")} for step in sending.steps]

        def ask(store: Store) -> None:
            store.append(EntryKind.COMMAND, name, asked_at, asked)
            store.put_setting(_UNDER_WAY + name, json.dumps(asked))
            for key, value in sending.kept.items():
                store.put_setting(key, value)

        asked_at = self._clock.now()
        await self._store(name, ask)
        begun = self._caps.begun(name, sending)
        outcomes: Outcomes = []
        outcome = await self._send(charger, sending, outcomes)
        kept = self._caps.ended(name, command, origin, begun, outcomes)
        charger.note_command(sending.steps[-1], outcome.status)
        _LOG.info("%s: %s for %s: %s", name, command.ability, asked["origin"], outcome.status)
        self._tell(name, asked, outcome, kept)
        if not await self._recorder.commit():
            self._untold.add(name)
        return outcome

    def _tell(
        self, charger: str, asked: Mapping[str, Any], outcome: Outcome, kept: Mapping[str, str] | None = None
    ) -> None:
        """Have an outcome journaled, and the wish forgotten in the same commit, however long the store refuses."""

        def put(store: Store, at: datetime) -> None:
            store.append(EntryKind.COMMAND, charger, at, _outcome_body(asked, outcome))
            store.drop_setting(_UNDER_WAY + charger)
            for key, value in (kept or {}).items():
                store.put_setting(key, value)

        self._recorder.take_noted(("command", charger), put, at_once=True)

    async def _refuse(self, charger: str, asked: dict[str, Any], detail: str) -> Outcome:
        outcome = _refused(detail)
        now = self._clock.now()

        def put(store: Store) -> None:
            for body in (asked, _outcome_body(asked, outcome)):
                store.append(EntryKind.COMMAND, charger, now, body)

        await self._store(charger, put)
        return outcome

    async def _store(self, charger: str, put: Callable[[Store], None]) -> None:
        """Journal at once. Raises StoreError, also while an earlier outcome, which belongs before it, still waits."""
        if charger in self._untold:
            if not await self._recorder.commit():
                raise StoreError(
                    charger,
                    "what became of the last command could not be stored yet",
                    todo="See what the page says of the store",
                    meanwhile="Nothing was sent",
                )
            self._untold.discard(charger)

        def put_together(store: Store) -> None:
            with store.transaction():
                put(store)

        await self._desk.run(put_together)
        self._recorder.announce()

    async def _send(self, charger: Commanded, sending: Sending, outcomes: Outcomes) -> Outcome:
        """Send every step, noting what became of it; return what became of the last one."""
        try:
            return await within(ANSWER_LIMIT_S, self._send_steps(charger, sending, outcomes), self._clock)
        except TimeoutError:
            outcome = _unconfirmed(f"It was not over after {ANSWER_LIMIT_S:.0f} s; it may have been done.")
        outcomes += [(step, outcome.status) for step in sending.steps[len(outcomes) :]]
        return outcome

    async def _send_steps(self, charger: Commanded, sending: Sending, outcomes: Outcomes) -> Outcome:
        for step in sending.steps:
            outcome = await self._send_one(charger, step)
            outcomes.append((step, outcome.status))
        if not sending.remark:
            return outcome
        return outcome.model_copy(update={"detail": f"{outcome.detail} {sending.remark}".strip()})

    async def _send_one(self, charger: Commanded, command: Command) -> Outcome:
        try:
            return await charger.execute(command)
        except ChargerUnsupportedError:
            return _refused(f"The charger has no command to {_words(command)}.")
        except ChargerError as error:  # raised before anything was sent; silence after it is an outcome
            return _refused(str(error))
        except Exception as error:  # noqa: BLE001 -- it was sent perhaps, and whoever wished it waits for a word
            _LOG.exception("%s: a defect while commanding %s", charger.name, command.ability)
            return _unconfirmed(f"The bridge failed ({type(error).__name__}); it may have been done.")


def _words(command: Command) -> str:
    return command.ability.replace("_", " ")


def _asked_body(command: Command, origin: str) -> dict[str, Any]:
    given = command.model_dump(mode="json")
    return {"command": command.ability, "origin": origin, "given": given, "phase": _ASKED}


def _outcome_body(asked: Mapping[str, Any], outcome: Outcome) -> dict[str, Any]:
    return {**asked, "phase": _OUTCOME, "status": outcome.status, "detail": outcome.detail}


def _refused(detail: str) -> Outcome:
    return Outcome(status=CommandStatus.REFUSED, detail=detail)


def _unconfirmed(detail: str) -> Outcome:
    return Outcome(status=CommandStatus.UNCONFIRMED, detail=detail)


_INTERRUPTED = _unconfirmed("The bridge stopped while the command was under way; it may have been done.")
