"""Holds a provisioning message against what its peer takes, and writes it down for that peer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from bridge.errors import Blame
from bridge.types.ocpp.base import OcppType, to_ocpp
from bridge.types.ocpp.payload_error import PayloadError, Problem, ProblemKind, path_of
from bridge.types.ocpp.provisioning.edition import Edition, Sent
from bridge.types.ocpp.version import OcppVersion

Location = tuple[str | int, ...]


class NotSendableError(PayloadError):
    """A message of this program's own that its peer would refuse; it was not sent."""

    blame = Blame.BRIDGE

    def __init__(self, type_name: str, problems: Iterable[Problem]) -> None:
        super().__init__(type_name, problems)
        self.todo = "Shorten or correct what was to be sent."
        self.meanwhile = "Nothing was sent."


class _Rule(NamedTuple):
    name: str
    ocpp_name: str
    sent: Sent | None


def to_peer(model: OcppType, edition: Edition) -> dict[str, Any]:
    """Return the JSON object of a message for a peer of this edition, in OCPP's spelling.

    NotSendableError names every field that the peer would refuse, by its camelCase path.
    """
    problems = tuple(_problems(model, edition, ()))
    if problems:
        raise NotSendableError(type(model).__name__, problems)
    return to_ocpp(model)


def sent_of(cls: type[OcppType], field: str) -> Sent | None:
    """Return what a field keeps to when it is sent, or None where that is what it takes; KeyError: no such field."""
    return next((mark for mark in cls.model_fields[field].metadata if isinstance(mark, Sent)), None)


@cache
def _rules(cls: type[OcppType]) -> tuple[_Rule, ...]:
    return tuple(
        _Rule(name, field.serialization_alias or name, sent_of(cls, name)) for name, field in cls.model_fields.items()
    )


def _problems(model: OcppType, edition: Edition, location: Location) -> Iterator[Problem]:
    for rule in _rules(type(model)):
        here = (*location, rule.ocpp_name)
        value: object = getattr(model, rule.name)
        if rule.sent is not None and (said := rule.sent.objection(value, edition)):
            yield Problem(path_of(here), _kind(rule.sent, value, edition), said)
        if isinstance(value, OcppType):
            yield from _problems(value, edition, here)
        elif isinstance(value, tuple):
            for place, item in enumerate(value):
                if isinstance(item, OcppType):
                    yield from _problems(item, edition, (*here, place))


def _kind(sent: Sent, value: object, edition: Edition) -> ProblemKind:
    if value is None:
        return ProblemKind.MISSING
    return ProblemKind.UNKNOWN_FIELD if sent.only_21 and edition is OcppVersion.V201 else ProblemKind.VALUE
