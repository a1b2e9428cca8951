from __future__ import annotations

import pytest

from adapters.go_e.decode_reply import judge_reply
from bridge.ports import HttpAnswer
from bridge.types.words import CommandStatus
from tests.adapters.go_e.fixtures import body

_DONE, _REFUSED, _UNCONFIRMED = CommandStatus.DONE, CommandStatus.REFUSED, CommandStatus.UNCONFIRMED
_TAKEN = body("gemini_60_set_taken", "set")
_PARTLY = body("gemini_60_set_refused", "set")


@pytest.mark.parametrize(
    ("status", "content", "outcome", "said"),
    [
        (200, _TAKEN, _DONE, "took the command"),
        (200, _PARTLY, _REFUSED, "amp: «amp: failed: Value 40 exceeds range 6 to 32 (40)». It took frc."),
        (500, _PARTLY, _REFUSED, "exceeds range"),
        (200, b'{"amp": true, "frc": false}', _REFUSED, "frc: «False»"),
        (200, b'{"amp": true, "frc": null}', _REFUSED, "frc: «None»"),
        (200, b'{"amp": 1, "frc": true}', _REFUSED, "amp: «1»"),
        (200, b'{"amp": true}', _UNCONFIRMED, "says nothing of frc"),
        (200, body("homeplus_052_set_unknown", "set"), _UNCONFIRMED, "says nothing of amp, frc"),
        (200, b"OK", _UNCONFIRMED, "says nothing of amp, frc"),
        (200, b"", _UNCONFIRMED, "says nothing"),
        (200, b"<html></html>", _UNCONFIRMED, "says nothing"),
        (500, b"", _UNCONFIRMED, "HTTP 500 after it had got"),
        (502, b"<html></html>", _UNCONFIRMED, "HTTP 502"),
        (503, b"", _REFUSED, "HTTP 503"),
        (401, b"", _REFUSED, "HTTP 401"),
        (404, b"", _REFUSED, "HTTP 404"),
        (429, b"", _REFUSED, "HTTP 429"),
        (302, b"", _REFUSED, "HTTP 302"),
    ],
)
def test_an_answer_is_a_yes_a_no_or_neither(status: int, content: bytes, outcome: CommandStatus, said: str) -> None:
    """Only `true` for every key is a yes; the box's own sentence is passed on."""
    judged = judge_reply(HttpAnswer(status, {}, content), ("amp", "frc"))
    assert judged.status is outcome
    assert said in judged.detail
