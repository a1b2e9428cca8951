"""YAML to nodes with positions, within bounds, and its errors in words that name what to do.

The sentences of the YAML library are not passed on: they quote the text around the error, and that may be a
password that was written into the wrong place.
"""

from __future__ import annotations

import re
from typing import NoReturn

import yaml

from bridge.config.problems import BrokenConfigError, PlacedConfigError, Position

NODE_LIMIT = 20_000
"""nodes of a document; 200 chargers with every key set are about 8,000"""
DEPTH_LIMIT = 20
"""levels inside one another; the deepest option stands on the fourth"""

_SENTENCES = (
    (r"'\\t'", "there is a tab here", "Indent with spaces."),
    (r"expected <block end>", "the indentation does not fit the lines above", "Align it with its neighbours."),
    (
        r"mapping values are not allowed",
        "this «: » does not fit: the line above lacks one, or the value holds a second",
        "Put a value that holds a colon and a space into quotes.",
    ),
    (r"could not find expected ':'", "this line is neither «key: value» nor an entry of a list", ""),
    (r"escape character|escape sequence", "this backslash begins an escape that does not exist", "Use single quotes."),
    (r"quoted scalar", "a quotation mark is never closed", "Close it on the same line."),
    (r"undefined alias", "this alias (*…) names no anchor", "Put a text that begins with * into quotes."),
    (r"duplicate anchor", "this anchor (&…) stands for something else already", "Give it another name."),
    (r"scanning a tag|parsing a node|tag handle", "this exclamation mark begins a tag", "Put the text into quotes."),
    (r"another document|document start", "a second document begins here", "Keep everything in one."),
    (r"expected ',' or", "a bracket is not closed or a comma is missing", "Close it, or write one entry per line."),
    (r"cannot start any token", "this character cannot begin a value", "Put the text into quotes."),
    (r"expected the node content", "a value is missing here or a bracket is not closed", "Write or close it."),
)
"""what the YAML library says, what a person reads, and what to do; the first that fits"""


class _TooMuchError(yaml.MarkedYAMLError):
    """The document is larger or deeper than any config."""


class _BoundedLoader(yaml.BaseLoader):
    """Composes nodes and resolves no scalar; stops at bounds instead of exhausting memory or the stack."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._nodes = 0
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose one node and what is in it."""
        self._nodes += 1
        self._depth += 1
        if self._nodes > NODE_LIMIT or self._depth > DEPTH_LIMIT:
            raise _TooMuchError(problem="too much", problem_mark=self.get_mark())
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def compose(text: str, source: str) -> yaml.Node | None:
    """Return the only document's top node, None for an empty one; BrokenConfigError for what is not YAML."""
    try:
        loader = _BoundedLoader(text)
        try:
            return loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.reader.ReaderError as error:
        line_start = text.rfind("\n", 0, error.position) + 1
        position = Position(text.count("\n", 0, error.position) + 1, error.position - line_start + 1, source)
        _refuse(position, f"the character U+{ord(text[error.position]):04X} may not stand in a config")
    except _TooMuchError as error:
        _refuse(
            _position(error.problem_mark, source),
            f"more than {NODE_LIMIT:,} values or more than {DEPTH_LIMIT} levels: this is not a config",
        )
    except yaml.MarkedYAMLError as error:
        sentence = f"{error.context or ''} {error.problem or ''}"
        is_unclosed = bool(error.context_mark) and "quoted scalar" in sentence and "escape" not in sentence
        position = _position(error.context_mark if is_unclosed else error.problem_mark, source)
        for pattern, seen, todo in _SENTENCES:
            if re.search(pattern, sentence):
                _refuse(position, seen, todo)
        _refuse(position, "this is not YAML")
    except (yaml.YAMLError, ValueError, OverflowError):  # the last two: absurd numbers in escapes and directives
        _refuse(Position(0, 0, source), "this is not YAML")


def _position(mark: yaml.Mark | None, source: str) -> Position:
    return Position(mark.line + 1, mark.column + 1, source) if mark else Position(0, 0, source)


def _refuse(position: Position, seen: str, todo: str = "") -> NoReturn:
    raise BrokenConfigError([PlacedConfigError(position, seen, todo=todo)]) from None
