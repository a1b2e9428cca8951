"""Who waits for whose answer: the calls between this side and one peer, without a socket and without a clock.

**Ours.** One call is in flight, and the next one goes out only when it was answered or given up. That is not a
courtesy: of three calls sent at once to a central system in use, one was answered and two vanished [seen].

    free ──call──▶ in flight ──answer or error──▶ free            Answered, Refused
                       └──────give_up, disconnected──▶ free, and the call is remembered as given up

A call that was given up may still have been worked on: the peer was slow, or the line broke after it had read it. So a
late answer is recognised (`late`), also on a later connection and while another call is in flight, which it leaves
alone. To ask again, the same call is sent again, byte for byte: a peer that knows it then gives the same transaction.
Both attempts bear one id, so the first answer that comes counts for both, and the second is Unexpected.

**Theirs.** A peer's call is executed once. The same call again (a proxy that repeats a frame, a peer that lost its
patience) is given the same answer again, or none while the first is being worked on. Ids are unique within one
connection only [spec], so this memory ends with the connection, and an answer that becomes ready afterwards belongs
to nobody. A call that only bears the id of an answered one is another call.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final

from bridge.ocppj.asked import REMEMBERED, AskedCalls
from bridge.ocppj.codes import ErrorCode, spelt
from bridge.ocppj.events import Answered, Asked, AskedAgain, Event, Malformed, Refused, Told, Unexpected
from bridge.ocppj.frames import (
    ID_LENGTH,
    BadFrameError,
    Call,
    CallError,
    CallResult,
    CallResultError,
    Frame,
    Send,
    pack,
    parse_frame,
)
from bridge.ocppj.schemas import Schemas
from bridge.types.ocpp.version import OcppVersion

GIVEN_UP_REMEMBERED: Final = REMEMBERED
"""calls of ours whose late answer is still recognised"""
NO_ID: Final = "-1"
"""what 2.x puts where no message id could be read [guess: the standard was not at hand]"""


class Exchange:
    """The calls between this side and one peer, over as many connections as it takes.

    Every text that a method returns is to be sent, in the order in which it was returned.
    """

    def __init__(self, version: OcppVersion) -> None:
        self.version: Final = version
        self._schemas = Schemas(version)
        self._in_flight: Call | None = None
        self._given_up: OrderedDict[str, Call] = OrderedDict()
        self._asked = AskedCalls()

    def knows(self, action: str) -> bool:
        """Tell whether the version has this action; one that it lacks is to be refused as NotImplemented."""
        return self._schemas.knows(action)

    # --- ours ----------------------------------------------------------------------------------------------

    @property
    def in_flight(self) -> Call | None:
        """The call that waits for its answer."""
        return self._in_flight

    def call(self, call: Call) -> str:
        """Put a call in flight and return its text.

        RuntimeError while one is in flight or when the id was used for another call, ValueError or TypeError when the
        payload is no JSON: defects of the caller, which change nothing here.
        """
        if self._in_flight is not None:
            raise RuntimeError(f"{self._in_flight.action} is in flight, so {call.action} has to wait")
        earlier = self._given_up.get(call.message_id)
        if earlier is not None and earlier != call:
            raise RuntimeError(f"the message id of {call.action} was used for another call")
        text = pack(call)
        self._given_up.pop(call.message_id, None)
        self._in_flight = call
        return text

    def give_up(self) -> Call:
        """Wait no longer for the call in flight, and return it. RuntimeError when there is none: ask `in_flight`."""
        call = self._in_flight
        if call is None:
            raise RuntimeError("no call is in flight")
        self._in_flight = None
        self._given_up[call.message_id] = call
        if len(self._given_up) > GIVEN_UP_REMEMBERED:
            self._given_up.popitem(last=False)
        return call

    def disconnected(self) -> Call | None:
        """Say that the connection is gone; returns the call that was given up with it."""
        self._asked.forget()
        return self.give_up() if self._in_flight is not None else None

    # --- theirs --------------------------------------------------------------------------------------------

    def answer(self, call: Call, payload: Any) -> str | None:
        """Return the text that answers a call of the peer, which is the one that came with `Asked`.

        None when nobody waits for it: its connection is gone, or it has been answered. ValueError or TypeError when
        the payload is no JSON: a defect of the caller, after which the call can still be refused.
        """
        return self._close(call, CallResult(call.message_id, payload))

    def refuse(
        self, call: Call, code: ErrorCode, description: str = "", details: dict[str, Any] | None = None
    ) -> str | None:
        """Return the text that tells the peer why its call is not worked on; None and errors as in `answer`."""
        return self._close(call, self._error(call.message_id, code, description, details))

    def _error(
        self, message_id: str, code: ErrorCode, description: str, details: dict[str, Any] | None = None
    ) -> CallError:
        return CallError(message_id, spelt(code, self.version), description, details or {})

    def _close(self, call: Call, frame: CallResult | CallError) -> str | None:
        if not self._asked.waits_for(call):
            return None
        text = pack(frame)
        self._asked.close(call, text)
        return text

    # --- what arrives --------------------------------------------------------------------------------------

    def receive(self, text: str | bytes) -> Event:
        """Read what arrived and say what it means; whatever it is, nothing is raised."""
        try:
            return self._take(parse_frame(text))
        except BadFrameError as error:
            return Malformed(error.why, self._complaint(error))

    def _take(self, frame: Frame) -> Event:
        match frame:
            case Call():
                return self._take_call(frame)
            case CallResult() | CallError():
                return self._take_answer(frame)
            case CallResultError():
                return Unexpected(f"the peer could not use an answer ({frame.code[:ID_LENGTH]})")
            case Send() if self.version is OcppVersion.V21:
                return Told(frame)
            case Send():
                raise BadFrameError(
                    ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED,
                    frame.message_id,
                    f"OCPP {self.version} has no messages without an answer",
                )

    def _take_call(self, call: Call) -> Event:
        known = self._asked.find(call)
        if known is not None:
            return AskedAgain(call.message_id, known.reply)
        if self._asked.has_open_id(call.message_id):
            return Malformed("its message id is that of another call that is being worked on", None)
        if self._asked.is_full:
            refusal = self._error(call.message_id, ErrorCode.GENERIC_ERROR, "Too many calls wait for their answers.")
            return Malformed(f"{REMEMBERED} calls wait for their answers", pack(refusal))
        notes = []
        if len(call.message_id) > ID_LENGTH:
            notes.append(f"its message id has {len(call.message_id)} characters, OCPP allows {ID_LENGTH}")
        if self._asked.has_id(call.message_id):
            notes.append("its message id was used before for another call")
        self._asked.add(call)
        return Asked(call, "; ".join(notes))

    def _take_answer(self, answer: CallResult | CallError) -> Event:
        call, late = self._in_flight, False
        if call is not None and call.message_id == answer.message_id:
            self._in_flight = None
        else:
            call, late = self._given_up.pop(answer.message_id, None), True
        if call is None:
            return Unexpected("an answer to no call of ours, or to one that has its answer")
        return Answered(call, answer.payload, late) if isinstance(answer, CallResult) else Refused(call, answer, late)

    def _complaint(self, error: BadFrameError) -> str | None:
        """Word the reply to a broken frame: 1.6 needs an id and ignores message types that it does not know."""
        message_id = error.message_id
        if self.version is not OcppVersion.V16 and error.may_be_call:
            message_id = message_id or NO_ID
        elif error.code is ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED:
            return None
        if message_id is None:
            return None
        return pack(self._error(message_id, error.code, f"The frame cannot be read: {error.why}."))
