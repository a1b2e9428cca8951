"""An HTTP answer, and the ways in which one can be spoilt."""

from __future__ import annotations

from dataclasses import dataclass, replace

LOGIN_PAGE = b"""<!DOCTYPE html>
<html><head><title>Sign in</title></head>
<body><form method="post"><input name="user"><input name="pass" type="password"></form></body></html>
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over the wire."""

    body: bytes = b""
    status: int = 200
    content_type: bytes = b"application/json; charset=utf-8"
    headers: tuple[tuple[bytes, bytes], ...] = ()
    cut: bool = False
    """send half of the body under the length of the whole and close the connection"""


def refusal(status: int, *headers: tuple[bytes, bytes]) -> Answer:
    """Return a bare refusal as a web server gives it: no body."""
    return Answer(status=status, content_type=b"text/plain", headers=headers)


def as_html(_: Answer) -> Answer:
    """Return the page that a router or a captive portal answers everything with."""
    return Answer(LOGIN_PAGE, content_type=b"text/html; charset=utf-8")


def as_invalid_json(answer: Answer) -> Answer:
    """Return the answer with its last byte lost and its length right."""
    return replace(answer, body=answer.body[:-1] + b",,")


def as_truncated(answer: Answer) -> Answer:
    """Return the answer to be cut off half-way."""
    return replace(answer, cut=True)
