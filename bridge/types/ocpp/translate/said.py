"""Says a type in a version of OCPP: what that version does not know is left out or replaced, and noted.

What is left out and what it is replaced with stands in `editions`, in tables, and nowhere else. The rules:
- A field that the version does not have is left out; where the rest would be untrue without it, the object goes.
- A word that it does not have is replaced by the nearest; where there is none that would be true, the object goes.
- A text that is too long is cut where a person reads it; any other is left out whole.
- An object that lacks what the version requires goes, and with it a list that is left empty or that says something else
  without it (the periods of a schedule), and so on upwards. Of a message that goes as a whole the payload is None: it
  must not be sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple

from pydantic.fields import FieldInfo

from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.base import OcppType, to_ocpp
from bridge.types.ocpp.custom_data import CustomData
from bridge.types.ocpp.version import OcppVersion


class Drop(NamedTuple):
    """One thing that could not be said."""

    path: str
    """of the field in OCPP's spelling, such as `meterValue[0].sampledValue[2]`"""
    why: str


class Said(NamedTuple):
    """A payload, and what it could not say."""

    payload: dict[str, Any] | None
    """None where the version has no way at all to say it"""
    dropped: tuple[Drop, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What an edition says of one field; the words are those of `Edition`."""

    name: str
    alias: str
    """OCPP's spelling"""
    may_be_silent: bool
    """where there is no value, there is nothing to say and nothing wrong"""
    is_vital_to_us: bool
    """our own type has none without it"""
    is_lacked: bool
    is_required: bool
    default: str | None
    most: int | None
    is_cut: bool
    is_vital: bool
    unless: object
    """of a vital one: the value that an absent one means"""


_Path = tuple[Any, str | int] | None
"""the way to what is at hand: the way to what it belongs to, and its name or its number there; None for the message"""


@dataclass(frozen=True)
class Edition:
    """What a version cannot say of the types; fields go by their Python names."""

    version: OcppVersion
    lacks: Mapping[type[OcppType], frozenset[str]]
    """type → fields that it does not have"""
    words: Mapping[type[StrEnum], Mapping[str, str | None]]
    """enum → word of ours → its word; None where no word of it would be true"""
    requires: Mapping[type[OcppType], frozenset[str]] = field(default_factory=dict)
    """type → fields that may be absent with us and not there"""
    defaults: Mapping[tuple[type[OcppType], str], str] = field(default_factory=dict)
    """(type, field) → what an absent field means, said aloud because the version requires it"""
    lengths: Mapping[tuple[type[OcppType], str], int] = field(default_factory=dict)
    """(type, field) → most characters"""
    cut: frozenset[tuple[type[OcppType], str]] = frozenset()
    """(type, field) of texts for people, which may be cut"""
    vital: Mapping[tuple[type[OcppType], str], object] = field(default_factory=dict)
    """(type, field) without which the rest would be untrue → the value that an absent one means, None for no value"""
    inseparable: frozenset[type[OcppType]] = frozenset()
    """items whose list says something else when one of them is missing"""
    _plans: dict[type[OcppType], tuple[Part, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def plan(self, kind: type[OcppType]) -> tuple[Part, ...]:
        """Return what the tables say of a type's fields: looked up once, for messages are many."""
        known = self._plans.get(kind)
        if known is None:
            known = self._plans[kind] = tuple(self._part(kind, *named) for named in kind.model_fields.items())
        return known

    def _part(self, kind: type[OcppType], name: str, info: FieldInfo) -> Part:
        of = kind, name
        is_required = name in self.requires.get(kind, ())
        return Part(
            name=name,
            alias=str(info.alias),
            may_be_silent=not is_required and of not in self.defaults,
            is_vital_to_us=info.is_required(),
            is_lacked=name in self.lacks.get(kind, ()),
            is_required=is_required,
            default=self.defaults.get(of),
            most=self.lengths.get(of),
            is_cut=of in self.cut,
            is_vital=of in self.vital,
            unless=self.vital.get(of),
        )


class _Unsayable(Exception):  # noqa: N818 -- no error: it unwinds to the object that goes
    """The object at hand cannot be said."""


_Way = Callable[[Any, Any, _Path, Part], Any]
"""how a value is said: by whom, the value, where, and of which field"""


class _Ways(dict[type, _Way | None]):
    """How values of a type are said, None for as they are; found once, for to ask each value costs more."""

    def __init__(self, *bases: tuple[type, _Way]) -> None:
        super().__init__()
        self._bases = bases

    def __missing__(self, kind: type) -> _Way | None:
        found = self[kind] = next((way for base, way in self._bases if issubclass(kind, base)), None)
        return found


class Speaker:
    """Walks one model and gathers what was dropped on the way."""

    def __init__(self, edition: Edition) -> None:
        self.dropped: list[Drop] = []
        self._edition = edition

    def say(self, model: OcppType) -> Said:
        """Return the payload in OCPP's spelling, without what this version does not know."""
        try:
            payload = to_ocpp(model) if isinstance(model, CustomData) else self._object(model, None)
            return Said(payload, tuple(self.dropped))
        except _Unsayable:
            return Said(None, tuple(self.dropped))

    def _object(self, model: OcppType, path: _Path, _part: Part | None = None) -> dict[str, Any]:
        payload: dict[str, Any] = {}
        values = model.__dict__
        for part in self._edition.plan(type(model)):
            value = values[part.name]
            if value is None:
                if part.may_be_silent:
                    continue
                value = part.default
            elif part.is_lacked:
                self._leave_out(value, (path, part.alias), part)
                continue
            said = None
            if value is not None:
                say = self._ways[type(value)]
                try:
                    said = value if say is None else say(self, value, (path, part.alias), part)
                except _Unsayable:
                    if part.is_vital_to_us or isinstance(value, StrEnum):
                        raise
            if said is not None:
                payload[part.alias] = said
            elif part.is_required:
                self._note(path, f"OCPP {self._edition.version} requires {part.alias} here")
                raise _Unsayable
        naming = payload.pop("componentVariable", None)
        return payload if naming is None else {**payload, **naming}

    def _leave_out(self, value: Any, path: _Path, part: Part) -> None:
        if part.is_vital and value == part.unless:
            return  # an absent field says the same
        self._note(path, f"OCPP {self._edition.version} has no such field")
        if part.is_vital:
            raise _Unsayable

    def _list(self, items: tuple[Any, ...], path: _Path, part: Part) -> list[Any]:
        said = []
        for number, item in enumerate(items):
            say = self._ways[type(item)]
            try:
                said.append(item if say is None else say(self, item, (path, number), part))
            except _Unsayable:
                if type(item) in self._edition.inseparable:
                    raise
        if items and not said:
            raise _Unsayable
        return said

    def _word(self, word: StrEnum, path: _Path, _part: Part) -> str:
        table = self._edition.words.get(type(word))
        if table is None or word not in table:
            return str(word)
        said = table[word]
        if said is None:
            self._note(path, f"OCPP {self._edition.version} has no word for {word}; what it belongs to is left out")
            raise _Unsayable
        if said != word and list(table.values()).count(said) > 1:  # else it is but another spelling
            self._note(path, f"{word} is said as {said}")
        return said

    def _text(self, text: str, path: _Path, part: Part) -> str:
        most = part.most
        if most is None or len(text) <= most:
            return text
        if part.is_cut:
            self._note(path, f"cut to {most} characters")
            return text[:most]
        self._note(path, f"longer than the {most} characters of OCPP {self._edition.version}")
        raise _Unsayable

    def _custom_data(self, data: CustomData, _path: _Path, _part: Part) -> dict[str, Any]:
        return to_ocpp(data)

    def _moment(self, at: datetime, _path: _Path, _part: Part) -> str:
        return to_rfc3339(at)

    _ways: ClassVar = _Ways(
        (CustomData, _custom_data),
        (OcppType, _object),
        (StrEnum, _word),
        (str, _text),
        (datetime, _moment),
        (tuple, _list),
    )

    def _note(self, path: _Path, why: str) -> None:
        self.dropped.append(Drop(_spelled(path), why))


def _spelled(path: _Path) -> str:
    if path is None:
        return ""
    before, step = path
    if isinstance(step, int):
        return f"{_spelled(before)}[{step}]"
    return f"{_spelled(before)}.{step}".removeprefix(".")
