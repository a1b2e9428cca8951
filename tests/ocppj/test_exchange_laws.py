from __future__ import annotations

import json

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.events import Answered, Asked, AskedAgain, Refused, Unexpected
from bridge.ocppj.exchange import Exchange
from bridge.ocppj.frames import Call
from bridge.types.ocpp.version import OcppVersion

FEW = st.integers(0, 5)


class Exchanges(RuleBasedStateMachine):
    """Two peers and a line that loses, repeats, delays and breaks: what holds whatever happens.

    The line keeps every text that was ever sent, so that any of them may arrive at any time, any number of times.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ours = Exchange(OcppVersion.V16)
        self.number = 0
        self.open: dict[str, Call] = {}
        """our calls that have no answer yet, in flight or given up"""
        self.sent: dict[str, str] = {}
        """our calls as they went out, by their ids"""
        self.finished: set[str] = set()
        self.working: dict[str, Call] = {}
        """their calls on this connection that are being worked on"""
        self.replies: dict[str, str] = {}

    # --- ours

    @precondition(lambda self: self.ours.in_flight is None)
    @rule()
    def call(self) -> None:
        """Ask something new."""
        self.number += 1
        call = Call(f"o{self.number}", "DataTransfer", {"vendorId": str(self.number)})
        self.open[call.message_id] = call
        self.sent[call.message_id] = self.ours.call(call)

    @precondition(lambda self: self.ours.in_flight is None and self.open)
    @rule(which=FEW)
    def call_again(self, which: int) -> None:
        """Repeat what was given up."""
        call = list(self.open.values())[which % len(self.open)]
        assert self.ours.call(call) == self.sent[call.message_id]

    @precondition(lambda self: self.ours.in_flight is not None)
    @rule()
    def second_call(self) -> None:
        """Try to have two in flight."""
        before = self.ours.in_flight
        try:
            self.ours.call(Call("second", "Heartbeat", {}))
        except RuntimeError:
            assert self.ours.in_flight is before
        else:
            raise AssertionError("two calls are in flight")

    @precondition(lambda self: self.ours.in_flight is not None)
    @rule()
    def give_up(self) -> None:
        """Let the time be over."""
        assert self.ours.give_up().message_id in self.open

    @precondition(lambda self: self.sent)
    @rule(which=FEW, refused=st.booleans())
    def answer_arrives(self, which: int, *, refused: bool) -> None:
        """Let an answer to anything that was ever sent arrive."""
        message_id = list(self.sent)[-1 - which % len(self.sent)]
        items = [4, message_id, "InternalError", "", {}] if refused else [3, message_id, {}]
        in_flight = self.ours.in_flight
        event = self.ours.receive(json.dumps(items))
        if message_id in self.finished:
            assert isinstance(event, Unexpected)
            return
        assert isinstance(event, Refused if refused else Answered)
        assert event.call == self.open.pop(message_id)
        assert event.late == (in_flight is None or in_flight.message_id != message_id)
        assert self.ours.in_flight is (in_flight if event.late else None)
        self.finished.add(message_id)

    # --- theirs

    @rule(which=FEW)
    def asked(self, which: int) -> None:
        """Let the peer ask, or the line repeat what it asked."""
        message_id = f"t{which}"
        event = self.ours.receive(json.dumps([2, message_id, "Reset", {"type": message_id}]))
        if message_id in self.working or message_id in self.replies:
            assert event == AskedAgain(message_id, self.replies.get(message_id))
        else:
            assert isinstance(event, Asked)
            self.working[message_id] = event.call

    @precondition(lambda self: self.working)
    @rule(which=FEW, refuse=st.booleans())
    def answer(self, which: int, *, refuse: bool) -> None:
        """Finish the work on one of them."""
        message_id = list(self.working)[which % len(self.working)]
        call = self.working.pop(message_id)
        text = self.ours.refuse(call, ErrorCode.NOT_SUPPORTED) if refuse else self.ours.answer(call, {})
        assert text is not None
        assert json.loads(text)[:2] == [4 if refuse else 3, message_id]
        self.replies[message_id] = text
        assert self.ours.answer(call, {}) is None

    @rule()
    def disconnect(self) -> None:
        """Let the line break; the work that is under way comes to nothing."""
        in_flight = self.ours.in_flight
        assert self.ours.disconnected() is in_flight
        assert all(self.ours.answer(call, {}) is None for call in self.working.values())
        self.working, self.replies = {}, {}

    @invariant()
    def what_is_in_flight_is_open(self) -> None:
        """Never is a call in flight that has its answer."""
        assert self.ours.in_flight is None or self.ours.in_flight.message_id in self.open


Exchanges.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None, derandomize=True)
TestExchanges = Exchanges.TestCase
