"""What became of a text that arrived, for the one who owns an exchange."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bridge.ocppj.codes import ErrorCode, code_of
from bridge.ocppj.frames import Call, CallError, Send


@dataclass(frozen=True, slots=True)
class Asked:
    """The peer asks: execute the call and `answer` or `refuse` it, once."""

    call: Call
    note: str = ""
    """what is odd about it and did no harm; empty when nothing is"""


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """The peer repeats a call that is not to be executed a second time."""

    message_id: str
    reply: str | None = field(repr=False)
    """the same answer as before, to be sent; None while the first is still being worked on"""


@dataclass(frozen=True, slots=True)
class Answered:
    """One of our calls has its answer."""

    call: Call
    payload: Any = field(repr=False)
    late: bool
    """the call had been given up; another one may be in flight now and goes on"""


@dataclass(frozen=True, slots=True)
class Refused:
    """One of our calls was not worked on by the peer."""

    call: Call
    error: CallError
    late: bool

    @property
    def code(self) -> ErrorCode | None:
        """The meaning of the peer's code; None for a word of its own."""
        return code_of(self.error.code)


@dataclass(frozen=True, slots=True)
class Told:
    """The peer tells something and wants no answer (2.1 only)."""

    send: Send


@dataclass(frozen=True, slots=True)
class Unexpected:
    """A well-formed frame that nobody waits for; there is nothing to do but to write it down."""

    why: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """Nothing that can be worked on; there is nothing to do but to send the reply, if there is one."""

    why: str
    reply: str | None = field(repr=False)


Event = Asked | AskedAgain | Answered | Refused | Told | Unexpected | Malformed
