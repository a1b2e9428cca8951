"""Takes sessions up as transactions, and notes what is to be told of those that run. Works on the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.ports import Store
from bridge.types.ocpp.transaction import TriggerReason
from bridge.types.ocpp.version import OcppVersion
from bridge.types.session import ChargingSession
from bridge.types.transaction import PendingUpdate, StationTransaction, TransactionPhase
from bridge.types.words import IdTokenType
from bridge.uplink.told.transaction_rows import TransactionRows

_CORRECTED = timedelta(days=2)
"""a charger corrects the start of a session by less"""
_MOST_UPDATES = 200
"""that wait in one transaction; the oldest go"""
_PHASES = TransactionPhase


@dataclass(frozen=True, slots=True)
class ExpectedDriver:
    """Who was let charge from afar."""

    id_tag: str
    id_token_type: IdTokenType | None = None
    """None where OCPP 1.6 brought it"""
    remote_start_id: int | None = None


class Adoption:
    """Every method belongs to the store's thread and raises StoreError."""

    def __init__(self, rows: TransactionRows) -> None:
        self._rows = rows

    def adopt(self, store: Store, session: ChargingSession, *, may_begin: bool = True) -> bool:
        """Take a session up that is new or has changed; True where that is a new transaction.

        A charger may correct the start of a running session: the store then has it under another key, and what was
        told under the old one goes on under the new. Without `may_begin` nothing else is done.
        """
        known = store.transactions_of_session(self._rows.station, session.session_id)
        if any(transaction.started_at == session.started_at for transaction in known):
            return False
        for transaction in known:
            if store.session(self._rows.charger, session.session_id, transaction.started_at) is None:
                store.drop_transaction(self._rows.station, transaction.session_id, transaction.started_at)
                self._rows.put(store, transaction, started_at=session.started_at, first_started_at=transaction.named_at)
                return False
        if may_begin:
            self._rows.put(
                store,
                StationTransaction(
                    charger=self._rows.charger,
                    session_id=session.session_id,
                    started_at=session.started_at,
                    sampled_until_at=session.started_at,
                    aligned_until_at=session.started_at,
                ),
            )
        return may_begin

    def find_strays(self, store: Store) -> None:
        """Find the sessions again whose starts were corrected while nobody read the journal."""
        for transaction in list(self._rows.open(store)):
            started_at = transaction.started_at
            if store.session(self._rows.charger, transaction.session_id, started_at) is None:
                near = store.sessions(self._rows.charger, started_at - _CORRECTED, started_at + _CORRECTED)
                for _, session in near:
                    if session.session_id == transaction.session_id:
                        self.adopt(store, session, may_begin=False)

    def name_driver(self, store: Store, session: ChargingSession, expected: ExpectedDriver) -> None:
        """Say who charges, where the charger does not know: before the start was sent only."""
        for transaction in store.transactions_of_session(self._rows.station, session.session_id):
            if transaction.started_at == session.started_at and transaction.phase is _PHASES.NEW:
                self._rows.put(
                    store,
                    transaction,
                    id_tag=expected.id_tag,
                    id_token_type=expected.id_token_type,
                    remote_start_id=expected.remote_start_id,
                )

    def note(self, store: Store, connector_id: int, update: PendingUpdate) -> int:
        """Note for what runs at a connector that there is something to tell; return of how many transactions.

        A charging state that was noted last is noted once.
        """
        noted = 0
        for kept_one in store.transactions(self._rows.station, _PHASES.NEW, _PHASES.STARTING, _PHASES.RUNNING):
            transaction = self._rows.as_it_is(kept_one)
            if transaction.phase is not _PHASES.NEW and transaction.version in (None, OcppVersion.V16):
                continue  # it is told to its end in 1.6, which has no word for it
            session = store.session(self._rows.charger, transaction.session_id, transaction.started_at)
            if session is None or session.connector_id != connector_id or _is_outside(session, update.at):
                continue
            if transaction.phase is not _PHASES.NEW and update.at < session.started_at:
                continue  # how it was before: the start has been told
            state = update.charging_state or transaction.charging_state
            is_known = state is transaction.charging_state
            if is_known and update.trigger is TriggerReason.CHARGING_STATE_CHANGED:
                continue
            updates = (*transaction.updates, update.model_copy(update={"charging_state": state}))
            self._rows.put(store, transaction, charging_state=state, updates=updates[-_MOST_UPDATES:])
            noted += 1
        return noted


def _is_outside(session: ChargingSession, at: datetime) -> bool:
    """Tell whether a moment is not of this session; before its start nobody has looked at it yet."""
    return session.ended_at is not None and at > session.ended_at
