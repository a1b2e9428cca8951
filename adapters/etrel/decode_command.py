"""What the answer to a command says of its effect; pure."""

from __future__ import annotations

from http import HTTPStatus

from adapters.decoding import ShapeError, quote
from adapters.etrel.wire import AnswerWire, RefusedError, parse_answer
from bridge.ports import HttpAnswer
from bridge.types.charger import Outcome
from bridge.types.words import CommandStatus


def judge_command(answer: HttpAnswer) -> Outcome:
    """Return done for a clear yes, refused for a clear no, and unconfirmed for everything between.

    A failure inside the charger (5xx) tells nothing about what it did before; 503 is a no by its definition.
    """
    status = answer.status
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.SERVICE_UNAVAILABLE:
        return _unconfirmed(f"The charger failed with HTTP {status} after it had got the command.")
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return _refused(f"The charger answered HTTP {status}.")
    if not answer.body.strip():
        return _done()
    try:
        parse_answer(AnswerWire, answer.body)
    except RefusedError as refused:
        return _refused(f"The charger answered errorCode {refused.code} {quote(refused.message)}.")
    except ShapeError:
        return _unconfirmed("The charger took the command and gave an answer that cannot be read.")
    return _done()


def _done() -> Outcome:
    return Outcome(status=CommandStatus.DONE, detail="The charger took the command.")


def _refused(detail: str) -> Outcome:
    return Outcome(status=CommandStatus.REFUSED, detail=detail)


def _unconfirmed(detail: str) -> Outcome:
    return Outcome(status=CommandStatus.UNCONFIRMED, detail=detail)
