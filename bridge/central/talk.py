"""The seam between one connection of a station and those who answer it and ask it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from bridge.ocppj.frames import Call, CallError
from bridge.types.ocpp.version import OcppVersion


class Talk(Protocol):
    """One connection that stands."""

    version: OcppVersion

    async def call(self, action: str, payload: Mapping[str, Any], limit_s: float = 30.0) -> dict[str, Any]:
        """Send a call in its turn (one is in flight at a time) and return the payload of its answer.

        The payload is checked against the schema before it is sent, the answer after it came (PayloadError for
        either). Raises NotSentError where the line was gone before that, SilentError where no answer came in time
        or the line broke after the sending, CallRefusedError for a CALLERROR.
        """

    async def close(self, why: str) -> None:
        """End the connection in order; `why` is for the log and, shortened, for the station."""


class Answering(Protocol):
    """Who answers what a station asks and tells, across its connections."""

    def heard(self) -> None:
        """Take note that something came from the station, whatever it was."""

    async def answer(self, call: Call, version: OcppVersion) -> Mapping[str, Any]:
        """Return the answer to a call that fits the schema; what must not be lost was stored before.

        Raises RefusedQuestionError, PayloadError and StoreError; each is told to the station.
        """

    def is_followed(self, call: Call) -> bool:
        """Tell whether anything follows from the answer to a call: nothing does from nearly all."""

    async def answered(self, call: Call, version: OcppVersion) -> None:
        """Take note that the answer to a call was sent: what follows from it is done now."""


class NotSentError(Exception):
    """The line was gone before the call was sent: the station knows nothing of it."""


class SilentError(Exception):
    """The call was sent and has no answer: the station may have done it."""


class CallRefusedError(Exception):
    """The station did not work on the call."""

    def __init__(self, error: CallError) -> None:
        super().__init__(error.code)
        self.error = error
