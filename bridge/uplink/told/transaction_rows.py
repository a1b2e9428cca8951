"""The transactions of one station as they are kept, and what was answered since they were written."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.ports import Store
from bridge.types.facts import to_epoch_us
from bridge.types.ocpp.version import OcppVersion
from bridge.types.session import ChargingSession
from bridge.types.transaction import StationTransaction, TransactionPhase
from bridge.uplink.told.kept_calls import key_of
from bridge.uplink.told.outgoing import TransactionKey, lasting_id

_AT_FIRST, _AT_ONCE = 4, 64
"""transactions that are read together: few at first, for mostly the first one is the next"""
_PHASES = TransactionPhase


class TransactionRows:
    """Every method belongs to the store's thread and raises StoreError."""

    def __init__(self, station: str, charger: str) -> None:
        self.station = station
        self.charger = charger
        self._answered: dict[TransactionKey, str] = {}
        """numbered events that were answered and are still kept, first of their transactions: the next write of the
        transaction drops them, for alone it is not worth a commit; after a death they are told again as they were"""

    def open(self, store: Store) -> Iterator[StationTransaction]:
        """Yield what is not told to the end, oldest first, in pieces: mostly the first one is the next."""
        phases = (_PHASES.NEW, _PHASES.STARTING, _PHASES.RUNNING, _PHASES.STOPPING)
        after: StationTransaction | None = None
        length = _AT_FIRST
        while True:
            piece = store.transactions(self.station, *phases, limit=length, after=after)
            yield from map(self.as_it_is, piece)
            if len(piece) < length:
                return
            after, length = piece[-1], min(2 * length, _AT_ONCE)

    def find(self, store: Store, key: TransactionKey) -> StationTransaction | None:
        """Return the transaction that goes by this key."""
        known = store.transactions_of_session(self.station, key.session_id)
        found = next((transaction for transaction in known if transaction.named_at == key.named_at), None)
        return None if found is None else self.as_it_is(found)

    def at_connector(
        self, store: Store, connector_id: int, *phases: TransactionPhase
    ) -> tuple[StationTransaction, ChargingSession] | None:
        """Return what runs at a connector and is told in one of these phases, the newest; None where nothing does."""
        for transaction in reversed(store.transactions(self.station, *phases)):
            session = store.session(self.charger, transaction.session_id, transaction.started_at)
            if session is not None and session.connector_id == connector_id and session.ended_at is None:
                return transaction, session
        return None

    def as_it_is(self, transaction: StationTransaction) -> StationTransaction:
        """Return a transaction that was read without an event that was answered since it was written."""
        answered = self._answered.get(key_of(transaction))
        if answered is None:
            return transaction
        if transaction.meter_calls[:1] != (answered,):
            del self._answered[key_of(transaction)]
            return transaction
        return transaction.model_copy(update={"meter_calls": transaction.meter_calls[1:]})

    def put(self, store: Store, transaction: StationTransaction, **changes: object) -> StationTransaction:
        """Keep a transaction with changes, and return it."""
        changed = transaction.model_copy(update=changes)
        store.put_transaction(self.station, changed)
        return changed

    def versions_begun(self, store: Store) -> frozenset[OcppVersion]:
        """Return the versions of OCPP in which transactions have begun and are not told to their end."""
        begun = store.transactions(self.station, _PHASES.STARTING, _PHASES.RUNNING, _PHASES.STOPPING)
        return frozenset(transaction.version or OcppVersion.V16 for transaction in begun)

    def answered(self, transaction: StationTransaction) -> None:
        """Take the first of its kept events for answered; it is dropped when the transaction is written next."""
        self._answered[key_of(transaction)] = transaction.meter_calls[0]

    def names(self, transaction: StationTransaction) -> tuple[object, ...]:
        """Name a transaction by the charger's own words: a bridge that was wiped gives its messages the same ids."""
        return (self.station, transaction.session_id, to_epoch_us(transaction.named_at), transaction.generation)

    def own_id(self, store: Store, transaction: StationTransaction) -> str:
        """Return the station's own id of a transaction: out of the charger's words, so that a wiped bridge repeats it.

        A charger that gives an id of a session twice is told from itself by the start.
        """
        number = lasting_id(self.charger, transaction.session_id)
        namesake = store.transaction_by_number(self.station, number)
        if namesake is None or key_of(namesake) == key_of(transaction):
            return number
        return lasting_id(self.charger, transaction.session_id, to_epoch_us(transaction.named_at))
