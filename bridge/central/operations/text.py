"""Arguments as people write them: JSON, and what is commonly written for it, read into the same values.

Beyond JSON these are taken: single quotes, Python's True, False and None, names without quotes before a colon,
a comma after the last entry, and comments that begin with `//` or `#` [doc: seed 000]. Everything has one meaning or is
refused: no key twice, no NaN, no half of a surrogate pair, and nothing is guessed from a bare word: a date stays text.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final, NoReturn

LONGEST: Final = 262_144
"""characters of a text; a schedule of 1024 periods has about 60,000"""
DEEPEST: Final = 40
"""levels of lists and objects inside one another"""

_BLANK: Final = re.compile(r"(?:[ \t\r\n\ufeff\u00a0]|//[^\n]*|#[^\n]*)*")
_NUMBER: Final = re.compile(
    r"-?(?:0|[1-9][0-9]{0,299})(?:\.[0-9]{1,300})?(?:[eE][+-]?[0-9]{1,4})?(?![\w.:+-])", re.ASCII
)
_WORD: Final = re.compile(r"[^\W\d]\w*")
_PLAIN: Final = {quote: re.compile(rf"[^{quote}\\\x00-\x1f]*") for quote in "\"'"}
_HEX: Final = re.compile(r"[0-9a-fA-F]{4}")
_ESCAPED: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "/": "/", "\\": "\\", '"': '"', "'": "'"}
_WORDS: Final = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
_CURLY: Final = "\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb"
_A_VALUE: Final = "a value is expected here: a text in quotes, a number, true, false, null, { or ["
_SHOWN: Final = 20


class ArgumentTextError(ValueError):
    """A text cannot be read; the message says where, from 1 on, and what was expected."""

    def __init__(self, line: int, column: int, said: str) -> None:
        super().__init__(f"Line {line}, column {column}: {said}.")
        self.line = line
        self.column = column


def parse_arguments(text: str) -> dict[str, Any]:
    """Return the object that a text holds; a text without anything, or `null`, is an empty one. ArgumentTextError."""
    if len(text) > LONGEST:
        raise ArgumentTextError(1, 1, f"the text has {len(text):,} characters, and at most {LONGEST:,} are read")
    return _Reader(text).arguments()


class _Reader:
    """Reads one text from its beginning to its end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def arguments(self) -> dict[str, Any]:
        value = self._value(0) if self._next() else None
        if self._next():
            self._refuse("nothing more is expected after the closing }")
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._at = 0
            self._next()
            self._refuse("the arguments are an object: { is expected here")
        return value

    def _next(self) -> str:
        """Step over blanks and comments; return the next character, nothing at the end."""
        match = _BLANK.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._text[self._at : self._at + 1]

    def _value(self, depth: int) -> Any:
        first = self._next()
        if depth > DEEPEST:
            self._refuse(f"this is nested deeper than {DEEPEST} levels")
        if first == "{":
            return self._object(depth)
        if first == "[":
            return self._list(depth)
        if first and first in _PLAIN:
            return self._quoted()
        if first.isdecimal() or first == "-":
            return self._number()
        return self._bare()

    def _object(self, depth: int) -> dict[str, Any]:
        read: dict[str, Any] = {}
        self._at += 1
        while self._next() != "}":
            begins_at = self._at
            name = self._name()
            if name in read:
                self._at = begins_at
                self._refuse(f"{name[:_SHOWN]} stands here twice")
            if self._next() != ":":
                self._refuse(f"a colon is expected after {name[:_SHOWN]}")
            self._at += 1
            read[name] = self._value(depth + 1)
            self._comma_or("}", "the entries of the object")
        self._at += 1
        return read

    def _list(self, depth: int) -> list[Any]:
        read: list[Any] = []
        self._at += 1
        while self._next() != "]":
            read.append(self._value(depth + 1))
            self._comma_or("]", "the entries of the list")
        self._at += 1
        return read

    def _comma_or(self, closing: str, what: str) -> None:
        seen = self._next()
        if seen == ",":
            self._at += 1
        elif seen != closing:
            self._refuse(f"a comma or {closing} is expected here, after one of {what}")

    def _name(self) -> str:
        if (first := self._next()) and first in _PLAIN:
            return self._quoted()
        match = _WORD.match(self._text, self._at)
        if match is None:
            self._refuse(self._of_curly_quotes() or "a name in quotes is expected here, or }")
        self._at = match.end()
        return match.group()

    def _quoted(self) -> str:
        begins_at, quote = self._at, self._text[self._at]
        self._at += 1
        parts: list[str] = []
        while True:
            match = _PLAIN[quote].match(self._text, self._at)
            parts.append(match.group() if match else "")
            self._at += len(parts[-1])
            seen = self._text[self._at : self._at + 1]
            if seen == "\\":
                parts.append(self._escape())
            elif seen == quote:
                self._at += 1
                return self._whole("".join(parts), begins_at)
            elif not seen or seen in "\r\n":
                self._at = begins_at
                self._refuse(f"this text is not closed with {quote} on its line")
            else:
                self._refuse(f"the character U+{ord(seen):04X} may not stand in a text; write \\u{ord(seen):04x}")

    def _escape(self) -> str:
        sort = self._text[self._at + 1 : self._at + 2]
        if sort in _ESCAPED:
            self._at += 2
            return _ESCAPED[sort]
        digits = _HEX.match(self._text, self._at + 2) if sort == "u" else None
        if digits is None:
            self._refuse("this backslash begins an escape that does not exist; write \\\\ for a backslash")
        self._at += 6
        return chr(int(digits.group(), 16))

    def _whole(self, text: str, begins_at: int) -> str:
        """Return the text with pairs of surrogates as the one character that each is."""
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._at = begins_at
            self._refuse("this text holds half of a character (a lone surrogate)")

    def _number(self) -> int | float:
        match = _NUMBER.match(self._text, self._at)
        if match is None:
            self._refuse("this is not a number as JSON writes one, such as 16, -1 or 8.1; a text stands in quotes")
        digits = match.group()
        number = json.loads(digits)
        if isinstance(number, float) and not math.isfinite(number):
            self._refuse("this number is too large")
        self._at = match.end()
        return number if isinstance(number, float) else int(number)

    def _bare(self) -> bool | None:
        match = _WORD.match(self._text, self._at)
        word = match.group() if match else ""
        after = self._text[self._at + len(word) : self._at + len(word) + 1]
        if word not in _WORDS or after in ("[", "."):
            self._refuse(self._of_curly_quotes() or _A_VALUE)
        self._at += len(word)
        return _WORDS[word]

    def _of_curly_quotes(self) -> str:
        seen = self._text[self._at : self._at + 1]
        return f"{seen} is a typographic quotation mark; write ' or \"" if seen and seen in _CURLY else ""

    def _refuse(self, said: str) -> NoReturn:
        before = self._text[: self._at]
        line_start = before.rfind("\n") + 1
        if self._at >= len(self._text) and "expected here" in said:
            said = f"the text ends here; {said}"
        raise ArgumentTextError(before.count("\n") + 1, self._at - line_start + 1, said)
