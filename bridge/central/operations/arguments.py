"""The arguments of an operation while they are worded: each is taken once, and what nobody takes is sent as it is.

So the schema of the version has the last word, and a misspelt argument is named by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from bridge.errors import Blame
from bridge.types.ocpp.base import Model, Taken, take_ocpp
from bridge.types.ocpp.payload_error import PayloadError, Problem, ProblemKind
from bridge.types.ocpp.translate.said import Drop

_MISSPELT: Final = {"conectorId": "connectorId"}
_MOST: Final = 2**31 - 1
"""OCPP's integer has 32 bits [spec]"""
_LONGEST_NAME: Final = 60
_SORTS: Final = {dict: "an object", list: "a list", str: "text", bool: "true or false"}


class ArgumentError(PayloadError):
    """The arguments of an operation make no sense, or cannot be said in the charger's version; nothing was sent."""

    blame = Blame.OPERATOR

    def __init__(self, operation: str, problems: Iterable[Problem]) -> None:
        super().__init__(operation, problems)
        self.todo = "Correct the arguments."
        self.meanwhile = "Nothing was sent."

    @classmethod
    def of(cls, operation: str, error: PayloadError) -> ArgumentError:
        """Return the same problems as those of arguments."""
        return cls(operation, error.problems)


class Spot(NamedTuple):
    """Where at a station: 1.6 and the bridge number its connectors as 2.x its EVSEs."""

    number: int
    """0 is the whole station"""
    connector_id: int | None = None
    """within the EVSE, where it was named"""


class Arguments:
    """What a person or a program gave, in the shape of 1.6 or of 2.x."""

    def __init__(self, operation: str, told: Mapping[str, Any]) -> None:
        self.operation: Final = operation
        self.notes: Final[list[str]] = []
        self._rest: dict[str, Any] = {}
        for name, value in told.items():
            right = _MISSPELT.get(name, name)
            if right != name and right not in told:
                self.notes.append(f"{name} is taken as {right}")
                name = right  # noqa: PLW2901 -- the same argument under its right name
            if value is not None:
                self._rest[str(name)] = value

    def __contains__(self, name: str) -> bool:
        return name in self._rest

    @property
    def rest(self) -> dict[str, Any]:
        """What nobody has taken."""
        return dict(self._rest)

    def pop(self, *names: str) -> Any:
        """Take the first of these that is there; None where none is."""
        name = next((name for name in names if name in self._rest), None)
        return None if name is None else self._rest.pop(name)

    def pop_as(self, sort: type[Any], *names: str) -> Any:
        """Take an argument of that sort (dict, list, str, bool). Raises ArgumentError."""
        name = next((name for name in names if name in self._rest), names[0])
        value = self.pop(name)
        if value is not None and not isinstance(value, sort):
            raise self.error(name, ProblemKind.TYPE, f"should be {_SORTS[sort]}")
        return value

    def whole(self, *names: str) -> int | None:
        """Take a whole number from 0 on. Raises ArgumentError."""
        name = next((name for name in names if name in self._rest), names[0])
        value = self.pop(name)
        return None if value is None else self._number(value, name)

    def spot(self) -> Spot | None:
        """Take where: `connectorId` of 1.6, `evseId` or `evse` of 2.x; None where it is not said."""
        evse = self.pop_as(dict, "evse")
        if evse is not None:
            unknown = next((key for key in evse if key not in ("id", "connectorId")), None)
            if unknown is not None:
                raise self.error(f"evse.{str(unknown)[:_LONGEST_NAME]}", ProblemKind.UNKNOWN_FIELD, "is not known")
            if evse.get("id") is None:
                raise self.error("evse.id", ProblemKind.MISSING, "is required")
            inner = evse.get("connectorId")
            number = self._number(evse["id"], "evse.id")
            return Spot(number, None if inner is None else self._number(inner, "evse.connectorId"))
        evse_id, connector_id = self.whole("evseId"), self.whole("connectorId")
        if evse_id is not None:
            return Spot(evse_id, connector_id)
        return None if connector_id is None else Spot(connector_id)

    def transaction_id(self) -> str | None:
        """Take a transaction's id, text or number."""
        value = self.pop("transactionId")
        if isinstance(value, int) and not isinstance(value, bool):
            return self.whole_as_text(value, "transactionId")
        if value is not None and not isinstance(value, str):
            raise self.error("transactionId", ProblemKind.TYPE, "should be a whole number or text")
        return value

    def whole_as_text(self, value: int, path: str) -> str:
        """Return a number of 1.6 as 2.x's text. Raises ArgumentError."""
        if abs(value) > _MOST:
            raise self.error(path, ProblemKind.VALUE, f"should be at most {_MOST}")
        return str(value)

    def take(self, cls: type[Model], payload: object) -> Model:
        """Return the model of this JSON of 2.x; unknown fields are noted and left out. Raises ArgumentError."""
        try:
            return self.taken(take_ocpp(cls, payload))
        except PayloadError as error:
            raise ArgumentError.of(self.operation, error) from None

    def taken(self, taken: Taken[Model]) -> Model:
        """Return what was taken, with its corrections noted."""
        self.notes.extend(f"{path} is ignored: there is no such field" for path in taken.ignored)
        self.notes.extend(taken.corrected)
        return taken.model

    def dropped(self, drops: Iterable[Drop]) -> None:
        """Note what a version cannot say."""
        self.notes.extend(f"{drop.path}: {drop.why}" if drop.path else drop.why for drop in drops)

    def unsayable(self, drops: Iterable[Drop]) -> ArgumentError:
        """Return the error of arguments that a version cannot say."""
        return ArgumentError(self.operation, [Problem(d.path, ProblemKind.VALUE, d.why) for d in drops])

    def error(self, path: str, kind: ProblemKind, said: str) -> ArgumentError:
        """Return the error of one argument."""
        return ArgumentError(self.operation, [Problem(path, kind, said)])

    def _number(self, value: Any, name: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.error(name, ProblemKind.TYPE, "should be a whole number")
        if not 0 <= value <= _MOST:
            raise self.error(name, ProblemKind.VALUE, f"should be from 0 to {_MOST}")
        return value


_INTEGER: Final = re.compile(r"-?[0-9]{1,10}", re.ASCII)


def as_integer(text: str) -> int | None:
    """Return the number that a text of decimal digits is, as 1.6 counts transactions; None for another text."""
    if _INTEGER.fullmatch(text) is None or abs(int(text)) > _MOST:
        return None
    return int(text)


def given(name: str, value: Any) -> dict[str, Any]:
    """Return one field of a payload, or none where there is no value."""
    return {} if value is None else {name: value}
