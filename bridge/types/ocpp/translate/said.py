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

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

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


class _Unsayable(Exception):  # noqa: N818 -- no error: it unwinds to the object that goes
    """The object at hand cannot be said."""


class Speaker:
    """Walks one model and gathers what was dropped on the way."""

    def __init__(self, edition: Edition) -> None:
        self.dropped: list[Drop] = []
        self._edition = edition

    def say(self, model: OcppType) -> Said:
        """Return the payload in OCPP's spelling, without what this version does not know."""
        try:
            return Said(self._object(model, ""), tuple(self.dropped))
        except _Unsayable:
            return Said(None, tuple(self.dropped))

    def _object(self, model: OcppType, path: str) -> dict[str, Any]:
        if isinstance(model, CustomData):
            return to_ocpp(model)
        kind, edition = type(model), self._edition
        payload: dict[str, Any] = {}
        for name, info in kind.model_fields.items():
            value, place = getattr(model, name), f"{path}.{info.alias}".removeprefix(".")
            if value is None:
                value = edition.defaults.get((kind, name))
            elif name in edition.lacks.get(kind, ()):
                self._leave_out(value, place, (kind, name))
                continue
            try:
                said = None if value is None else self._value(value, place, (kind, name))
            except _Unsayable:
                if info.is_required() or isinstance(value, StrEnum):
                    raise
                said = None
            if said is None and name in edition.requires.get(kind, ()):
                self._note(path, f"OCPP {edition.version} requires {info.alias} here")
                raise _Unsayable
            if said is not None:
                payload[str(info.alias)] = said
        naming = payload.pop("componentVariable", {})
        return {**payload, **naming}

    def _leave_out(self, value: Any, place: str, of: tuple[type[OcppType], str]) -> None:
        vital = self._edition.vital
        if of in vital and value == vital[of]:
            return  # an absent field says the same
        self._note(place, f"OCPP {self._edition.version} has no such field")
        if of in vital:
            raise _Unsayable

    def _value(self, value: Any, place: str, of: tuple[type[OcppType], str]) -> Any:
        match value:
            case OcppType():
                return self._object(value, place)
            case StrEnum():
                return self._word(value, place)
            case str():
                return self._text(value, place, of)
            case datetime():
                return to_rfc3339(value)
            case tuple():
                return self._list(value, place, of)
        return value

    def _list(self, items: tuple[Any, ...], place: str, of: tuple[type[OcppType], str]) -> list[Any]:
        said = []
        for number, item in enumerate(items):
            try:
                said.append(self._value(item, f"{place}[{number}]", of))
            except _Unsayable:
                if type(item) in self._edition.inseparable:
                    raise
        if items and not said:
            raise _Unsayable
        return said

    def _word(self, word: StrEnum, place: str) -> str:
        table = self._edition.words.get(type(word), {})
        said = table.get(word, word.value)
        if said is None:
            self._note(place, f"OCPP {self._edition.version} has no word for {word}; what it belongs to is left out")
            raise _Unsayable
        if said != word and list(table.values()).count(said) > 1:  # else it is but another spelling
            self._note(place, f"{word} is said as {said}")
        return said

    def _text(self, text: str, place: str, of: tuple[type[OcppType], str]) -> str:
        most = self._edition.lengths.get(of)
        if most is None or len(text) <= most:
            return text
        if of in self._edition.cut:
            self._note(place, f"cut to {most} characters")
            return text[:most]
        self._note(place, f"longer than the {most} characters of OCPP {self._edition.version}")
        raise _Unsayable

    def _note(self, place: str, why: str) -> None:
        self.dropped.append(Drop(place, why))
