"""Whether a transaction runs, and whether messages of it, or of any, wait to be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from bridge.ports import Store
from bridge.types.transaction import StationTransaction, TransactionPhase

_OPEN = (TransactionPhase.NEW, TransactionPhase.STARTING, TransactionPhase.RUNNING, TransactionPhase.STOPPING)


class TransactionStatus(NamedTuple):
    """How it stands."""

    is_ongoing: bool | None
    """None where no transaction was named"""
    has_messages: bool
    """whether messages of it wait; of any transaction, where none was named"""


def transaction_status(
    store: Store,
    station: str,
    transaction_id: str | None,
    as_it_is: Callable[[StationTransaction], StationTransaction],
) -> TransactionStatus:
    """Return how a transaction of this station stands; one that is not known does not run and has no messages.

    `as_it_is` is `TransactionRows.as_it_is`. Belongs to the store's thread.
    """
    if transaction_id is None:
        everything = map(as_it_is, store.transactions(station, *_OPEN))
        return TransactionStatus(None, any(_has_messages(store, one) for one in everything))
    found = store.transaction_by_number(station, transaction_id)
    if found is None:
        return TransactionStatus(is_ongoing=False, has_messages=False)
    transaction = as_it_is(found)
    return TransactionStatus(not _has_ended(store, transaction), _has_messages(store, transaction))


def _has_ended(store: Store, transaction: StationTransaction) -> bool:
    """Whether it is over; one whose session the charger's log no longer has is."""
    session = store.session(transaction.charger, transaction.session_id, transaction.started_at)
    return session is None or session.ended_at is not None


def _has_messages(store: Store, transaction: StationTransaction) -> bool:
    """Whether something of it is to be told now: a dead one is told nothing more."""
    if not transaction.is_open:
        return False
    if transaction.phase is not TransactionPhase.RUNNING or transaction.meter_calls or transaction.updates:
        return True
    return _has_ended(store, transaction)
