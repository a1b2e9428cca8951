"""What a station answers to a question of its central system."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from bridge.ocppj.frames import Call
from bridge.uplink.dialect import Wording

if TYPE_CHECKING:
    from bridge.uplink.station import Station


@dataclass(frozen=True, slots=True)
class Answer:
    """A payload, and what is to be done once it was sent."""

    payload: Mapping[str, Any] = field(default_factory=dict)
    then: Callable[[], Awaitable[None]] | None = None


class Conversing(Protocol):
    """The conversation in which a question was asked, as far as an answer may act on it."""

    def restart(self) -> None:
        """Close this connection in order and begin anew."""

    def look(self) -> None:
        """Look whether something is to be said."""


class Answers(Protocol):
    """All answers of one version of OCPP."""

    async def answer(self, station: Station, conversation: Conversing, call: Call) -> Answer:
        """Return the answer. Raises RefusedQuestionError, PayloadError and StoreError."""

    def limited_by_others(self, station: Station, evse_id: int, limit_a: float | None) -> Sequence[Wording]:
        """Return what is told where somebody else limits an EVSE, and with None when that is over."""
