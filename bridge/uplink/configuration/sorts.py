"""The sorts of values that settings have; each brings a text into the one form in which it is kept, or refuses it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

VALUE_AT_MOST: Final = 500
"""characters of a value [spec: OCPP 1.6 CiString500]"""

_WHOLE: Final = re.compile(r"[+-]?\d{1,10}", re.ASCII)
_DECIMAL: Final = re.compile(r"\+?\d{1,10}(\.\d{1,6})?", re.ASCII)
_ROTATION: Final = re.compile(r"(\d{1,4})\.(NotApplicable|Unknown|RST|RTS|SRT|STR|TRS|TSR)", re.ASCII)


class Sort(Protocol):
    """A sort of values."""

    @property
    def takes(self) -> str:
        """What is taken, to end a sentence; it shows no value that was seen."""
        ...

    def normalised(self, text: str) -> str | None:
        """Return the value in its one form, which is taken as it is; None where it is not of this sort."""
        ...


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off; the case does not matter."""

    @property
    def takes(self) -> str:
        """What is taken."""
        return "true or false"

    def normalised(self, text: str) -> str | None:
        """Return `true` or `false`; None for all else, 1 and 0 included."""
        word = text.strip().lower()
        return word if word in ("true", "false") else None


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number within bounds."""

    least: int = 0
    most: int = 2**31 - 1
    step: int = 1
    """only multiples of it"""
    or_zero: bool = False
    """0 is taken too, though it lies below `least`: it switches off"""

    @property
    def takes(self) -> str:
        """What is taken."""
        off = "0, or " if self.or_zero else ""
        multiple = f" that is a multiple of {self.step}" if self.step > 1 else ""
        return f"{off}a whole number from {self.least} to {self.most}{multiple}"

    def normalised(self, text: str) -> str | None:
        """Return the number without leading zeros; None where it is none or out of bounds."""
        digits = text.strip()
        if _WHOLE.fullmatch(digits) is None:
            return None
        number = int(digits)
        within = self.least <= number <= self.most and number % self.step == 0
        return str(number) if within or (self.or_zero and number == 0) else None


@dataclass(frozen=True, slots=True)
class Decimal:
    """A number within bounds, not negative, with at most six digits behind the point."""

    least: float = 0.0
    most: float = 2.0**31

    @property
    def takes(self) -> str:
        """What is taken."""
        return f"a number from {self.least:g} to {self.most:g}"

    def normalised(self, text: str) -> str | None:
        """Return the number without zeros that say nothing; None where it is none or out of bounds."""
        digits = text.strip()
        if _DECIMAL.fullmatch(digits) is None or not self.least <= float(digits) <= self.most:
            return None
        whole, _, fraction = digits.lstrip("+").partition(".")
        return f"{int(whole)}.{fraction.rstrip('0')}".rstrip(".")


@dataclass(frozen=True, slots=True)
class Numbers:
    """A comma-separated list of known whole numbers, at least one; their order counts."""

    known: tuple[int, ...]

    @property
    def takes(self) -> str:
        """What is taken."""
        return f"a comma-separated list out of {', '.join(map(str, self.known))}, each once, in the order of preference"

    def normalised(self, text: str) -> str | None:
        """Return the numbers in the order given, without blanks; None where one is unknown or named twice."""
        words = _split(text)
        numbers = [int(word) for word in words if _WHOLE.fullmatch(word) is not None]
        right = 0 < len(numbers) == len(words) == len(set(numbers)) and all(one in self.known for one in numbers)
        return _joined(map(str, numbers)) if right else None


@dataclass(frozen=True, slots=True)
class Words:
    """A comma-separated list of known words, upper and lower case as they are; an empty text is an empty list."""

    known: tuple[str, ...]

    @property
    def takes(self) -> str:
        """What is taken."""
        return f"a comma-separated list out of {', '.join(self.known)}" if self.known else "nothing but an empty list"

    def normalised(self, text: str) -> str | None:
        """Return the words in the order given, each once, without blanks; None where one is not known."""
        words = _split(text)
        return _joined(words) if all(word in self.known for word in words) else None


@dataclass(frozen=True, slots=True)
class PhaseRotations:
    """How the phases are connected, by connector: `0.RST,1.Unknown` [spec: OCPP 1.6 ConnectorPhaseRotation]."""

    connectors: int

    @property
    def takes(self) -> str:
        """What is taken."""
        return (
            f"a list such as 0.RST,1.Unknown, each connector from 0 to {self.connectors} at most once, "
            "with NotApplicable, Unknown, RST, RTS, SRT, STR, TRS or TSR"
        )

    def normalised(self, text: str) -> str | None:
        """Return the list without blanks; None where a connector is not there or named twice."""
        found = [_ROTATION.fullmatch(word) for word in _split(text)]
        numbers = [int(match[1]) for match in found if match is not None]
        right = len(numbers) == len(found) == len(set(numbers)) and all(n <= self.connectors for n in numbers)
        return _joined(f"{int(match[1])}.{match[2]}" for match in found if match is not None) if right else None


@dataclass(frozen=True, slots=True)
class Text:
    """A printable text."""

    least: int = 0
    most: int = VALUE_AT_MOST
    ascii_only: bool = False

    @property
    def takes(self) -> str:
        """What is taken."""
        return f"{self.least} to {self.most} printable {'ASCII ' if self.ascii_only else ''}characters"

    def normalised(self, text: str) -> str | None:
        """Return the text as it is, blanks included; None where it is too short, too long or cannot be printed."""
        fits = self.least <= len(text) <= self.most and text.isprintable()
        return text if fits and (text.isascii() or not self.ascii_only) else None


def listed(text: str) -> tuple[str, ...]:
    """Return the words of a list in its one form."""
    return tuple(text.split(",")) if text else ()


def _split(text: str) -> list[str]:
    """Return what stands between the commas; some write a blank after each, as OCPP's own example does."""
    return [word.strip() for word in text.split(",")] if text.strip() else []


def _joined(words: Iterable[str]) -> str:
    return ",".join(dict.fromkeys(words))
