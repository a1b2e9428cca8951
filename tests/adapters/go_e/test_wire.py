from __future__ import annotations

import pytest

from adapters.decoding import ShapeError, Wire
from adapters.go_e.wire import IdentityWire, SettingsWire, StatusWire, parse_answer, parse_reply, status_path


def test_the_status_is_asked_for_by_exactly_its_keys() -> None:
    """The filter names what the decoder reads, with bare commas, what matters most first."""
    assert status_path(StatusWire) == "/api/status?filter=car,alw,nrg,eto,wh,amp,err,acu,modelStatus"


@pytest.mark.parametrize("model", [StatusWire, SettingsWire, IdentityWire])
def test_no_filter_is_longer_than_old_firmware_bears(model: type[Wire]) -> None:
    """Firmware before 051.4 hears about ten keys."""
    assert len(status_path(model).partition("=")[2].split(",")) <= 10


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"car": "2"}', r"\$\.car: .*«2»"),
        (b'{"alw": 1}', r"\$\.alw"),
        (b'{"car": 2.5}', r"\$\.car"),
        (b'{"nrg": [1, "2"]}', r"\$\.nrg\[1\]"),
        (b'{"nrg": {}}', r"\$\.nrg"),
        (b'{"eto": null, "wh": "0"}', r"\$\.wh"),
        (b"{", r"\$: "),
        (b"[]", r"\$: "),
        (b"null", r"\$: "),
        (b"", r"\$: "),
    ],
)
def test_another_shape_is_an_error_with_its_place(body: bytes, place: str) -> None:
    """What is not of its type is an error that names where."""
    with pytest.raises(ShapeError, match=place):
        parse_answer(StatusWire, body)


@pytest.mark.parametrize("body", [b"{}", b'{"fna": "garage"}'])
def test_an_answer_to_nothing_that_was_asked_is_an_error(body: bytes) -> None:
    """An object without a single key of ours is no answer of this API."""
    with pytest.raises(ShapeError, match="none of the keys car, alw"):
        parse_answer(StatusWire, body)


def test_the_reply_to_a_set_is_an_object_or_null() -> None:
    """Null knows none of the keys; anything else is an error."""
    assert parse_reply(b'{"amp": true, "frc": "no"}') == {"amp": True, "frc": "no"}
    assert parse_reply(b"null") == {}
    for body in (b"true", b"[]", b"{", b""):
        with pytest.raises(ShapeError):
            parse_reply(body)
