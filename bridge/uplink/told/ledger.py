"""Tells charging sessions as transactions: what is next, what an answer means. Works on the store, knows no socket.

A transaction walks NEW → STARTING → RUNNING → STOPPING → TOLD. Before a start or an end is sent for the first time it
is kept as it stands, and repeated byte for byte until it is answered: a central system recognises what it already has
by its id and by its content [seen], and anything else may be taken for another transaction. A line that breaks costs
no attempt; a refusal does, and after the last one the transaction is dead: it is kept with the reason, can be told
again when somebody has put things right, and holds up no other. While it waits for its next attempt, only those that
came after it at its own connector wait for it: to a central system, two at a time there are one too many.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridge.ocppj.frames import CallError, pack
from bridge.ports import Store
from bridge.types.ocpp.meter_value import Measurand, MeterValue
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.transaction import TriggerReason
from bridge.types.ocpp.version import OcppVersion
from bridge.types.session import ChargingSession
from bridge.types.transaction import PendingUpdate, StationTransaction, TransactionPhase
from bridge.uplink.dialect import ACCEPTED, EventAnswer, Wording
from bridge.uplink.told.dead_letters import letter_of, named_in, said_again
from bridge.uplink.told.kept_calls import is_at_hand, kept, key_of
from bridge.uplink.told.meter import edge_values, last_value, next_samples, stop_register_of
from bridge.uplink.told.outgoing import Outgoing, Purpose, TransactionKey, lasting_call
from bridge.uplink.told.terms import Terms
from bridge.uplink.told.transaction_rows import TransactionRows

_PHASES = TransactionPhase
_CONCURRENT = "ConcurrentTx"


@dataclass(frozen=True, slots=True)
class Begun:
    """A start was answered: the transaction runs at the other side, or the driver was refused and it does not."""

    transaction: StationTransaction
    session: ChargingSession | None
    id_tag_status: str


class Ledger:
    """The transactions of one station; every method belongs to the store's thread and raises StoreError."""

    def __init__(self, rows: TransactionRows) -> None:
        self._rows = rows
        self._metering: dict[TransactionKey, Outgoing] = {}
        """meter values that were sent and are not answered: repeated as they were, not mixed with newer ones"""
        self._passed_over: set[TransactionKey] = set()
        """transactions of which a message was not answered in time: those of other connectors go first"""
        self._silences: Counter[TransactionKey] = Counter()
        """how often in a row the message at hand of a transaction was not answered in time"""
        self.is_waiting = False
        """whether the last `next` passed by a transaction that waits after a refusal: see `retry_at`"""
        self.has_died = False
        """whether a transaction has died since somebody counted, who sets this back"""

    # --- messages go out ---------------------------------------------------------------------------------------

    def next(self, store: Store, now: datetime, terms: Terms) -> Outgoing | None:
        """Return what is to be told next, kept before it is returned; None while there is nothing, or only waiting."""
        outgoing = self._next(store, now, terms)
        if outgoing is None and self._passed_over:
            self._passed_over.clear()
            outgoing = self._next(store, now, terms)
        return outgoing

    def _next(self, store: Store, now: datetime, terms: Terms) -> Outgoing | None:
        held: set[int] = set()
        """connectors of which an earlier transaction waits: no second one may begin there before its end is told"""
        self.is_waiting = False
        for transaction in self._rows.open(store):
            session = store.session(self._rows.charger, transaction.session_id, transaction.started_at)
            if session is None or session.connector_id in held:
                continue  # where its key has changed, the journal tells the new one
            if transaction.retry_at is not None and transaction.retry_at > now:
                self.is_waiting = True
                held.add(session.connector_id)
                continue
            if key_of(transaction) in self._passed_over:
                if self._silences[key_of(transaction)] < terms.attempts:
                    held.add(session.connector_id)
                continue
            try:
                outgoing = self._step(store, transaction, session, now, terms)
            except (PayloadError, ValueError, TypeError, LookupError) as error:  # it must not hold up the others
                self._die(store, transaction, f"it cannot be put into words: {type(error).__name__}", None, now=now)
                continue
            if outgoing is not None:
                return outgoing
        return None

    def unanswered(self, outgoing: Outgoing) -> None:
        """Let those of other connectors go first, and after as many silences as attempts all others.

        A message that is never answered costs no attempt, and must not hold them up for ever.
        """
        if outgoing.key is not None:
            self._passed_over.add(outgoing.key)
            self._silences[outgoing.key] += 1

    def _step(
        self, store: Store, transaction: StationTransaction, session: ChargingSession, now: datetime, terms: Terms
    ) -> Outgoing | None:
        if transaction.phase is _PHASES.NEW:
            return self._start(store, transaction, session, now, terms)
        version = transaction.version or OcppVersion.V16
        if version is not terms.dialect.version:
            reason = f"it began in OCPP {version}, and the central system speaks {terms.dialect.version} now"
            self._die(store, transaction, reason, None, now=now)
            return None
        match transaction.phase:
            case _PHASES.STARTING:
                return kept(transaction.start_call, Purpose.START, transaction)
            case _PHASES.RUNNING:
                return self._go_on(store, transaction, session, now, terms)
            case _PHASES.STOPPING:
                return kept(transaction.stop_call, Purpose.STOP, transaction)
        return None

    def _start(
        self, store: Store, transaction: StationTransaction, session: ChargingSession, now: datetime, terms: Terms
    ) -> Outgoing | None:
        if transaction.id_tag is not None:  # whoever asked for it from afar; the charger was not told
            driver = {"id_token": transaction.id_tag, "id_token_type": transaction.id_token_type}
            session = session.model_copy(update=driver)
        numbered = terms.dialect.numbers_events
        begun_with = [update for update in transaction.updates if update.at <= session.started_at]
        begins = transaction.model_copy(
            update={
                "version": terms.dialect.version,
                "transaction_id": self._rows.own_id(store, transaction) if numbered else None,
                "charging_state": begun_with[-1].charging_state if begun_with else None,
            }
        )
        if numbered and Measurand.ENERGY_ACTIVE_IMPORT_REGISTER not in terms.started_measurands:
            session = session.model_copy(update={"meter_start_wh": None})
        offline = terms.absence.covers(session.started_at)
        said = terms.dialect.started(session, begins, terms.id_tag, offline=offline)
        if isinstance(said, str):
            if session.ended_at is not None:  # a running one may still be told its register
                self._die(store, transaction, said, None, now=now)
            return None
        call = lasting_call(said, *self._rows.names(transaction), "start", transaction.attempts)
        self._rows.put(
            store,
            begins,
            phase=_PHASES.STARTING,
            start_call=pack(call),
            charging_state=transaction.charging_state,
            updates=transaction.updates[len(begun_with) :] if numbered else (),
            seq_no=1 if numbered else 0,
        )
        return Outgoing(call, Purpose.START, key_of(transaction))

    def _go_on(
        self, store: Store, transaction: StationTransaction, session: ChargingSession, now: datetime, terms: Terms
    ) -> Outgoing | None:
        if transaction.stop_call is None:
            outgoing = self._meter(store, transaction, session, now, terms)
            if outgoing is not None:
                return outgoing
        if session.ended_at is None:
            return None
        return self._stop(store, transaction, session, now, terms)

    def _meter(
        self, store: Store, transaction: StationTransaction, session: ChargingSession, now: datetime, terms: Terms
    ) -> Outgoing | None:
        key = key_of(transaction)
        if transaction.meter_calls:
            return kept(transaction.meter_calls[0], Purpose.METER, transaction)
        is_running = session.ended_at is None
        if key in self._metering:
            return replace(self._metering[key], is_running=is_running)
        update = next(iter(transaction.updates), None) if terms.dialect.numbers_events else None
        if update is not None:  # what was before it is told before it
            now = min(now, update.at)
        for is_aligned, sampling in ((False, terms.sampled), (True, terms.aligned)):
            after_at = transaction.aligned_until_at if is_aligned else transaction.sampled_until_at
            least_wh = transaction.aligned_wh if is_aligned else transaction.sampled_wh
            # an event happened with a connection or without one
            samples = next_samples(
                store, self._rows.charger, session, after_at, now, sampling, least_wh, terms.absence.covers
            )
            if samples.values:
                offline = terms.absence.covers(samples.values[-1].timestamp)
                said = terms.dialect.metered(
                    session.connector_id, transaction, samples.values, is_aligned=is_aligned, offline=offline
                )
                names = (*self._rows.names(transaction), "meter", is_aligned, transaction.attempts)
                call = lasting_call(said, *names)
                outgoing = Outgoing(
                    call, Purpose.METER, key, samples.until_at, is_aligned, is_running, samples.register_wh
                )
                if terms.dialect.numbers_events:
                    return self._keep_numbered(store, transaction, outgoing, **_told_up_to(outgoing))
                self._metering[key] = outgoing
                return outgoing
        return None if update is None else self._update(store, transaction, session, update, terms)

    def _update(
        self,
        store: Store,
        transaction: StationTransaction,
        session: ChargingSession,
        update: PendingUpdate,
        terms: Terms,
    ) -> Outgoing | None:
        values: tuple[MeterValue, ...] = ()
        if update.trigger is TriggerReason.TRIGGER:
            values = last_value(store, self._rows.charger, session, update.at, terms.sampled.measurands)
        offline = terms.absence.covers(update.at)
        said = terms.dialect.updated(transaction, update, values, offline=offline)
        if said is None:
            self._rows.put(store, transaction, updates=transaction.updates[1:])
            return None
        call = lasting_call(said, *self._rows.names(transaction), "update", transaction.seq_no)
        outgoing = Outgoing(call, Purpose.METER, key_of(transaction))
        return self._keep_numbered(store, transaction, outgoing, updates=transaction.updates[1:])

    def _keep_numbered(
        self, store: Store, transaction: StationTransaction, outgoing: Outgoing, **changes: object
    ) -> Outgoing:
        """Keep an event before it is sent: under its number nothing else may ever be told."""
        calls = (*transaction.meter_calls, pack(outgoing.call))
        self._rows.put(store, transaction, **changes, meter_calls=calls, seq_no=transaction.seq_no + 1)
        is_last = not transaction.meter_calls and not changes.get("updates", transaction.updates)
        return replace(outgoing, until_at=None, told_until_at=outgoing.until_at if is_last else None)

    def _stop(
        self, store: Store, transaction: StationTransaction, session: ChargingSession, now: datetime, terms: Terms
    ) -> Outgoing | None:
        register_wh = stop_register_of(store, self._rows.charger, session)
        if register_wh is None and not terms.dialect.numbers_events:
            self._die(store, transaction, "the register at its end is not known", None, now=now)
            return None
        values = () if register_wh is None else edge_values(session, register_wh, terms.stop_measurands)
        aligned = next_samples(store, self._rows.charger, session, session.started_at, now, terms.stop_aligned)
        told = sorted((*values, *aligned.values), key=lambda value: value.timestamp)
        assert session.ended_at is not None, "only a session that has ended is told an end"
        offline = terms.absence.covers(session.ended_at)
        said = terms.dialect.ended(session, transaction, register_wh, told, offline=offline)
        call = lasting_call(said, *self._rows.names(transaction), "stop", transaction.attempts)
        self._rows.put(store, transaction, phase=_PHASES.STOPPING, stop_call=pack(call))
        return Outgoing(call, Purpose.STOP, key_of(transaction))

    # --- answers come back -------------------------------------------------------------------------------------

    def answered(self, store: Store, outgoing: Outgoing, payload: object, now: datetime, terms: Terms) -> Begun | None:
        """Take the answer to a message of a transaction; tells where a transaction has begun for the other side.

        An answer that is out of shape counts as a refusal: what it should have told is not known.
        """
        transaction = self._found(store, outgoing)
        if transaction is None:
            return None
        try:
            match outgoing.purpose:
                case Purpose.START:
                    answer = terms.dialect.started_answer(payload)
                    return self._begun(store, transaction, outgoing, answer, now, terms)
                case Purpose.STOP:
                    self._ended(store, transaction)
                case Purpose.METER if self._is_all_that_is_kept(transaction, outgoing):
                    self._rows.answered(transaction)
                case Purpose.METER:
                    self._metered(store, transaction, outgoing)
        except PayloadError as error:
            if is_at_hand(transaction, outgoing):
                self._refuse(store, transaction, outgoing, f"its answer cannot be read: {error.seen}", now, terms)
        return None

    def _ended(self, store: Store, transaction: StationTransaction) -> None:
        """Close a transaction whose end has arrived: nothing in the answer is needed, so it is not even read."""
        if transaction.phase is _PHASES.STOPPING:
            self._rows.put(store, transaction, phase=_PHASES.TOLD, attempts=0, retry_at=None)

    def _begun(
        self,
        store: Store,
        transaction: StationTransaction,
        outgoing: Outgoing,
        answer: EventAnswer,
        now: datetime,
        terms: Terms,
    ) -> Begun | None:
        if transaction.phase is not _PHASES.STARTING:
            return None  # an answer to a repeat; the first one holds
        number = answer.transaction_id or transaction.transaction_id
        if number is None:
            reason = f"the central system gave it no number and said {answer.id_tag_status}"
            if answer.id_tag_status == _CONCURRENT:  # the driver charges elsewhere too: that passes
                self._refuse(store, transaction, outgoing, reason, now, terms)
                return None
            self._die(store, transaction, reason, transaction.start_call, now=now)
            session = store.session(self._rows.charger, transaction.session_id, transaction.started_at)
            return None if answer.id_tag_status == ACCEPTED else Begun(transaction, session, answer.id_tag_status)
        begun = self._rows.put(
            store, transaction, phase=_PHASES.RUNNING, transaction_id=number, attempts=0, retry_at=None
        )
        session = store.session(self._rows.charger, transaction.session_id, transaction.started_at)
        return Begun(begun, session, answer.id_tag_status)

    def _metered(self, store: Store, transaction: StationTransaction, outgoing: Outgoing) -> None:
        """Go on behind these values, whether they arrived or were given up."""
        if not is_at_hand(transaction, outgoing):
            return
        rest: dict[str, object] = {"meter_calls": transaction.meter_calls[1:]}
        changes = rest if outgoing.until_at is None else _told_up_to(outgoing)
        self._rows.put(store, transaction, **changes, attempts=0, retry_at=None)

    def _is_all_that_is_kept(self, transaction: StationTransaction, outgoing: Outgoing) -> bool:
        """Tell whether nothing but dropping this event would be written."""
        is_alone = outgoing.until_at is None and len(transaction.meter_calls) == 1 and transaction.attempts == 0
        return is_alone and is_at_hand(transaction, outgoing)

    def refused(self, store: Store, outgoing: Outgoing, error: CallError, now: datetime, terms: Terms) -> None:
        """Take a CALLERROR: the message waits longer each time, and is set aside after the last attempt."""
        transaction = self._found(store, outgoing)
        if transaction is not None and is_at_hand(transaction, outgoing):
            said = f"{error.code}: {error.description}" if error.description else error.code
            self._refuse(store, transaction, outgoing, f"the central system refused it: {said}", now, terms)

    def unsayable(self, store: Store, outgoing: Outgoing, reason: str, now: datetime) -> None:
        """Set a message aside that is not what OCPP allows: it is a defect here, and must not hold up the others."""
        transaction = self._found(store, outgoing)
        if transaction is not None and is_at_hand(transaction, outgoing):
            if outgoing.purpose is Purpose.METER and _is_newest(transaction, outgoing):
                transaction = self._rows.put(store, transaction, seq_no=transaction.seq_no - 1)  # nobody was told it
            self._give_up(store, transaction, outgoing, reason, now)

    def _refuse(
        self,
        store: Store,
        transaction: StationTransaction,
        outgoing: Outgoing,
        reason: str,
        now: datetime,
        terms: Terms,
    ) -> None:
        attempts = transaction.attempts + 1
        if attempts >= terms.attempts:
            self._give_up(store, transaction, outgoing, reason, now)
            return
        retry_at = now + timedelta(seconds=terms.retry_interval_s * attempts)
        # A repeat after a refusal is another message with the same content: the old id is answered already.
        said, names = Wording(outgoing.call.action, outgoing.call.payload), self._rows.names(transaction)
        call = lasting_call(said, *names, "again", outgoing.call.message_id, attempts)
        changes: dict[str, object] = {"attempts": attempts, "retry_at": retry_at}
        match outgoing.purpose:
            case Purpose.START:
                changes["start_call"] = pack(call)
            case Purpose.STOP:
                changes["stop_call"] = pack(call)
            case Purpose.METER if outgoing.until_at is None:
                changes["meter_calls"] = (pack(call), *transaction.meter_calls[1:])
            case Purpose.METER:
                self._metering[key_of(transaction)] = replace(outgoing, call=call)
        self._rows.put(store, transaction, **changes)

    def _give_up(
        self, store: Store, transaction: StationTransaction, outgoing: Outgoing, reason: str, now: datetime
    ) -> None:
        text = pack(outgoing.call)
        if outgoing.purpose is not Purpose.METER:
            self._die(store, transaction, reason, text, now=now)
            return
        store.put_aside(self._rows.station, now, reason, [letter_of(transaction, text, only_values=True)])
        self._metered(store, transaction, outgoing)

    def _die(
        self, store: Store, transaction: StationTransaction, reason: str, text: str | None, *, now: datetime
    ) -> None:
        self.has_died = True
        self._rows.put(store, transaction, phase=_PHASES.DEAD, dead_in=transaction.phase, reason=reason, retry_at=None)
        store.put_aside(self._rows.station, now, reason, [letter_of(transaction, text)])

    def replay(self, store: Store, number: int) -> bool:
        """Let a dead letter be told again in its order; False, and it stays, where it can be told no more.

        Meter values go with their transaction: after its end they are not told, for no central system takes them.
        """
        letter = next((kept for kept in store.set_aside(self._rows.station) if kept.number == number), None)
        if letter is None:
            return False
        key = named_in(letter)
        transaction = None if key is None else self._rows.find(store, key)
        if transaction is None:
            return False
        changes = said_again(transaction, letter)
        if changes is None:
            return False
        self._rows.put(store, transaction, **changes, generation=transaction.generation + 1, attempts=0, retry_at=None)
        store.take_from_aside(self._rows.station, number)
        return True

    def retry_at(self, store: Store) -> datetime | None:
        """Return when the first message that was refused is to be tried again."""
        waiting = [transaction.retry_at for transaction in self._rows.open(store) if transaction.retry_at is not None]
        return min(waiting, default=None)

    # --- small ones --------------------------------------------------------------------------------------------

    def _found(self, store: Store, outgoing: Outgoing) -> StationTransaction | None:
        """Return the transaction of a message that was answered, which is on its way no longer."""
        key = outgoing.key
        if key is None:
            return None
        self._passed_over.discard(key)
        self._silences.pop(key, None)
        if key in self._metering and self._metering[key].call.message_id == outgoing.call.message_id:
            del self._metering[key]
        return self._rows.find(store, key)


def _told_up_to(outgoing: Outgoing) -> dict[str, object]:
    """Return what a transaction says of values that were told."""
    stream = "aligned" if outgoing.is_aligned else "sampled"
    return {f"{stream}_until_at": outgoing.until_at, f"{stream}_wh": outgoing.register_wh}


def _is_newest(transaction: StationTransaction, outgoing: Outgoing) -> bool:
    """Tell whether a message has the last number that was given out in its transaction."""
    return bool(outgoing.call.payload.get("seqNo") == transaction.seq_no - 1)
