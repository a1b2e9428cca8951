"""What is wrong with a config: each problem knows its place, and all of them are told at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bridge.errors import ConfigError

_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the config file, or one outside of it (line 0), such as an environment variable."""

    line: int
    """counts from 1"""
    column: int
    """counts from 1"""
    source: str
    """the file's name without its folders, or the name of the place outside"""

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


class PlacedConfigError(ConfigError):
    """One problem at one place."""

    def __init__(self, position: Position, seen: str, *, todo: str = "") -> None:
        super().__init__(str(position), seen, todo=todo)
        self.position = position


class BrokenConfigError(ConfigError):
    """Everything that is wrong with a config, in the order of its lines; `str()` gives each its own line.

    `where`, `seen` and `todo` are those of the first problem.
    """

    def __init__(self, problems: Iterable[PlacedConfigError]) -> None:
        self.problems: tuple[PlacedConfigError, ...] = tuple(
            sorted(problems, key=lambda problem: (problem.position, problem.seen))
        )
        first = self.problems[0]
        super().__init__(first.where, first.seen, todo=first.todo)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


def quote(text: str) -> str:
    """Return text from the config in «», on one line, printable everywhere, and at most 60 characters long."""
    shown = text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"
    printable = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in shown)
    return f"«{printable}»"


def suggest(word: str, known: Iterable[str]) -> str:
    """Return `Did you mean «host»?`, or nothing when no known word resembles this one."""
    by_lower_case: dict[str, str] = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word[:_SHOWN_CHARACTERS].lower(), by_lower_case, n=1)
    return f"Did you mean {quote(by_lower_case[near[0]])}?" if near else ""


def enumerate_words(words: Sequence[str], joint: str) -> str:
    """Return `«a», «b» or «c»`."""
    quoted = [quote(word) for word in words]
    return f" {joint} ".join(filter(None, [", ".join(quoted[:-1]), *quoted[-1:]]))
