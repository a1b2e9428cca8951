"""Messages of a transaction that are kept until they are answered."""

from __future__ import annotations

from bridge.ocppj.frames import Call, parse_frame
from bridge.types.transaction import StationTransaction, TransactionPhase
from bridge.uplink.told.outgoing import Outgoing, Purpose, TransactionKey

_PHASES = TransactionPhase


def key_of(transaction: StationTransaction) -> TransactionKey:
    """Return what a transaction goes by among messages."""
    return TransactionKey(transaction.session_id, transaction.named_at)


def is_at_hand(transaction: StationTransaction, outgoing: Outgoing) -> bool:
    """Tell whether this is the message that the transaction waits for: an old one's refusal says nothing any more."""
    text = None
    match outgoing.purpose:
        case Purpose.START if transaction.phase is _PHASES.STARTING:
            text = transaction.start_call
        case Purpose.STOP if transaction.phase is _PHASES.STOPPING:
            text = transaction.stop_call
        case Purpose.METER if transaction.phase is _PHASES.RUNNING and transaction.stop_call is None:
            if outgoing.until_at is not None:
                until_at = transaction.aligned_until_at if outgoing.is_aligned else transaction.sampled_until_at
                return outgoing.until_at > until_at
            text = next(iter(transaction.meter_calls), None)
    return text is not None and call_of(text).message_id == outgoing.call.message_id


def kept(text: str | None, purpose: Purpose, transaction: StationTransaction) -> Outgoing:
    """Return a message that was kept, as it was sent before."""
    assert text is not None, "a call is kept before its phase begins"
    return Outgoing(call_of(text), purpose, key_of(transaction))


def call_of(text: str) -> Call:
    """Read a kept call."""
    call = parse_frame(text)
    assert isinstance(call, Call), "only calls are kept"
    return call
