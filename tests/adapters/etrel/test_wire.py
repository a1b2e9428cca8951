"""Answers as they come: tolerance, strictness and the sentences about what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.decoding import ShapeError
from adapters.etrel.wire import (
    AnswerWire,
    LoginWire,
    RefusedError,
    SessionPageWire,
    StatusWire,
    SystemInformationWire,
    parse_answer,
    parse_rows,
)
from tests.adapters.etrel.fixtures import FOLDER, body, document, encode

_FILES = sorted(FOLDER.glob("*/*.json"))
_MODELS: dict[str, type[AnswerWire]] = {
    "general_status": StatusWire,
    "charging_session": SessionPageWire,
    "system_information": SystemInformationWire,
    "login": LoginWire,
}


@pytest.mark.parametrize("file", _FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_kept_answer_is_read(file: Path) -> None:
    """Every answer in the fixtures fits its wire model, so that a new folder is a new test."""
    if file.stem == "power_profile":
        assert parse_rows(file.read_bytes())
    elif file.stem == "login_refused":
        with pytest.raises(RefusedError):
            parse_answer(LoginWire, file.read_bytes())
    else:
        assert parse_answer(_MODELS[file.stem], file.read_bytes()).model_fields_set


@pytest.mark.parametrize("folder", sorted({path.parent for path in _FILES}), ids=lambda folder: folder.name)
def test_every_scene_tells_its_standing(folder: Path) -> None:
    """Every folder of fixtures says in one line whether its bodies are the seed's or made."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert text.startswith(("[seed] ", "[made] "))
    assert text.count("\n") == 1


def test_new_keys_are_ignored() -> None:
    """A firmware that adds keys everywhere is read as before."""
    changed = document("overnight", "general_status")
    changed["new"] = {"a": [1]}
    changed["evses"][0]["connectors"][0]["onlineData"]["new"] = None
    before = parse_answer(StatusWire, body("overnight", "general_status"))
    assert parse_answer(StatusWire, encode(changed)) == before


@pytest.mark.parametrize("key", ["reserverdTime", "totalOperatingTme", "chargingDuration", "plannedDepartureTime"])
@pytest.mark.parametrize("value", [None, 5, {"a": 1}])
def test_keys_that_nobody_reads_cannot_break_an_answer(key: str, value: object) -> None:
    """The misspelt keys, and the duration that runs on after charging, are not read, whatever stands in them."""
    changed = document("overnight", "general_status")
    changed["evses"][0]["connectors"][0]["onlineData"][key] = value
    before = parse_answer(StatusWire, body("overnight", "general_status"))
    assert parse_answer(StatusWire, encode(changed)) == before


@pytest.mark.parametrize(
    ("key", "value"), [("power", "0.0"), ("power", True), ("status", 1), ("consumedEnergy", [62.8])]
)
def test_a_value_of_the_wrong_type_is_named_by_its_path(key: str, value: object) -> None:
    """A text where a number belongs, and the like, is an error that says where in the answer it stands."""
    changed = document("overnight", "general_status")
    changed["evses"][0]["connectors"][0]["onlineData"][key] = value
    with pytest.raises(ShapeError) as raised:
        parse_answer(StatusWire, encode(changed))
    assert str(raised.value).startswith(f"$.evses[0].connectors[0].onlineData.{key}: ")


def test_an_error_shows_the_value_it_met() -> None:
    """The sentence about a wrong value quotes it."""
    changed = document("overnight", "general_status")
    changed["evses"][0]["evseId"] = "one"
    with pytest.raises(ShapeError, match=r"\$\.evses\[0\]\.evseId: .*«one»"):
        parse_answer(StatusWire, encode(changed))


@pytest.mark.parametrize("cut", [0, 1, 500, -3])
def test_a_truncated_answer_is_invalid_json(cut: int) -> None:
    """An answer that ends too early is an error, never half a fact."""
    with pytest.raises(ShapeError, match="invalid JSON"):
        parse_answer(StatusWire, body("overnight", "general_status").rstrip()[:cut])
    with pytest.raises(ShapeError, match="invalid JSON"):
        parse_rows(body("overnight", "power_profile").rstrip()[: min(cut, 100)])


@pytest.mark.parametrize("shape", [[], 5, "text", None, True])
def test_an_answer_that_is_no_object_is_a_wrong_shape(shape: object) -> None:
    """Valid JSON of another kind is an error at the root."""
    with pytest.raises(ShapeError, match=r"^\$: "):
        parse_answer(StatusWire, encode(shape))


@pytest.mark.parametrize("shape", [{}, 5, "text", None, {"errorCode": 0}])
def test_rows_must_be_a_bare_array(shape: object) -> None:
    """The power profile is an array and nothing around it."""
    with pytest.raises(ShapeError, match=r"^\$: an array was expected"):
        parse_rows(encode(shape))


@pytest.mark.parametrize("model", [StatusWire, SessionPageWire, SystemInformationWire, LoginWire])
def test_an_error_code_is_a_refusal_in_any_answer(model: type[AnswerWire]) -> None:
    """An errorCode other than 0 is the charger's refusal, though nothing else of the answer is there."""
    refusal = json.dumps({"errorCode": 7, "errorMessage": "no"}).encode()
    with pytest.raises(RefusedError) as raised:
        parse_answer(model, refusal)
    assert (raised.value.code, raised.value.message) == (7, "no")
    with pytest.raises(RefusedError):
        parse_rows(refusal)


def test_an_error_code_counts_in_a_complete_answer_too() -> None:
    """An answer with facts and an errorCode is a refusal: the facts are not trusted."""
    changed = document("overnight", "charging_session")
    changed["errorCode"] = -1
    with pytest.raises(RefusedError):
        parse_answer(SessionPageWire, encode(changed))


def test_a_number_where_a_name_belongs_is_a_name() -> None:
    """Serial numbers and session ids are names, also where a firmware writes them as numbers."""
    wire = parse_answer(SystemInformationWire, b'{"serialNumber": 42, "model": null}')
    assert wire.serial_number == "42"
    assert wire.model is None
