"""Requests of a station, and what each is about."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from bridge.ocppj.frames import Call
from bridge.uplink.dialect import Wording
from bridge.uplink.told.connector_states import ConnectorNotice

_NAMESPACE = uuid.UUID("5b1ed8a6-3a5f-5d0c-9a64-4f6f0d9b2c11")


class Purpose(Enum):
    """What an answer to a request is for."""

    BOOT = auto()
    HEARTBEAT = auto()
    STATUS = auto()
    START = auto()
    METER = auto()
    STOP = auto()
    SECURITY = auto()
    ASKED = auto()
    """somebody waits for the answer, or nobody needs it"""


@dataclass(frozen=True, slots=True)
class TransactionKey:
    """Names a transaction of a station, also when its session goes by another start meanwhile."""

    session_id: str
    named_at: datetime


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request that may be sent now."""

    call: Call
    purpose: Purpose
    key: TransactionKey | None = None
    """of START, METER, STOP"""
    until_at: datetime | None = None
    """of METER: up to here the values are told with it; None where they were refused once and are told again"""
    is_aligned: bool = False
    """of METER: whether they are clock-aligned"""
    is_running: bool = False
    """of METER: whether the session had not ended when they were looked for"""
    register_wh: float | None = None
    """of METER: the highest register that is told with it or was before"""
    notice: ConnectorNotice | None = None
    """of STATUS"""
    seq: int = 0
    """of SECURITY: where it stands in the journal"""
    told_until_at: datetime | None = None
    """of METER that was kept: up to here values are told with it, and nothing else waits in its transaction"""


def new_call(wording: Wording) -> Call:
    """Return a request that is not repeated once its time is over."""
    return Call(str(uuid.uuid4()), wording.action, wording.payload)


def lasting_call(wording: Wording, *names: object) -> Call:
    """Return a request whose id is the same whenever it is made of the same names and words, and of no others.

    So a central system recognises it, and never takes one for another.
    """
    return Call(lasting_id(*names, json.dumps(wording.payload)), wording.action, wording.payload)


def lasting_id(*names: object) -> str:
    """Return 36 characters that are the same whenever they are made from the same names."""
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(str(name) for name in names)))
