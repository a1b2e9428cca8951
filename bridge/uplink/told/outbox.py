"""What a station still has to tell: news out of the journal, transactions, security events. Works on the store."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bridge.ocppj.frames import CallError, pack
from bridge.ports import CursorPosition, Store
from bridge.types.facts import from_epoch_us, to_epoch_us, to_rfc3339
from bridge.types.journal import Entry, EntryKind
from bridge.types.ocpp.base import from_everest, to_everest
from bridge.types.ocpp.security_event import SecurityEvent
from bridge.types.ocpp.transaction import TriggerReason
from bridge.types.ocpp.translate.words_v2 import CHARGING_STATES
from bridge.types.session import ChargingSession
from bridge.types.transaction import PendingUpdate, TransactionPhase
from bridge.types.words import ConnectorStatus, IdTokenType
from bridge.uplink.journal import SharedJournal
from bridge.uplink.told.adoption import Adoption, ExpectedDriver
from bridge.uplink.told.ledger import Begun, Ledger
from bridge.uplink.told.meter import next_sample_at
from bridge.uplink.told.outgoing import Outgoing, Purpose, lasting_call
from bridge.uplink.told.terms import Terms
from bridge.uplink.told.transaction_rows import TransactionRows

_MOVE_AFTER_ENTRIES = 5000
"""a place in the journal that has moved without any work is kept this rarely: each time costs a commit"""
MOST_SECURITY_EVENTS = 1000
"""waiting at most; the oldest go"""
_TAG_SLACK = timedelta(seconds=60)
"""a charger's clock may be behind by this much"""


