"""Holds the provisioning types against the OCA's schemas of 2.0.1 and 2.1, field by field and payload by payload."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.types.ocpp.base import from_everest, from_ocpp, to_everest, to_ocpp
from bridge.types.ocpp.provisioning import edition as edition_module
from bridge.types.ocpp.provisioning.edition import EDITIONS, Edition, Sent
from bridge.types.ocpp.provisioning.sending import sent_of, to_peer
from bridge.types.ocpp.version import OcppVersion
from tests.types.ocpp.go_validation import objections
from tests.types.ocpp.json_payloads import payloads
from tests.types.ocpp.oca_schemas import MESSAGES, objects, schema, validator
from tests.types.ocpp.provisioning_types import TYPES, described, field_name, json_schema
from tests.types.ocpp.sendable_payloads import sendable

V201, V21 = objects(OcppVersion.V201), objects(OcppVersion.V21)
FIELDS = [(name, field) for name, cls in TYPES.items() for field in described(cls) if field != "customData"]
LOWEST_WHOLE = -(2**31)

LEFT_OUT_BY_OCPP_GO = ("GetReportRequest", "requestId")
KEPT_LOWER_BY_OCPP_GO = {("GetVariableResult", "attributeValue"): 1000}
REFUSED_BY_OCPP_GO = {
    "setVariableData.attributeValue: required",  # empty clears a variable
    "setVariableResult.attributeStatus: getVariableStatus",  # RebootRequired, held against the wrong enum
}

examples = settings(
    max_examples=12, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def both(name: str, field: str) -> list[dict[str, Any]]:
    """Return what the editions that have a field say of it."""
    return [known[name]["properties"][field] for known in (V201, V21) if field in known[name]["properties"]]


def required(objects_of_edition: dict[str, dict[str, Any]], name: str, field: str) -> bool:
    """Tell whether an edition requires a field."""
    return field in objects_of_edition[name].get("required", ())


def test_every_object_of_the_schemas_is_a_type() -> None:
    """The messages of both editions are made of the same objects, and each of them is a type here."""
    assert set(V201) == set(V21) == set(TYPES)


def test_a_type_has_the_fields_of_both_editions() -> None:
    """A type has exactly the fields that one of the editions has."""
    for name, cls in TYPES.items():
        assert set(described(cls)) == set(V201[name]["properties"]) | set(V21[name]["properties"]), name


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_field_takes_what_either_edition_takes(name: str, field: str) -> None:
    """A field takes the longer text, the longer list, every word and the lower number of the two editions."""
    here, editions = described(TYPES[name])[field], both(name, field)
    lowest = min(part.get("minimum", LOWEST_WHOLE) for part in editions)
    assert {part["type"] for part in editions} == {here["type"]}
    assert here.get("minimum", LOWEST_WHOLE) == lowest
    assert here.get("maxLength") == max((part["maxLength"] for part in editions if "maxLength" in part), default=None)
    assert set(here.get("enum", ())) == {word for part in editions for word in part.get("enum", ())}
    for limit in ("minItems", "maxItems", "format"):
        assert {here.get(limit)} == {part.get(limit) for part in editions}
    always = required(V201, name, field) and required(V21, name, field) and (name, field) != LEFT_OUT_BY_OCPP_GO
    assert TYPES[name].model_fields[field_name(TYPES[name], field)].is_required() == always


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_field_sends_what_both_editions_take(name: str, field: str) -> None:
    """What is sent keeps to the shorter text, the higher number, and the words and fields that 2.0.1 has too."""
    rule = sent_of(TYPES[name], field_name(TYPES[name], field)) or Sent()
    here, editions = described(TYPES[name])[field], both(name, field)
    lengths = [part["maxLength"] for part in editions if "maxLength" in part]
    lengths += [KEPT_LOWER_BY_OCPP_GO[name, field]] if (name, field) in KEPT_LOWER_BY_OCPP_GO else []
    shortest = min(lengths, default=None)
    assert rule.max_length == (shortest if shortest != here.get("maxLength") else None)
    assert rule.only_21 == (field not in V201[name]["properties"])
    words = [set(part.get("enum", ())) for part in editions]
    assert rule.words_of_21 == words[-1] - words[0]
    assert words[0] <= words[-1], "2.1 has every word of 2.0.1"
    lowest = max((part["minimum"] for part in editions if "minimum" in part), default=None)
    assert lowest is None or max(rule.ge or 0, here.get("minimum", 0)) >= lowest
    anywhere = required(V201, name, field) or required(V21, name, field)
    assert rule.required == (anywhere and not TYPES[name].model_fields[field_name(TYPES[name], field)].is_required())


def test_the_table_names_every_difference_between_the_editions() -> None:
    """The table in the docstring names each field and enum in which 2.0.1 and 2.1 differ, and no other."""
    text = (edition_module.__doc__ or "").partition("Where ocpp-go differs")[0]
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")][2:]
    named = {word for row in rows for word in re.findall(r"\w+(?:\.\w+)?", row)}
    differing = set()
    for name, field in FIELDS:
        old, new = (known[name]["properties"].get(field, {}) for known in (V201, V21))
        if set(old.get("enum", ())) != set(new.get("enum", ())):
            differing.add(described(TYPES[name])[field]["title"])
        if required(V201, name, field) != required(V21, name, field) or any(
            old.get(limit) != new.get(limit) for limit in ("maxLength", "minimum", "minItems", "maxItems")
        ):
            differing.add(f"{name}.{field}")
    assert differing == named


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("edition", EDITIONS)
@examples
@given(data=st.data())
def test_what_a_schema_takes_is_taken(edition: Edition, message: str, data: st.DataObject) -> None:
    """A payload that validates at the OCA's schema is taken and written back unchanged, custom data included."""
    whole = schema(edition, message)
    payload = data.draw(payloads(whole, whole["definitions"]))
    validator(edition, message).validate(payload)
    assert to_ocpp(from_ocpp(TYPES[message], payload)) == payload


@pytest.mark.parametrize("name", TYPES)
@examples
@given(data=st.data())
def test_every_type_survives_both_spellings(name: str, data: st.DataObject) -> None:
    """A value of any type is the same after a way through EVerest's JSON and through OCPP's."""
    cls = TYPES[name]
    own = json_schema(cls)
    value = from_ocpp(cls, data.draw(payloads(own, own.get("$defs", {}))))
    assert from_everest(cls, to_everest(value)) == value
    assert from_ocpp(cls, to_ocpp(value)) == value


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("edition", EDITIONS)
@examples
@given(data=st.data())
def test_what_is_sent_is_taken_by_all(edition: Edition, message: str, data: st.DataObject) -> None:
    """A message within our own limits is written so that the edition's schema takes it, and to 2.0.1 ocpp-go too."""
    narrowed = sendable(message, edition)
    payload = data.draw(payloads(narrowed, narrowed.get("$defs", {})))
    written = to_peer(from_ocpp(TYPES[message], payload), edition)
    validator(edition, message).validate(written)
    if edition is OcppVersion.V201:
        assert set(objections(message, written)) <= REFUSED_BY_OCPP_GO
