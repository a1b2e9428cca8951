"""The word for a question that is not worked on, for both roles."""

from __future__ import annotations

from bridge.ocppj.codes import ErrorCode


class RefusedQuestionError(Exception):
    """A question that is not worked on, with the code that says why."""

    def __init__(self, code: ErrorCode, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