@dataclass(slots=True)
class News:
    """What has happened since it was last asked."""

    states: list[Entry] = field(default_factory=list)
    health: Entry | None = None
    sessions: list[ChargingSession] = field(default_factory=list)
    """sessions of this charger that are new or have changed"""
    has_work: bool = False


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits."""

    waiting: int
    """transactions and events that are due to be told, running ones apart"""
    running: int
    """transactions that have begun at the other side and not ended"""
    dead_letters: int


@dataclass(frozen=True, slots=True)
class Look:
    """What a look into the outbox found."""

    outgoing: Outgoing | None
    sampled_at: datetime | None
    """when the next sample is due"""
    retry_at: datetime | None
    """when a message that was refused is to be tried again; None where there was something to tell"""


class Outbox:
    """Everything durable of one station; every method belongs to the store's thread and raises StoreError."""

    def __init__(self, charger: str, csms: str, journal: SharedJournal | None = None) -> None:
        station = f"ocpp/{charger}/{csms}"
        self.station = station
        """begins the name of everything that is kept for this station"""
        self._csms = csms
        self.transactions = TransactionRows(station, charger)
        self.ledger = Ledger(self.transactions)
        self._adoption = Adoption(self.transactions)
        self.notes_updates = False
        """whether changes of a charging state are told as events of their own: in 2.x"""
        self._charger = charger
        self._journal = journal or SharedJournal()
        self._read_seq = 0
        self._kept_seq = 0
        self._since: datetime | None = None

    def begin(self, store: Store, now: datetime, since: datetime | None) -> bool:
        """Find the place in the journal; at the very first start sessions count from now, or from `since`.

        A session that is running then is told, whenever it began. True where it is that first start.
        """
        key = f"{self.station}/since"
        with store.transaction():
            kept = store.setting(key)
            if kept is None:
                store.put_setting(key, to_rfc3339(since or now))
                self._keep_place(store, store.last_seq(), now)
                self._since = since or now
                for _, session in store.sessions(self._charger, self._since):
                    self._adopt(store, session)
            else:
                self._since = datetime.fromisoformat(kept)
                self._read_seq = self._kept_seq = store.cursor(self.station).seq
        return kept is None

    def take_news(self, store: Store, now: datetime) -> News:
        """Read the journal on, and take up what is to be told."""
        news = News()
        entries, read_seq = self._journal.since(store, self._charger, self._read_seq)
        is_far = read_seq - self._kept_seq >= _MOVE_AFTER_ENTRIES
        if entries or is_far:
            with store.transaction():
                for entry in entries:
                    self._take(store, entry, news)
                if news.has_work or is_far:
                    store.put_cursor(self.station, CursorPosition(read_seq, read_seq), now)
        self._read_seq = read_seq  # only now: what could not be committed is read again
        if news.has_work or is_far:
            self._kept_seq = read_seq
        return news

    def _take(self, store: Store, entry: Entry, news: News) -> None:
        match entry.kind:
            case EntryKind.SESSION if entry.charger:
                started_at = from_epoch_us(entry.body["started_us"])
                session = store.session(self._charger, entry.body["session_id"], started_at)
                if session is None:
                    return
                news.sessions.append(session)
                news.has_work = self._adopt(store, session) or news.has_work
            case EntryKind.STATUS:
                news.states.append(entry)
                news.has_work = self._note_state(store, entry) or news.has_work
            case EntryKind.HEALTH:
                news.health = entry
            case EntryKind.SECURITY:
                news.has_work = self._queue_event(store, entry) or news.has_work

    def _adopt(self, store: Store, session: ChargingSession) -> bool:
        is_ours = (
            self._since is None
            or session.ended_at is None
            or max(session.started_at, session.ended_at) > self._since  # a charger's clock may have been set back
        )
        is_new = self._adoption.adopt(store, session, may_begin=is_ours)
        if is_new:
            self._name_driver(store, session)
            if session.ended_at is None:
                for entry in store.latest(EntryKind.STATUS, self._charger) if self.notes_updates else ():
                    self._note_state(store, entry)
        return is_new

    def _note_state(self, store: Store, entry: Entry) -> bool:
        """Note a connector's state for the transaction that runs there; how it is free is told by the end."""
        word = entry.body["status"]
        status = None if word is None else ConnectorStatus(word)
        if not self.notes_updates or status is None or status is ConnectorStatus.AVAILABLE:
            return False
        state = CHARGING_STATES[status]
        if state is None:
            return False
        update = PendingUpdate(at=entry.at, trigger=TriggerReason.CHARGING_STATE_CHANGED, charging_state=state)
        return self._adoption.note(store, int(entry.body["connector_id"]), update) > 0

    def trigger(self, store: Store, connectors: Collection[int], now: datetime) -> int:
        """Have an Updated told of what runs at these connectors, for who asked; return of how many transactions."""
        update = PendingUpdate(at=now, trigger=TriggerReason.TRIGGER)
        with store.transaction():
            return sum(self._adoption.note(store, connector_id, update) for connector_id in connectors)

    def _keep_place(self, store: Store, seq: int, now: datetime) -> None:
        self._read_seq = self._kept_seq = seq
        store.put_cursor(self.station, CursorPosition(seq, seq), now)

    def pass_over(self, store: Store, now: datetime) -> None:
        """Tell nothing of what has happened up to now; what runs, here or at the other side, goes on being told."""
        with store.transaction():
            self._keep_place(store, store.last_seq(), now)
            for seq in store.settings(f"{self.station}/security/"):
                store.drop_setting(f"{self.station}/security/{seq}")
            for session in store.open_sessions(self._charger):
                self._adopt(store, session)
            self._adoption.find_strays(store)

    # --- drivers who were let charge from afar -------------------------------------------------------------------

    def expect(
        self,
        store: Store,
        connector_id: int,
        id_tag: str,
        now: datetime,
        until: datetime,
        *,
        id_token_type: IdTokenType | None = None,
        remote_start_id: int | None = None,
    ) -> None:
        """Remember who was let charge from afar: the charger does not know, and names nobody.

        `id_token_type` and `remote_start_id` are None where OCPP 1.6 brought the wish.
        """
        body = {
            "id_tag": id_tag,
            "id_token_type": id_token_type,
            "remote_start_id": remote_start_id,
            "at_us": to_epoch_us(now),
            "until_us": to_epoch_us(until),
        }
        store.put_setting(self._expected_key(connector_id), json.dumps(body))

    def expect_nobody(self, store: Store, connector_id: int) -> None:
        """Forget it: the charger did not do it, or nobody plugged in."""
        store.drop_setting(self._expected_key(connector_id))

    def _expected_key(self, connector_id: int) -> str:
        return f"{self.station}/expected/{connector_id}"

    def _name_driver(self, store: Store, session: ChargingSession) -> None:
        kept = store.setting(self._expected_key(session.connector_id))
        if kept is None:
            return
        expected = json.loads(kept)
        from_at, until_at = (from_epoch_us(expected[name]) for name in ("at_us", "until_us"))
        if session.started_at < from_at - _TAG_SLACK:
            return
        names_nobody_else = session.id_token is None or session.id_token.casefold() == expected["id_tag"].casefold()
        if session.started_at <= until_at + _TAG_SLACK and names_nobody_else:
            sort = expected.get("id_token_type")
            driver = ExpectedDriver(
                expected["id_tag"], None if sort is None else IdTokenType(sort), expected.get("remote_start_id")
            )
            self._adoption.name_driver(store, session, driver)
        self.expect_nobody(store, session.connector_id)

    # --- messages ------------------------------------------------------------------------------------------------

    def next(self, store: Store, now: datetime, terms: Terms) -> Outgoing | None:
        """Return the next message, kept before it is returned; transactions go before events."""
        with store.transaction():
            return self.ledger.next(store, now, terms) or self._next_event(store, now, terms)

    def look(self, store: Store, now: datetime, terms: Terms) -> Look:
        """Return the next message likewise; where there is none, when to look again."""
        outgoing = self.next(store, now, terms)
        every = (terms.sampled.every_s, terms.aligned.every_s)
        is_waiting = outgoing is None and self.ledger.is_waiting
        retry_at = self.ledger.retry_at(store) if is_waiting else None
        return Look(outgoing, next_sample_at(now, every), retry_at)

    def _next_event(self, store: Store, now: datetime, terms: Terms) -> Outgoing | None:
        for seq, text in store.settings(f"{self.station}/security/").items():
            event = from_everest(SecurityEvent, json.loads(text))
            said = terms.dialect.security_event(event, now)
            call = lasting_call(said, self.station, "security", seq)
            return Outgoing(call, Purpose.SECURITY, seq=int(seq))
        return None

    def _queue_event(self, store: Store, entry: Entry) -> bool:
        body = entry.body
        event = SecurityEvent(
            type=body["type"], info=body.get("info"), critical=body.get("critical"), timestamp=entry.at
        )
        if not event.is_critical or entry.body.get("csms") not in (None, self._csms):
            return False
        prefix = f"{self.station}/security/"
        waiting = list(store.settings(prefix))
        for seq in waiting[: max(0, len(waiting) + 1 - MOST_SECURITY_EVENTS)]:
            store.drop_setting(prefix + seq)
        store.put_setting(self._event_key(entry.seq), json.dumps(to_everest(event)))
        return True

    def answered(self, store: Store, outgoing: Outgoing, payload: object, now: datetime, terms: Terms) -> Begun | None:
        """Take an answer."""
        with store.transaction():
            if outgoing.purpose is Purpose.SECURITY:
                self._drop_event(store, outgoing)
                return None
            return self.ledger.answered(store, outgoing, payload, now, terms)

    def refused(self, store: Store, outgoing: Outgoing, error: CallError, now: datetime, terms: Terms) -> None:
        """Take a refusal; an event that is refused once is refused for ever."""
        with store.transaction():
            if outgoing.purpose is Purpose.SECURITY:
                said = f"the central system refused it: {error.code}: {error.description}"
                self._set_event_aside(store, outgoing, said, now)
                return
            self.ledger.refused(store, outgoing, error, now, terms)

    def unsayable(self, store: Store, outgoing: Outgoing, reason: str, now: datetime) -> None:
        """Set a message aside that is not what OCPP allows: it is a defect here, and must not hold up the others."""
        with store.transaction():
            if outgoing.purpose is Purpose.SECURITY:
                self._set_event_aside(store, outgoing, reason, now)
                return
            self.ledger.unsayable(store, outgoing, reason, now)

    def _set_event_aside(self, store: Store, outgoing: Outgoing, reason: str, now: datetime) -> None:
        if store.setting(self._event_key(outgoing.seq)) is not None:
            store.put_aside(self.station, now, reason, [json.dumps({"message": json.loads(pack(outgoing.call))})])
            self._drop_event(store, outgoing)

    def _drop_event(self, store: Store, outgoing: Outgoing) -> None:
        store.drop_setting(self._event_key(outgoing.seq))

    def _event_key(self, seq: int) -> str:
        return f"{self.station}/security/{seq:012}"

    def replay(self, store: Store, number: int) -> bool:
        """Let a dead letter be told again; False where there is none, or none that can be told."""
        with store.transaction():
            if self.ledger.replay(store, number):
                return True
            letter = next((kept for kept in store.set_aside(self.station) if kept.number == number), None)
            if letter is None or "session_id" in (body := json.loads(letter.payload)):
                return False
            _, _, _, told = body["message"]
            event = {"type": told["type"], "info": told.get("techInfo"), "critical": True, "csms": self._csms}
            seq = store.append(EntryKind.SECURITY, self._charger, datetime.fromisoformat(told["timestamp"]), event)
            store.take_from_aside(self.station, number)
            return seq > 0

    def backlog(self, store: Store) -> Backlog:
        """Count what waits."""
        counts = store.count_transactions(self.station)
        running = counts.pop(TransactionPhase.RUNNING, 0)
        counts.pop(TransactionPhase.DEAD, 0)
        events = len(store.settings(f"{self.station}/security/"))
        return Backlog(sum(counts.values()) + events, running, store.count_set_aside(self.station))


def latest_states(store: Store, charger: str) -> tuple[Sequence[Entry], Entry | None]:
    """Return what the journal last told of each connector, and of the charger's health."""
    health = store.latest(EntryKind.HEALTH, charger)
    return store.latest(EntryKind.STATUS, charger), health[-1] if health else None
