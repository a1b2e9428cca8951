"""Checks of a JSON value: each is a function that returns None when all is well, and otherwise all that is wrong.

None costs no memory, and nearly every check ends so. What is wrong is told in the payload's order and without the texts
that were seen, which may be passwords.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from bridge.types.ocpp.base import parse_rfc3339
from bridge.types.ocpp.payload_error import Problem, ProblemKind, path_of


class Fault(NamedTuple):
    """One thing that is wrong, with its place as names and numbers from the outside inwards."""

    location: tuple[str | int, ...]
    kind: ProblemKind
    said: str

    def as_problem(self) -> Problem:
        """Write the place as a path."""
        return Problem(path_of(self.location), self.kind, self.said)


Check = Callable[[Any], list[Fault] | None]

_NO_ZONE: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?", re.ASCII)
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", re.ASCII)
_MOST_WORDS: Final = 8
_DIGITS_SHOWN: Final = 30


def anything(_: Any) -> None:
    """Take any JSON."""


def object_with(
    checks: Mapping[str, Check], required: tuple[str, ...], *, closed: bool, takes_null: bool = False
) -> Check:
    """Take an object whose fields pass; a closed one has no others. Null may be taken where a field may be absent."""
    needed = frozenset(required)

    def check(value: Any) -> list[Fault] | None:
        if not isinstance(value, dict):
            return _wrong_type("an object", value)
        faults: list[Fault] | None = None
        for name, inner in value.items():
            inner_check = checks.get(name)
            if inner is None and takes_null and name not in needed:
                continue
            if inner_check is not None:
                found = inner_check(inner)
                if found is not None:
                    faults = _added(faults, _within(name, found))
            elif closed:
                faults = _added(faults, [Fault((str(name),), ProblemKind.UNKNOWN_FIELD, "is no field of this type")])
        if not needed.issubset(value):
            missing = [Fault((n,), ProblemKind.MISSING, "is required") for n in required if n not in value]
            faults = _added(faults, missing)
        return faults

    return check


def array_of(item_check: Check, fewest: int | None, most: int | None) -> Check:
    """Take a list of so many items that pass."""
    fewest = fewest or 0

    def check(value: Any) -> list[Fault] | None:
        if not isinstance(value, list):
            return _wrong_type("a list", value)
        if len(value) < fewest:
            return _wrong_value(f"should have at least {fewest} items, not {len(value)}")
        if most is not None and len(value) > most:
            return _wrong_value(f"should have at most {most} items, not {len(value)}")
        faults: list[Fault] | None = None
        for place, item in enumerate(value):
            found = item_check(item)
            if found is not None:
                faults = _added(faults, _within(place, found))
        return faults

    return check


def text(longest: int | None) -> Check:
    """Take text of up to so many characters."""

    def check(value: Any) -> list[Fault] | None:
        if not isinstance(value, str):
            return _wrong_type("text", value)
        if longest is not None and len(value) > longest:
            return _wrong_value(f"should have at most {longest} characters, not {len(value)}")
        return None

    return check


def word_of(words: tuple[str, ...]) -> Check:
    """Take one of these words, upper and lower case included."""
    allowed = frozenset(words)
    few = ", ".join(words) if len(words) <= _MOST_WORDS else f"the {len(words)} words that are allowed"

    def check(value: Any) -> list[Fault] | None:
        if not isinstance(value, str):
            return _wrong_type("text", value)
        return None if value in allowed else _wrong_value(f"should be one of {few}")

    return check


def moment(value: Any) -> list[Fault] | None:
    """Take a timestamp that says its zone."""
    if not isinstance(value, str):
        return _wrong_type("text", value)
    try:
        parse_rfc3339(value)
    except ValueError:
        return _wrong_value("should be a timestamp such as 2026-01-31T12:00:00Z, with its zone")
    return None


def moment_or_local(value: Any) -> list[Fault] | None:
    """Take a timestamp with or without a zone."""
    return moment(f"{value}Z" if isinstance(value, str) and _NO_ZONE.fullmatch(value) else value)


def uri(value: Any) -> list[Fault] | None:
    """Take text that begins as a URI does and has no blanks."""
    if not isinstance(value, str):
        return _wrong_type("text", value)
    return None if _URI.fullmatch(value) else _wrong_value("should be a URI such as ftp://host/path")


def boolean(value: Any) -> list[Fault] | None:
    """Take true and false."""
    return None if isinstance(value, bool) else _wrong_type("true or false", value)


def number(least: float | None, most: float | None, *, whole: bool, tenths: bool) -> Check:
    """Take a number within these bounds; 1.0 is no whole number, and tenths have at most one decimal, so 8.1 is one."""
    sorts = int if whole else (int, float)
    wanted = "a whole number" if whole else "a number"

    def check(value: Any) -> list[Fault] | None:
        if not isinstance(value, sorts) or isinstance(value, bool):
            return _wrong_type(wanted, value)
        if value != value or value in _INFINITE:  # noqa: PLR0124 -- only NaN differs from itself
            return _wrong_value("should be a finite number")
        if least is not None and value < least:
            return _wrong_value(f"should be at least {least}, not {_digits(value)}")
        if most is not None and value > most:
            return _wrong_value(f"should be at most {most}, not {_digits(value)}")
        if tenths and round(value, 1) != value:
            return _wrong_value(f"should have at most one decimal, not {_digits(value)}")
        return None

    return check


_INFINITE: Final = (float("inf"), float("-inf"))


def _added(faults: list[Fault] | None, more: list[Fault]) -> list[Fault]:
    """Return the faults with more of them; extends in place, because a bad payload may have thousands."""
    if faults is None:
        return more
    faults.extend(more)
    return faults


def _within(name: str | int, faults: list[Fault]) -> list[Fault]:
    return [Fault((name, *fault.location), fault.kind, fault.said) for fault in faults]


def _wrong_type(wanted: str, value: Any) -> list[Fault]:
    return [Fault((), ProblemKind.TYPE, f"should be {wanted}, not {_sort_of(value)}")]


def _wrong_value(said: str) -> list[Fault]:
    return [Fault((), ProblemKind.VALUE, said)]


def _sort_of(value: Any) -> str:  # noqa: PLR0911 -- one line per sort of JSON
    """Name the sort of a value, with numbers as they are and never a text: it may be a secret."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return f"the number {_digits(value)}"
        case str():
            return "a string"
        case dict():
            return "an object"
        case list():
            return "a list"
    return f"a {type(value).__name__}"


def _digits(value: float) -> str:
    try:
        return str(value)[:_DIGITS_SHOWN]
    except ValueError:  # Python writes no whole number of thousands of digits
        return "a huge one"
