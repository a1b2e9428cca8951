"""Follows what happens at a charger: its states, its sessions, and what is to be told of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bridge.engine.waking import to_its_end
from bridge.errors import StoreError
from bridge.ports import Store
from bridge.types.journal import Entry
from bridge.types.session import ChargingSession
from bridge.types.transaction import StationTransaction, TransactionPhase
from bridge.types.words import ConnectorStatus
from bridge.uplink.obeyed.postponed import Postponed
from bridge.uplink.smart_charging.profiles import Transaction
from bridge.uplink.told.leaving import Leaving
from bridge.uplink.told.outbox import News, latest_states

if TYPE_CHECKING:
    from bridge.uplink.station import Station

IN_USE = frozenset({ConnectorStatus.CHARGING, ConnectorStatus.SUSPENDED_EV, ConnectorStatus.SUSPENDED_EVSE})
"""states in which a vehicle charges, or would"""
_BEGUN = (TransactionPhase.RUNNING, TransactionPhase.STOPPING)


@dataclass(frozen=True, slots=True)
class Present:
    """How things stand, whatever happened before."""

    states: Sequence[Entry]
    health: Entry | None
    begun: frozenset[int]
    """connectors whose transactions run at the other side, over or not here"""
    running: list[Transaction]
    """at each connector the one that began last"""
    inoperative: Mapping[str, str]
    """what `Postponed` keeps"""


class Following:
    """What one station knows of its charger, and how far. Lives on the event loop."""

    def __init__(self, station: Station) -> None:
        self.news = asyncio.Event()
        """set when the journal has grown"""
        self._station = station
        self._heard_of: set[int] = set()
        self._leaving = Leaving()
        self.postponed = Postponed(station)
        """what is done once no vehicle charges"""
        self._looking = asyncio.Lock()
        self._is_behind = True
        """news were passed over: first is to be seen how things stand"""
        self._sessions: deque[ChargingSession] = deque()
        """changed ones that the limits have not taken up yet"""

    @property
    def holds_states(self) -> bool:
        """Whether a connector is told as in use until the end of its transaction was told."""
        return bool(self._leaving)

    def present(self, store: Store) -> Present:
        """Return how things stand. Belongs to the store's thread."""
        charger = self._station.charger.charger
        running = {}
        for session in store.open_sessions(charger):
            told = store.transactions_of_session(self._station.outbox.station, session.session_id)
            transaction = next((one for one in told if one.started_at == session.started_at), None)
            running[session.connector_id] = profiled(session, transaction)
        states, health = latest_states(store, charger)
        return Present(
            states, health, self._begun_connectors(store), list(running.values()), self.postponed.kept(store)
        )

    def take_present(self, present: Present) -> None:
        """Take over what the journal says of the charger's states."""
        for entry in present.states:
            self._station.states.take(entry)
        self._station.states.take_health(present.health)
        self.postponed.restore(present.inoperative)

    def wake(self) -> None:
        """Say that the journal has grown; never blocks."""
        self.news.set()

    async def look_at_news(self) -> None:
        """Take up what has happened. Raises StoreError. A caller that stops waiting stops nothing."""
        await to_its_end(self._look_at_news())

    async def look_around(self) -> None:
        """Take up how things stand, and nothing of what is to be told. Raises StoreError."""
        await to_its_end(self._look_around())

    def passed_over(self) -> None:
        """Say that news were passed over."""
        self._is_behind = True

    async def _look_around(self) -> None:
        async with self._looking:
            await self._see_present()

    async def _see_present(self) -> None:
        present = await self._station.house.desk.run(self.present)
        self.take_present(present)
        self._note_states(present.begun, self._station.house.clock.now())
        self._is_behind = False
        self._sessions.clear()
        try:
            await self._station.limits.follow(present.running, self._station.longest_wait)
        except StoreError:
            self._is_behind = True
            raise

    async def _look_at_news(self) -> None:
        async with self._looking:
            if self._is_behind:
                await self._see_present()
            await self._take_news()
        await self._station.count()
        if self.postponed.is_waiting:
            self.postponed.look(await self.busy_connectors())

    async def _take_news(self) -> None:
        self.news.clear()
        now = self._station.house.clock.now()

        def read(store: Store) -> tuple[News, frozenset[int]]:
            news = self._station.outbox.take_news(store, now)
            return news, self._begun_connectors(store) if news.states or self._leaving else frozenset()

        news, begun = await self._station.house.desk.run(read)
        self._sessions += news.sessions
        was_leaving = bool(self._leaving)
        self._take_states(news, begun, now)
        if news.sessions or news.has_work or news.states or news.health or was_leaving:
            self._station.has_work.set()
        while self._sessions:
            await self._take_session(self._sessions[0])
            self._sessions.popleft()
        for connector_id in self._station.connectors:
            if self._station.states.status(connector_id) is ConnectorStatus.AVAILABLE:
                await self._station.limits.forget_stale(connector_id, self._station.longest_wait)

    async def busy_connectors(self) -> frozenset[int]:
        """Return the connectors at which a vehicle charges, by the charger's log or its state. Raises StoreError."""
        station = self._station
        logged = await station.house.desk.run(lambda store: store.open_sessions(station.charger.charger))
        charging = {number for number in station.connectors if station.states.status(number) in IN_USE}
        return frozenset(charging | {session.connector_id for session in logged})

    def _begun_connectors(self, store: Store) -> frozenset[int]:
        """Return the connectors whose transactions run at the other side, over or not here."""
        begun = store.transactions(self._station.outbox.station, *_BEGUN)
        sessions = (store.session(self._station.charger.charger, one.session_id, one.started_at) for one in begun)
        return frozenset(session.connector_id for session in sessions if session is not None)

    def _take_states(self, news: News, begun: Collection[int], now: datetime) -> None:
        for entry in news.states:
            connector_id = int(entry.body["connector_id"])
            before = self._station.states.status(connector_id)
            self._station.states.take(entry)
            self._leaving.take(connector_id, before, self._station.states.status(connector_id), entry.at)
        self._station.states.take_health(news.health)
        self._note_states(begun, now)

    def _note_states(self, begun: Collection[int], now: datetime) -> None:
        if self.count_connectors():
            self._station.adapt()
            self._is_behind = True  # what runs at a connector that was not known was not taken up
            self.news.set()
        now_s = self._station.house.clock.monotonic_s()
        for notice in self._station.states.notices():
            self._station.session.states.note(self._leaving.told(notice, begun, now), now_s)
        for connector_id in self._station.connectors:
            self._station.limits.note_status(connector_id, self._station.states.status(connector_id))
        self._station.watch.wake()

    def count_connectors(self) -> bool:
        """Take every connector that the journal or the charger tells of; tell whether there are others than before."""
        snapshot = self._station.charger.snapshot
        told = () if snapshot is None else (reading.connector_id for reading in snapshot.connectors)
        self._heard_of.update(self._station.states.connectors, told)
        before, self._station.connectors = self._station.connectors, tuple(sorted(self._heard_of)) or (1,)
        return self._station.connectors != before

    async def _take_session(self, session: ChargingSession) -> None:
        if session.ended_at is None:
            await self._station.limits.transaction_started(profiled(session, None), self._station.longest_wait)
        else:
            await self._station.limits.transaction_ended(session.connector_id, key_of(session))


def key_of(session: ChargingSession) -> str:
    """Return the bridge's own name of a session, for its charging profiles."""
    return f"{session.session_id}@{session.started_at.isoformat()}"


def profiled(session: ChargingSession, transaction: StationTransaction | None) -> Transaction:
    """Return a session as the charging profiles know it."""
    return Transaction(
        evse_id=session.connector_id,
        key=key_of(session),
        started_at=session.started_at,
        transaction_id=None if transaction is None else transaction.transaction_id,
    )
