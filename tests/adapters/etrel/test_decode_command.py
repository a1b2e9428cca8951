"""What the answer to a command says of its effect."""

from __future__ import annotations

import pytest

from adapters.etrel.decode_command import judge_command
from bridge.types.words import CommandStatus
from tests.adapters.scripted import json_answer


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b'{"errorCode": 0, "errorMessage": ""}', CommandStatus.DONE),
        (200, b"", CommandStatus.DONE),
        (204, b"", CommandStatus.DONE),
        (200, b'{"errorCode": 5, "errorMessage": "not now"}', CommandStatus.REFUSED),
        (302, b"", CommandStatus.REFUSED),
        (401, b"", CommandStatus.REFUSED),
        (404, b"", CommandStatus.REFUSED),
        (429, b"", CommandStatus.REFUSED),
        (503, b"", CommandStatus.REFUSED),
        (200, b"<html>", CommandStatus.UNCONFIRMED),
        (200, b'{"errorCode"', CommandStatus.UNCONFIRMED),
        (500, b"", CommandStatus.UNCONFIRMED),
        (502, b"", CommandStatus.UNCONFIRMED),
    ],
)
def test_only_a_clear_yes_is_done_and_only_a_clear_no_is_refused(
    status: int, body: bytes, outcome: CommandStatus
) -> None:
    """Everything between yes and no is unconfirmed, and each outcome has a sentence."""
    judged = judge_command(json_answer(body, status))
    assert judged.status is outcome
    assert judged.detail.endswith(".")
