"""Entries of the journal: the one ordered list of what happened, over which every reader is a cursor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class EntryKind(StrEnum):
    """What an entry tells, and the keys of its body. Never renamed: they are stored."""

    INTERVALS = "intervals"
    """`from_s`, `to_s`, `measures`: these intervals were written or changed; read them from the series"""
    READINGS = "readings"
    """`from_s`, `to_s`: a batch of readings was committed"""
    SESSION = "session"
    """`session_id`, `started_us`: this charging session is new or has changed"""
    STATUS = "status"
    """`connector_id`, `evse_id`, `status`, `previous`, `raw`: a connector changed its state"""
    HEALTH = "health"
    """`health`, `previous`, `last_heard_us`"""
    IDENTITY = "identity"
    """the charger's identity is new or has changed"""
    REGISTER_RESET = "register_reset"
    """`connector_id`, `before_wh`, `after_wh`: a session register fell within one charging session"""
    CLOCK_JUMP = "clock_jump"
    """`jump_s`: this computer's wall clock jumped"""
    COMMAND = "command"
    """`command` (an Ability, or an OCPP operation that a person asked for), `origin`, `given` (its arguments), `phase`
    (asked, outcome); with an outcome `status` and `detail`; `sent` where something else was sent than was wished"""
    SECURITY = "security"
    """`type`, `info`, `critical`: a security event, as OCPP names them; `csms` where only one is concerned"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal; `seq` grows by one and is never used twice."""

    seq: int
    at: datetime
    kind: EntryKind
    charger: str
    """empty for what concerns the bridge itself"""
    body: dict[str, Any]
