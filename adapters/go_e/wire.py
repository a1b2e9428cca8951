"""The answers of the go-e local HTTP API v2 as they come: vendor names live here and nowhere else.

Sources: `goecharger/go-eCharger-API-v2`, http-en.md and its lists of keys up to firmware 60.4 [doc], and what the
vendor's own developer says in that repository's issues [doc: issue N]; what owners report there is [issue N].

Models are strict about types and tolerant of new keys. A firmware that does not know a key leaves it out, and one
before 051.4 loses keys beyond about ten [doc]; both are None here, never 0. Each list of keys below is at most that
long, with what matters most in front.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import Field, ValidationError

from adapters.decoding import Label, ShapeError, Wire, quote, read_json, shape_error

STATUS_PATH = "/api/status"
SET_PATH = "/api/set"


class IdentityWire(Wire):
    """Who the box is."""

    sse: Label | None = None
    """serial number [doc]"""
    typ: Label | None = None
    """device type [doc]"""
    fwv: Label | None = None
    """firmware version [doc]"""


class StatusWire(Wire):
    """How the box is at this moment."""

    car: int | None = None
    """state of the car; null when the charge controller cannot be asked [doc]"""
    alw: bool | None = None
    """whether the car may charge at all now; worked out anew every second [doc]"""
    nrg: list[float | None] | None = None
    """U L1 L2 L3 N (V), I L1 L2 L3 (A), P L1 L2 L3 N total (W), power factors L1 L2 L3 N [doc]"""
    eto: int | None = None
    """lifetime energy in Wh [doc]"""
    wh: float | None = None
    """energy in Wh since the car was connected [doc]"""
    amp: int | None = None
    """requested current in A [doc]"""
    err: int | None = None
    """error of the charge controller, 0 is none [doc]"""
    acu: int | None = None
    """what the car may draw now, in A: `amp` less the limits of cable, heat and load balancing; null when it may not
    charge [doc: "how many ampere is the car allowed to charge now"]"""
    model_status: int | None = Field(default=None, alias="modelStatus")
    """why it may charge or not [doc]"""


class SettingsWire(Wire):
    """What a command starts from, and what it is confirmed by."""

    frc: int | None = None
    """force state: 0 neutral, 1 off, 2 on [doc]"""
    amp: int | None = None
    alw: bool | None = None
    acs: int | None = None
    """access control: 0 open, 1 wait for a card or the app, 2 the vendor's own management system [doc]"""
    trx: int | None = None
    """transaction: null none, 0 without a card, else the card's index + 1 [doc]"""
    ama: int | None = None
    """the highest current that may be set, in A [doc]"""
    var: int | None = None
    """11 is an 11 kW box with 16 A, 22 a 22 kW box with 32 A [doc]"""
    model_status: int | None = Field(default=None, alias="modelStatus")


W = TypeVar("W", bound=Wire)


def status_path(model: type[Wire]) -> str:
    """Return the path and query that ask for exactly the keys of a model, its commas bare as the vendor writes them."""
    return f"{STATUS_PATH}?filter={','.join(_keys(model))}"


def _keys(model: type[Wire]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def parse_answer(model: type[W], body: bytes) -> W:
    """Read an answer; ShapeError for one that cannot be read, or that has none of the keys that were asked for."""
    try:
        answer = model.model_validate_json(body)
    except ValidationError as error:
        raise shape_error(error) from None
    if not answer.model_fields_set:
        raise ShapeError(f"$: none of the keys {', '.join(_keys(model))} is there")
    return answer


def parse_reply(body: bytes) -> dict[str, Any]:
    """Read the answer to a set: true or a sentence for each key that is known [issues 97, 153].

    `null` is what a firmware answers that knows none of the keys [issue 53]: an empty dict. ShapeError otherwise.
    """
    reply = read_json(body)
    if reply is None:
        return {}
    if not isinstance(reply, dict):
        raise ShapeError(f"$: an object was expected, not {quote(type(reply).__name__)}")
    return reply
