"""A central system that remembers what it was told, and holds every message against the laws of a transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from bridge.ocppj.schemas import Schemas
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.told.outgoing import Outgoing, Purpose
from tests.uplink.telling import ACCEPTED, register_in

Value = dict[str, Any]


@dataclass
class Booked:
    """One transaction."""

    number: int
    start: dict[str, Any]
    is_answered: bool = False
    """whether the station may know the number"""
    is_stop_sent: bool = False
    stop: dict[str, Any] | None = None
    values: dict[tuple[str, str], Value] = field(default_factory=dict)
    """by context and time"""


class StrictCsms:
    """Knows a message again by its id, and a start by its content."""

    def __init__(self) -> None:
        self.booked: dict[int, Booked] = {}
        self.events: list[str] = []
        self._answers: dict[str, dict[str, Any]] = {}
        self._texts: dict[str, str] = {}
        self._by_content: dict[str, Booked] = {}
        self._schemas = Schemas(OcppVersion.V16)

    def knows(self, outgoing: Outgoing) -> bool:
        """Tell whether it has worked on this already, under this id or another."""
        call = outgoing.call
        return call.message_id in self._answers or json.dumps(call.payload) in self._by_content

    def see(self, outgoing: Outgoing) -> None:
        """Judge what was sent, whether or not it arrives."""
        call = outgoing.call
        self._schemas.check_request(call.action, call.payload)
        text = json.dumps(call.payload)
        assert self._texts.setdefault(call.message_id, text) == text, "one id, two messages"
        booked = self.booked.get(call.payload.get("transactionId"))
        match outgoing.purpose:
            case Purpose.METER:
                assert booked is not None
                assert booked.is_answered, "values before the answer to the start"
                assert not booked.is_stop_sent, "values after the end"
            case Purpose.STOP:
                assert booked is not None
                assert booked.is_answered
                booked.is_stop_sent = True

    def work(self, outgoing: Outgoing) -> dict[str, Any]:
        """Work on a message and return the answer, which is the same for the same message."""
        call = outgoing.call
        known = self._answers.get(call.message_id)
        if known is None:
            known = self._answers[call.message_id] = self._work(outgoing)
        return known

    def note_answer(self, answer: dict[str, Any]) -> None:
        """Take note that the station has this answer."""
        if (booked := self.booked.get(answer.get("transactionId", 0))) is not None:
            booked.is_answered = True

    def _work(self, outgoing: Outgoing) -> dict[str, Any]:
        payload = outgoing.call.payload
        match outgoing.purpose:
            case Purpose.START:
                text = json.dumps(payload)
                if text not in self._by_content:
                    booked = Booked(len(self.booked) + 1, payload)
                    self.booked[booked.number] = self._by_content[text] = booked
                return {"transactionId": self._by_content[text].number, "idTagInfo": ACCEPTED}
            case Purpose.METER:
                self._take_values(self.booked[payload["transactionId"]], payload["meterValue"])
            case Purpose.STOP:
                booked = self.booked[payload["transactionId"]]
                if booked.stop is None:
                    booked.stop = payload
                self._take_ends(booked, payload)
            case Purpose.SECURITY:
                self.events.append(payload["type"])
        return {}

    def _take_values(self, booked: Booked, values: list[Value]) -> None:
        stamps = [value["timestamp"] for value in values]
        assert stamps == sorted(stamps)
        for value in values:
            key = value["sampledValue"][0]["context"], value["timestamp"]
            assert booked.values.setdefault(key, value) == value, "two stories of one moment"

    def _take_ends(self, booked: Booked, payload: dict[str, Any]) -> None:
        told = [int(register_in(value)) for value in payload.get("transactionData", []) if register_in(value)]
        assert told == sorted(told)
        assert all(register_wh <= payload["meterStop"] for register_wh in told)
        assert payload["meterStop"] >= booked.start["meterStart"]

    def check_values(self, booked: Booked) -> None:
        """Hold all values of a transaction together: the register never falls, and ends where the end says."""
        for context in ("Sample.Periodic", "Sample.Clock"):
            told = sorted((at, value) for (of, at), value in booked.values.items() if of == context)
            registers = [int(register_in(value)) for _, value in told if register_in(value)]
            assert registers == sorted(registers)
            assert all(register_wh >= booked.start["meterStart"] for register_wh in registers)
            if booked.stop is not None:
                assert all(register_wh <= booked.stop["meterStop"] for register_wh in registers)
