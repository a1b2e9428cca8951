"""Wrong provisioning payloads: each fault, at each field of each message, gives an error with that field's path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bridge.types.ocpp.base import from_ocpp, to_ocpp
from bridge.types.ocpp.payload_error import PayloadError, ProblemKind, path_of
from tests.types.ocpp.oca_schemas import MESSAGES
from tests.types.ocpp.provisioning_types import TYPES
from tests.types.ocpp.sendable_payloads import Place, full_payload, places, replaced, without

SECRET = "geheim"
PARTED = {"string": 7, "integer": "7", "number": "7", "boolean": "true", "object": SECRET, "array": SECRET}
"""for each sort of JSON a value of another"""


def refusal(message: str, payload: dict[str, Any]) -> PayloadError:
    """Return the error that a payload gives."""
    with pytest.raises(PayloadError) as raised:
        from_ocpp(TYPES[message], payload)
    return raised.value


def is_quiet(place: Place) -> bool:
    """Tell whether a field answers every fault with one sentence: a PIN is not shown, a moment is text."""
    return place.name == "sim_pin" or place.schema.get("format") == "date-time"


def out_of_bounds(schema: dict[str, Any], item: Any) -> Iterator[Any]:
    """Yield values of the right sort that a field refuses."""
    if "enum" in schema:
        yield schema["enum"][0].lower() + "?"
    elif schema.get("format") == "date-time":
        yield "2026-01-31T12:00:00"
    elif "maxLength" in schema:
        yield SECRET + "x" * (schema["maxLength"] + 1 - len(SECRET))
    elif schema["type"] == "integer":
        yield schema["maximum"] + 1
        yield schema["minimum"] - 1
    elif schema["type"] == "number":
        yield float("inf")
    if "minItems" in schema:
        yield []
    if "maxItems" in schema:
        yield item * (schema["maxItems"] + 1)


@pytest.mark.parametrize("message", MESSAGES)
def test_a_full_payload_is_taken(message: str) -> None:
    """A message with every field that it may have is taken and written back unchanged."""
    payload = full_payload(message)
    assert to_ocpp(from_ocpp(TYPES[message], payload)) == payload


@pytest.mark.parametrize("message", MESSAGES)
def test_a_missing_field_is_named(message: str) -> None:
    """Without a field that is required the error has its path, and without any other the message is taken."""
    payload = full_payload(message)
    for place in places(message):
        left = without(payload, place.location)
        if place.owner.model_fields[place.name].is_required():
            error = refusal(message, left)
            assert (error.path, error.kind) == (path_of(place.location), ProblemKind.MISSING)
        else:
            assert getattr(from_ocpp(TYPES[message], left), "status", None) == getattr(
                from_ocpp(TYPES[message], payload), "status", None
            )


@pytest.mark.parametrize("message", MESSAGES)
def test_a_field_of_another_sort_is_named(message: str) -> None:
    """A number where a text belongs, and the like, gives the path; nothing is coerced, and no text is shown."""
    payload = full_payload(message)
    for place in places(message):
        error = refusal(message, replaced(payload, place.location, PARTED[place.schema["type"]]))
        assert error.path == path_of(place.location)
        assert error.kind == (ProblemKind.VALUE if is_quiet(place) else ProblemKind.TYPE)
        assert SECRET not in str(error)


@pytest.mark.parametrize("message", MESSAGES)
def test_a_value_out_of_bounds_is_named(message: str) -> None:
    """An unknown word, a text or list that is too long, an empty list or a number too large gives the path."""
    payload = full_payload(message)
    for place in places(message):
        item = [{}] if place.schema["type"] != "array" else at(payload, place)
        for wrong in out_of_bounds(place.schema, item):
            error = refusal(message, replaced(payload, place.location, wrong))
            assert (error.path, error.kind) == (path_of(place.location), ProblemKind.VALUE)
            assert SECRET not in str(error)


def at(payload: Any, place: Place) -> Any:
    """Return what stands at a place."""
    for step in place.location:
        payload = payload[step]
    return payload


@pytest.mark.parametrize("message", MESSAGES)
def test_an_unknown_field_is_named(message: str) -> None:
    """A field that no edition has is refused with its path, in whatever object it stands."""
    payload = full_payload(message)
    for holder in {(), *(place.location[:-1] for place in places(message))}:
        unknown = (*holder, "favouriteColour")
        error = refusal(message, replaced(payload, unknown, SECRET))
        assert (error.path, error.kind) == (path_of(unknown), ProblemKind.UNKNOWN_FIELD)
        assert SECRET not in str(error)


@pytest.mark.parametrize("message", MESSAGES)
def test_custom_data_needs_its_vendor(message: str) -> None:
    """Custom data without vendorId is refused by its path; whatever else is in it is the vendor's."""
    payload = full_payload(message)
    for place in places(message):
        if place.name == "custom_data":
            error = refusal(message, replaced(payload, place.location, {"colourCode": 7}))
            assert (error.path, error.kind) == (f"{path_of(place.location)}.vendorId", ProblemKind.MISSING)


def test_all_faults_of_a_payload_are_told_at_once() -> None:
    """The error holds every field that is wrong, in the order of the payload."""
    payload = {"reason": "Bored", "chargingStation": {"model": "x" * 21, "modem": {"iccid": 1}}}
    error = refusal("BootNotificationRequest", payload)
    assert [problem.path for problem in error.problems] == [
        "reason",
        "chargingStation.model",
        "chargingStation.vendorName",
        "chargingStation.modem.iccid",
    ]
    assert "'Bored'" in str(error)
