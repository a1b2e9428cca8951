"""The JSON Schema that is published of the provisioning messages says what the types do."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bridge.types.ocpp.provisioning.schema import provisioning_definitions
from tests.types.ocpp.oca_schemas import MESSAGES
from tests.types.ocpp.provisioning_types import TYPES, WORDS
from tests.types.ocpp.sendable_payloads import full_payload, places, replaced, without


def published(message: str) -> Draft202012Validator:
    """Return a validator of one message out of the whole document."""
    document: dict[str, Any] = {"$defs": {"here": provisioning_definitions("#/$defs/here")}}
    Draft202012Validator.check_schema(document)
    return Draft202012Validator({**document, "$ref": f"#/$defs/here/{message}"})


def test_every_type_is_published_under_its_name() -> None:
    """Each message, data type and enum has its own plain name, and custom data is there too."""
    assert set(provisioning_definitions("#")) == {*TYPES, *WORDS, "CustomData"}


@pytest.mark.parametrize("message", MESSAGES)
def test_the_published_schema_is_as_strict_as_the_types(message: str) -> None:
    """A full message passes; without a required field, or with one that nobody knows, it does not."""
    validator, payload = published(message), full_payload(message)
    validator.validate(payload)
    assert not validator.is_valid({**payload, "favouriteColour": "red"})
    for place in places(message):
        required = place.owner.model_fields[place.name].is_required()
        assert validator.is_valid(without(payload, place.location)) != required
        assert not validator.is_valid(replaced(payload, place.location, ["neither", 1]))
