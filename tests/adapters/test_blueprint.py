"""The adapter to copy keeps the promises that a copy will have to keep."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from adapters.blueprint import BlueprintOptions, build
from bridge.errors import (
    ChargerAnswerError,
    ChargerBusyError,
    ChargerError,
    ChargerLoginError,
    ChargerUnsupportedError,
)
from bridge.ports import Charger
from bridge.types.charger import ChargerIdentity
from bridge.types.command import Restart
from bridge.types.options import Credentials
from bridge.types.session import ChargingSession
from bridge.types.words import ConnectorStatus, SessionFlag
from tests.adapters.scripted import ScriptedHttp, json_answer
from tests.clock import FakeClock

_OPTIONS = BlueprintOptions(id="yard", type="blueprint", url="http://yard.local")


def _charger(body: object, status: int = 200) -> tuple[Charger, ScriptedHttp]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    http = ScriptedHttp(lambda _: json_answer(content, status))
    return build(_OPTIONS, http, Credentials(), FakeClock()), http


def _log(body: object) -> list[ChargingSession]:
    charger, _ = _charger(body)
    from_at, to_at = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC)

    async def run() -> list[ChargingSession]:
        return [s async for page in charger.sessions(from_at, to_at) for s in page]

    return asyncio.run(run())


def _at(day: int) -> int:
    return int(datetime(2025, 1, day, tzinfo=UTC).timestamp())


def test_vendor_units_become_ours() -> None:
    """Power and energy arrive in W and Wh, stamped with the bridge's clock."""
    charger, _ = _charger({"state": "charging", "power_kw": 7.36, "session_kwh": 1.209088, "new": 1})
    snapshot = asyncio.run(charger.snapshot())
    (reading,) = snapshot.connectors
    assert (reading.status, reading.power_w, reading.session_energy_wh) == (ConnectorStatus.CHARGING, 7360.0, 1209.088)
    assert snapshot.read_at == FakeClock().now()


def test_what_is_not_reported_is_none() -> None:
    """A missing number is None and not 0, and an unknown word stays raw with a note."""
    charger, _ = _charger({"state": "dreaming"})
    snapshot = asyncio.run(charger.snapshot())
    (reading,) = snapshot.connectors
    assert (reading.status, reading.status_raw, reading.power_w) == (None, "dreaming", None)
    assert len(snapshot.notes) == 1


def test_the_identity_is_read() -> None:
    """The box says who it is."""
    charger, _ = _charger({"name": "One", "serial": "42"})
    assert asyncio.run(charger.identify()) == ChargerIdentity(vendor_name="Acme", model="One", serial_number="42")


def test_sessions_of_the_range_are_yielded_with_their_registers() -> None:
    """Energy is the difference of two registers; one that is missing or fell leaves a flag instead."""
    rows = [
        {"id": 5, "start": _at(31) + 86_400, "end": None},
        {"id": 4, "start": _at(20), "end": None, "register_start_kwh": 30.0},
        {"id": 3, "start": _at(15), "end": _at(16), "register_start_kwh": 20.0, "register_end_kwh": 1.0},
        {"id": 2, "start": _at(10), "end": _at(11), "register_start_kwh": 10.5},
        {"id": 1, "start": _at(1), "end": _at(2), "register_start_kwh": 1.1, "register_end_kwh": 10.5},
    ]
    sessions = _log(rows)
    assert [s.session_id for s in sessions] == ["4", "3", "2", "1"]
    assert [s.energy_wh for s in sessions] == [None, None, None, 9400.0]
    assert [s.flags for s in sessions] == [(), (SessionFlag.REGISTER_FELL,), (SessionFlag.NO_REGISTER,), ()]


def test_an_empty_log_yields_nothing() -> None:
    """No sessions are no pages."""
    assert _log([]) == []


def test_what_the_box_lacks_is_unsupported_and_not_pretended() -> None:
    """Without a history there are no measures, and without the ability there is no restart."""
    charger, http = _charger({})
    assert asyncio.run(charger.measures()) == ()
    assert charger.abilities == frozenset()
    with pytest.raises(ChargerUnsupportedError):
        asyncio.run(charger.execute(Restart()))
    with pytest.raises(ChargerUnsupportedError):
        asyncio.run(charger.intervals(["connector1"], 0, 300))
    assert http.asked == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, ChargerLoginError),
        (404, ChargerUnsupportedError),
        (429, ChargerBusyError),
        (500, ChargerBusyError),
        (302, ChargerAnswerError),
    ],
)
def test_each_status_has_its_error(status: int, error: type[ChargerError]) -> None:
    """A status is an error of its kind that names the request."""
    charger, _ = _charger({"state": "idle"}, status)
    with pytest.raises(error, match="GET /state"):
        asyncio.run(charger.snapshot())


@pytest.mark.parametrize(
    "body", [{"state": "idle", "power_kw": -1}, {"state": "idle", "power_kw": "5"}, {}, b"{", b"NaN"]
)
def test_a_wrong_answer_is_an_error_and_not_a_default(body: object) -> None:
    """An answer that cannot be read is a ChargerAnswerError."""
    charger, _ = _charger(body)
    with pytest.raises(ChargerAnswerError, match="cannot be read, at "):
        asyncio.run(charger.snapshot())


@given(st.binary(max_size=40))
def test_no_body_raises_anything_but_a_charger_error(body: bytes) -> None:
    """Arbitrary bytes are an error of the charger."""
    charger, _ = _charger(body)
    with pytest.raises(ChargerAnswerError):
        asyncio.run(charger.snapshot())


def test_the_token_of_the_config_is_sent() -> None:
    """A token goes with every request, and none where there is none."""
    http = ScriptedHttp(lambda _: json_answer(b'{"state": "idle"}'))
    for credentials in (Credentials(token=SecretStr("fixedtoken")), Credentials()):
        asyncio.run(build(_OPTIONS, http, credentials, FakeClock()).snapshot())
    assert [asked.bearer for asked in http.asked] == ["fixedtoken", None]


def test_closing_lets_go_of_the_connection() -> None:
    """The adapter closes the connection it was given."""
    charger, http = _charger({})
    asyncio.run(charger.aclose())
    assert http.closed
