"""What the answer to a set says of its effect; pure."""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus

from adapters.decoding import ShapeError, quote
from adapters.go_e.answers import is_web_page
from adapters.go_e.wire import parse_reply
from bridge.ports import HttpAnswer
from bridge.types.charger import Outcome
from bridge.types.words import CommandStatus

_LONGEST_SENTENCE = 80
"""characters of what the box says of a key"""


def done(detail: str) -> Outcome:
    """Return that the effect is known."""
    return Outcome(status=CommandStatus.DONE, detail=detail)


def refused(detail: str) -> Outcome:
    """Return that there was no effect, or not the whole one, by the box's own word."""
    return Outcome(status=CommandStatus.REFUSED, detail=detail)


def unconfirmed(detail: str) -> Outcome:
    """Return that the effect is not known."""
    return Outcome(status=CommandStatus.UNCONFIRMED, detail=detail)


def judge_reply(answer: HttpAnswer, keys: Collection[str]) -> Outcome:
    """Return done when every key was taken, refused for a clear no, and unconfirmed for everything between.

    A value that is not taken is a sentence in place of `true`, with HTTP 500 [issue 153] or 200 [issue 81]: the body
    counts more than the status. A key that is not in the answer is not known there [issue 53].
    """
    status = answer.status
    try:
        reply = {} if is_web_page(answer) else parse_reply(answer.body)
    except ShapeError:
        reply = {}
    noes = [f"{key}: {quote(reply[key], _LONGEST_SENTENCE)}" for key in keys if key in reply and reply[key] is not True]
    taken = [key for key in keys if reply.get(key) is True]
    if noes:
        also = f" It took {', '.join(taken)}." if taken else ""
        return refused(f"The charger refused {', '.join(noes)}.{also}")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.SERVICE_UNAVAILABLE:
        return unconfirmed(f"The charger failed with HTTP {status} after it had got the command.")
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return refused(f"The charger answered HTTP {status}.")
    if len(taken) == len(keys):
        return done("The charger took the command.")
    missing = ", ".join(key for key in keys if key not in reply)
    return unconfirmed(f"The charger's answer says nothing of {missing}.")
