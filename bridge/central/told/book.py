"""The transactions of one station as charging sessions: kept before the station has its answer, each once.

What runs is in memory; its latest register goes to the store every five minutes and with whatever else is committed
there, for a commit costs an SD card far more than a message. Everything else (a start, an end, a start that is told
after what follows it) is one commit before the answer.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bridge.central.told.entering import Entering, Written
from bridge.central.told.happening import Happening
from bridge.central.told.session_steps import begins_before, gone_on, is_told_over
from bridge.engine.recorder import Recorder
from bridge.ports import Clock, Store, StoreDesk
from bridge.types.facts import to_epoch_s
from bridge.types.ocpp.transaction_event import TransactionEvent
from bridge.types.series import floor_interval_s
from bridge.types.session import ChargingSession
from bridge.types.words import SessionFlag

_ENDED_KEPT: Final = 8
_STRANGERS_KEPT: Final = 20


@dataclass(slots=True)
class _Running:
    session: ChargingSession
    last_at: datetime | None = None
    """when its register was read last, by the station; None after a restart"""
    kept_in_s: int = 0
    """the five minutes in which it was last given to the store"""


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of an event."""

    session: ChargingSession | None
    """as it is now; None where nothing can be made of the event"""
    has_begun: bool = False
    has_ended: bool = False
    lost: tuple[str, ...] = ()
    """ids of others that must be over, though nobody said so"""


@dataclass(slots=True)
class _Memory:
    running: dict[str, _Running] = field(default_factory=dict)
    ended: OrderedDict[str, ChargingSession] = field(default_factory=OrderedDict)
    strangers: OrderedDict[str, None] = field(default_factory=OrderedDict)
    """ids of updates that belong to nothing, so that the store is not searched for them each time"""


class Book:
    """One station's; whoever calls it waits until what it wrote is durable. Lives on the event loop."""

    def __init__(self, charger: str, desk: StoreDesk, recorder: Recorder, clock: Clock) -> None:
        self._charger = charger
        self._desk = desk
        self._recorder = recorder
        self._clock = clock
        self._memory = _Memory()
        self._turn = asyncio.Lock()
        self._under_way: set[asyncio.Future[Entered]] = set()

    def restore(self, open_sessions: list[ChargingSession]) -> None:
        """Go on with what ran when the bridge stopped."""
        for session in open_sessions:
            self._memory.running[session.session_id] = _Running(session)

    @property
    def running(self) -> list[ChargingSession]:
        """What runs, oldest start first."""
        return sorted((each.session for each in self._memory.running.values()), key=lambda each: each.started_at)

    def running_at(self, connector_id: int) -> ChargingSession | None:
        """Return what runs at a connector."""
        return next((each for each in reversed(self.running) if each.connector_id == connector_id), None)

    async def enter(self, happening: Happening) -> Entered:
        """Write an event down. Raises StoreError: then it is as if it had never been told.

        The start of 1.6 has no id yet: it gets one, the same whenever it is told.
        A caller who goes away (the answer took too long) stops nothing: what is written is remembered too.
        """
        light = None if self._under_way else self._go_on(happening)
        if light is not None:
            return light
        entering = asyncio.ensure_future(self._enter(happening))
        self._under_way.add(entering)
        entering.add_done_callback(self._finished)
        return await asyncio.shield(entering)

    def _finished(self, entering: asyncio.Future[Entered]) -> None:
        self._under_way.discard(entering)
        if not entering.cancelled():
            entering.exception()  # whoever waited has it; nobody calls it forgotten

    async def _enter(self, happening: Happening) -> Entered:
        async with self._turn:
            light = self._go_on(happening)
            return await self._write(happening) if light is None else light

    def _go_on(self, happening: Happening) -> Entered | None:
        """Take an update without a commit; None where it is more than new values of what runs."""
        if happening.kind is not TransactionEvent.UPDATED:
            return None
        memory, name = self._memory, happening.transaction_id
        if happening.is_nameless or (happening.is_numbered and name in memory.strangers):
            return Entered(None)
        over = memory.ended.get(name)
        if over is not None and is_told_over(over) and not begins_before(over, happening):
            return Entered(over)
        known = memory.running.get(name)
        if known is None or _tells_more(known.session, happening):
            return None
        is_newer = known.last_at is None or happening.read_at >= known.last_at
        known.session = gone_on(known.session, happening, is_newer=is_newer)
        if is_newer:
            known.last_at = happening.read_at
        self._keep_running(known)
        return Entered(known.session)

    def _keep_running(self, known: _Running) -> None:
        """Give the running session to the store, every five minutes, all stations in the same commit."""
        interval_s = floor_interval_s(to_epoch_s(self._clock.now()))
        if interval_s == known.kept_in_s:
            return
        known.kept_in_s = interval_s
        session, charger = known.session, self._charger

        def put(store: Store, at: datetime) -> None:
            # It may have ended, or its start moved, between the giving and the commit.
            held = store.session(charger, session.session_id, session.started_at)
            if held is not None and held.ended_at is None:
                store.put_sessions(charger, [session], at)

        self._recorder.take_noted(("running", charger, session.session_id), put)

    async def _write(self, happening: Happening) -> Entered:
        memory = self._memory
        entering = Entering(
            charger=self._charger,
            running={name: (each.session, each.last_at) for name, each in memory.running.items()},
            ended=dict(memory.ended),
        )
        written: Written = await self._desk.run(lambda store: entering.enter(store, happening))
        for session in written.sessions:
            self._remember(session, happening)
        if written.sessions:
            self._recorder.announce()  # databases and central systems above need not wait for their next look
        now = written.session
        if now is None:
            _note(memory.strangers, happening.transaction_id, _STRANGERS_KEPT)
            return Entered(None)
        if now.ended_at is not None:
            self._remember(now, happening)
        lost = tuple(
            session.session_id
            for session in written.sessions
            if session.session_id != now.session_id and SessionFlag.END_NOT_SEEN in session.flags
        )
        return Entered(now, has_begun=written.has_begun, has_ended=written.has_ended, lost=lost)

    def _remember(self, session: ChargingSession, happening: Happening) -> None:
        memory, name = self._memory, session.session_id
        memory.strangers.pop(name, None)
        if session.ended_at is not None:
            memory.running.pop(name, None)
            memory.ended.pop(name, None)
            memory.ended[name] = session
            while len(memory.ended) > _ENDED_KEPT:
                memory.ended.popitem(last=False)
            return
        memory.ended.pop(name, None)
        known = memory.running.setdefault(name, _Running(session))
        known.session = session
        known.kept_in_s = floor_interval_s(to_epoch_s(self._clock.now()))
        if known.last_at is None or happening.read_at > known.last_at:
            known.last_at = happening.read_at


def _tells_more(session: ChargingSession, happening: Happening) -> bool:
    """Tell whether an update is more than new values: who charges, where, or since when."""
    if happening.is_numbered:
        return False
    is_elsewhere = happening.connector_id not in (None, session.connector_id)
    is_named = session.id_token is None and happening.id_token is not None
    return is_elsewhere or is_named or begins_before(session, happening)


def _note(names: OrderedDict[str, None], name: str, most: int) -> None:
    names[name] = None
    while len(names) > most:
        names.popitem(last=False)
