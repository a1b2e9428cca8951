"""A config file as plain data of which every key and value still knows its line and column.

All scalars stay text: YAML 1.1 would turn `NO` into false, `22:00` into 1320 and `0123` into 83. What a text
means is decided by the model that asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from bridge.config.problems import BrokenConfigError, PlacedConfigError, Position, quote
from bridge.config.syntax import DEPTH_LIMIT, NODE_LIMIT, compose

Place = tuple[str | int, ...]
"""Keys and list indexes from the top of the document, such as `("chargers", 0, "url")`."""

_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")}
_NOTHING = {"", "~", "null", "Null", "NULL"}


@dataclass(slots=True)
class Document:
    """What a config file says, and where."""

    source: str
    """the file's name without its folders"""
    root: dict[str, Any] = field(default_factory=dict)
    """dicts, lists and texts; a key that is null or has nothing behind it is left out"""
    values: dict[Place, Position] = field(default_factory=dict)
    """where values stand; an alias stands where its anchor does"""
    keys: dict[Place, Position] = field(default_factory=dict)
    empty: list[Place] = field(default_factory=list)
    """keys with nothing behind them, not even `null`"""
    refused: set[Place] = field(default_factory=set)
    """values that are left out because a problem tells of them already"""
    problems: list[PlacedConfigError] = field(default_factory=list)
    """what is wrong whatever the keys mean, such as a key that stands there twice"""

    def value_position(self, place: Place) -> Position:
        """Return where a value stands, or the nearest thing around it that stands somewhere."""
        while place not in self.values and place:
            place = place[:-1]
        return self.values.get(place, Position(1, 1, self.source))

    def key_position(self, place: Place) -> Position:
        """Return where a key stands, or the nearest thing around it that stands somewhere."""
        return self.keys.get(place) or self.value_position(place)

    def put(self, place: tuple[str, ...], text: str, position: Position) -> None:
        """Set a text that comes from outside of the file; where the way there is no section, the model says so."""
        section = self.root
        for depth, name in enumerate(place[:-1], start=1):
            inner = section.setdefault(name, {})
            if not isinstance(inner, dict):
                return
            self.values.setdefault(place[:depth], position)
            section = inner
        section[place[-1]] = text
        self.refused.discard(place)
        if place in self.empty:
            self.empty.remove(place)
        self.keys[place] = self.values[place] = position


def parse_document(text: str, source: str) -> Document:
    """Return the document; BrokenConfigError when it is not one YAML mapping within the bounds."""
    document = Document(source)
    node = compose(text, source)
    if node is None:
        problem = PlacedConfigError(Position(0, 0, source), "the file is empty")
        raise BrokenConfigError([problem])
    if not isinstance(node, yaml.MappingNode):
        problem = PlacedConfigError(_position(node, source), "this file does not consist of keys and values")
        raise BrokenConfigError([problem])
    document.root = _Builder(document).mapping(node, ())
    return document


class _Builder:
    """Turns nodes into data; collects what is wrong and goes on, except beyond the bounds."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._nodes = 0

    def mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        self._document.values[place] = self._position(node)
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag not in _PLAIN_TAGS:
                self._problem(key_node, "a key is a single word")
                continue
            key = key_node.value
            inner = (*place, key)
            if inner in self._document.keys:
                first = self._document.keys[inner]
                self._problem(key_node, f"{quote(key)} stands here twice; it was already on line {first.line}")
                continue
            self._document.keys[inner] = self._position(key_node)
            value = self._value(value_node, inner)
            if value is not None:
                data[key] = value
            elif not value_node.value and inner not in self._document.refused:
                self._document.empty.append(inner)
        return data

    def _value(self, node: yaml.Node, place: Place) -> Any:
        self._nodes += 1
        if self._nodes > NODE_LIMIT or len(place) > DEPTH_LIMIT:
            self._problem(node, f"aliases make this more than {NODE_LIMIT:,} values or {DEPTH_LIMIT} levels")
            raise BrokenConfigError(self._document.problems)
        self._document.values[place] = self._position(node)
        if node.tag not in _PLAIN_TAGS:
            self._problem(
                node, "tags such as !secret are not read here", todo="Name a file or a variable that holds the value."
            )
            self._document.refused.add(place)
            return None
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._entry(entry, (*place, index)) for index, entry in enumerate(node.value)]
        is_plain = isinstance(node, yaml.ScalarNode) and not node.style
        text: str = node.value
        if is_plain and text in _NOTHING:
            return None
        unseen = next((c for c in text if not c.isprintable()), None)
        if unseen is not None:
            self._problem(node, f"this text holds a character that cannot be seen, U+{ord(unseen):04X}")
            self._document.refused.add(place)
            return None
        return text

    def _entry(self, node: yaml.Node, place: Place) -> Any:
        value = self._value(node, place)
        if value is None and place not in self._document.refused:
            self._problem(node, "this entry of the list is empty", todo="Fill it or take the line out.")
            self._document.refused.add(place)
        return value

    def _position(self, node: yaml.Node) -> Position:
        return _position(node, self._document.source)

    def _problem(self, node: yaml.Node, seen: str, *, todo: str = "") -> None:
        self._document.problems.append(PlacedConfigError(self._position(node), seen, todo=todo))


def _position(node: yaml.Node, source: str) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1, source)
