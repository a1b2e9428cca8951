from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.types.ocpp.base import OcppType, from_everest, from_ocpp, take_ocpp, to_everest, to_ocpp
from bridge.types.ocpp.schema import ALL_TYPES
from tests.types.ocpp.examples import examples

MODELS = ALL_TYPES


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_json_there_and_back_changes_nothing(model: type[OcppType], data: st.DataObject) -> None:
    """Every value of every type comes back from EVerest's JSON and from OCPP's JSON as it was."""
    value = data.draw(examples(model))
    assert from_everest(model, json.loads(json.dumps(to_everest(value)))) == value
    assert from_ocpp(model, json.loads(json.dumps(to_ocpp(value)))) == value
    assert take_ocpp(model, to_ocpp(value)) == (value, (), ())
