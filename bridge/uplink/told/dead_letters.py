"""Messages of transactions that were refused for good: what is kept of them, and how they are told again."""

from __future__ import annotations

import json

from bridge.ocppj.frames import pack
from bridge.ports import SetAside
from bridge.types.facts import from_epoch_us, to_epoch_us
from bridge.types.transaction import StationTransaction, TransactionPhase
from bridge.uplink.dialect import Wording
from bridge.uplink.told.outgoing import TransactionKey, lasting_call

_PHASES = TransactionPhase
_ONLY_VALUES = "only_values"
"""marks the dead letter of meter values: their transaction lives"""


def letter_of(transaction: StationTransaction, text: str | None, *, only_values: bool = False) -> str:
    """Return what is kept of a message, or of a transaction that could not be put into words."""
    body = {
        "message": None if text is None else json.loads(text),
        "session_id": transaction.session_id,
        "started_us": to_epoch_us(transaction.named_at),
    }
    return json.dumps(body | ({_ONLY_VALUES: True} if only_values else {}))


def named_in(letter: SetAside) -> TransactionKey | None:
    """Return the transaction of a letter; None where it is of none."""
    body = json.loads(letter.payload)
    if "session_id" not in body:
        return None
    return TransactionKey(body["session_id"], from_epoch_us(body["started_us"]))


def said_again(transaction: StationTransaction, letter: SetAside) -> dict[str, object] | None:
    """Return what changes when a dead letter is to be told again; None where it can be told no more.

    Meter values are told as they were, under a new id. A start or an end is put into words anew, for what was wrong
    with it may have been put right.
    """
    body = json.loads(letter.payload)
    if body.get(_ONLY_VALUES):
        if transaction.phase is not _PHASES.RUNNING or transaction.stop_call is not None:
            return None
        _, message_id, action, payload = body["message"]
        call = lasting_call(Wording(action, payload), message_id, "replayed", transaction.generation)
        return {"meter_calls": (*transaction.meter_calls, pack(call))}
    if transaction.phase is not _PHASES.DEAD or transaction.dead_in is None:
        return None
    back_in = {_PHASES.STARTING: _PHASES.NEW, _PHASES.STOPPING: _PHASES.RUNNING}
    phase = back_in.get(transaction.dead_in, transaction.dead_in)
    return {"phase": phase, "dead_in": None, "reason": None}
