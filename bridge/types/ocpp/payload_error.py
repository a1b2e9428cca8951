"""The error of a payload that is not what its type says: which field, what is wrong with it, without its secrets."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import ValidationError

from bridge.errors import Blame, BridgeError

_NAMED_AT_MOST = 5
_VALUE_AT_MOST = 40


class ProblemKind(StrEnum):
    """What is wrong with a field, as coarse as OCPP's own error codes tell it."""

    MISSING = "missing"
    """required and not there (OCPP: OccurrenceConstraintViolation)"""
    UNKNOWN_FIELD = "unknown_field"
    """no such field in this type (OCPP: FormatViolation)"""
    TYPE = "type"
    """a number where a string belongs, and the like (OCPP: TypeConstraintViolation)"""
    VALUE = "value"
    """the right type with a value that is not allowed (OCPP: PropertyConstraintViolation)"""


class Problem(NamedTuple):
    """One field that is wrong."""

    path: str
    """such as `chargingSchedule[0].chargingSchedulePeriod[2].limit`; empty for the payload as a whole"""
    kind: ProblemKind
    said: str


class PayloadError(BridgeError):
    """A payload is not what its type says; `problems` holds every field that is wrong, in the payload's order.

    The text shows words of enums and numbers as they were seen and never any other string: those may be secrets.
    """

    blame = Blame.SERVER

    def __init__(self, type_name: str, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        named = [f"{p.path}: {p.said}" if p.path else p.said for p in self.problems[:_NAMED_AT_MOST]]
        more = len(self.problems) - len(named)
        super().__init__(
            type_name,
            "; ".join(named) + (f"; and {more} more" if more else ""),
            todo="The sender has to correct the payload.",
            meanwhile="Nothing of it is used.",
        )

    @property
    def path(self) -> str:
        """Path of the first field that is wrong."""
        return self.problems[0].path

    @property
    def kind(self) -> ProblemKind:
        """What is wrong with the first field that is wrong."""
        return self.problems[0].kind


def path_of(location: Iterable[str | int]) -> str:
    """Write a location as a path: names joined by dots, places in a list in brackets."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part[:_VALUE_AT_MOST]}" for part in location)
    return "".join(parts).removeprefix(".")


def visible(location: tuple[str | int, ...], unseen: Collection[str]) -> tuple[str | int, ...]:
    """Return the location without the levels that the JSON does not have."""
    return tuple(part for part in location if part not in unseen)


def from_validation(type_name: str, error: ValidationError, unseen: Collection[str] = frozenset()) -> PayloadError:
    """Translate pydantic's error; the original, which holds the input, is to be left behind with `from None`."""
    details = error.errors(include_url=False)
    problems = [_problem({**d, "loc": visible(d["loc"], unseen)}) for d in details if not _is_echo(d, details)]
    return PayloadError(type_name, problems)


def _is_echo(detail: Mapping[str, Any], details: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether a list is called too short only because items of it are wrong, which is told beside it."""
    location = tuple(detail["loc"])
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(location) and other["loc"][: len(location)] == location for other in details
    )


_SORTS = {
    "model_type": "should be an object",
    "tuple_type": "should be a list",
    "string_type": "should be text",
    "int_type": "should be a whole number",
    "float_type": "should be a number",
    "bool_type": "should be true or false",
}


def _problem(detail: Mapping[str, Any]) -> Problem:
    path, sort, seen = path_of(detail["loc"]), str(detail["type"]), detail["input"]
    said = re.sub(r"^(Input|String|Tuple) ", "", str(detail["msg"]))
    match sort:
        case "missing":
            return Problem(path, ProblemKind.MISSING, "is required")
        case "extra_forbidden":
            return Problem(path, ProblemKind.UNKNOWN_FIELD, "is no field of this type")
        case "enum":
            return Problem(path, _kind_of_word(seen), f"{said}, not {_shown(seen)}")
        case "value_error":
            return Problem(path, ProblemKind.VALUE, str(detail["ctx"]["error"]))
        case _ if sort in _SORTS:
            return Problem(path, ProblemKind.TYPE, f"{_SORTS[sort]}, not {_sort_of(seen)}")
    number = isinstance(seen, int | float) and not isinstance(seen, bool)
    return Problem(path, ProblemKind.VALUE, f"{said}, not {seen}" if number else said)


def _kind_of_word(seen: object) -> ProblemKind:
    return ProblemKind.VALUE if isinstance(seen, str) else ProblemKind.TYPE


def _shown(seen: object) -> str:
    return repr(seen[:_VALUE_AT_MOST]) if isinstance(seen, str) else _sort_of(seen)


def _sort_of(seen: object) -> str:  # noqa: PLR0911 -- one line per sort of JSON
    match seen:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return f"the number {seen}"
        case str():
            return "a string"
        case dict():
            return "an object"
        case list() | tuple():
            return "a list"
    return f"a {type(seen).__name__}"
