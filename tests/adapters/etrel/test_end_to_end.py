"""The adapter against the simulator, over real HTTP."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from adapters.etrel.adapter import EtrelOptions, build
from adapters.etrel.simulator import EtrelSimulator, Fault, FaultKind, SimulatorOptions
from bridge.errors import (
    ChargerAnswerError,
    ChargerBusyError,
    ChargerError,
    ChargerLoginError,
    ChargerUnreachableError,
    ChargerUnsupportedError,
)
from bridge.http.client import ChargerHttp
from bridge.ports import Charger
from bridge.types.command import Restart
from bridge.types.facts import to_epoch_s
from bridge.types.options import Credentials
from bridge.types.series import DAY_S, INTERVAL_S
from bridge.types.session import ChargingSession
from bridge.types.words import CommandStatus, ConnectorStatus
from tests.adapters.scripted import WHERE
from tests.clock import FakeClock

_NOW = datetime(2025, 3, 3, 21, 17, 3, tzinfo=UTC)
_STATUS = "/api/generalStatus"
_ACCOUNT = Credentials(email="me@example.org", password=SecretStr("secret"))


def _run(
    test: Callable[[Charger, EtrelSimulator, FakeClock], Awaitable[None]],
    options: SimulatorOptions | None = None,
    credentials: Credentials | None = None,
) -> None:
    """Run a test with a charger, the simulator behind it and the clock of both."""

    async def whole() -> None:
        clock = FakeClock(_NOW)
        async with EtrelSimulator(options or SimulatorOptions(days=0, autonomous=False), clock) as simulator:
            given = EtrelOptions(id="garage", type="etrel", url=simulator.url)
            charger = build(given, ChargerHttp(given, WHERE), credentials or Credentials(), clock)
            try:
                await test(charger, simulator, clock)
            finally:
                await charger.aclose()

    asyncio.run(whole())


async def _sessions(charger: Charger, days: int = 400) -> list[ChargingSession]:
    from_at, to_at = _NOW - timedelta(days=days), _NOW + timedelta(days=1)
    return [session async for page in charger.sessions(from_at, to_at) for session in page]


def test_a_charging_session_is_seen_from_plug_to_log() -> None:
    """Plugging in, charging and unplugging show in the snapshot, the log and the profile, and agree."""

    async def test(charger: Charger, simulator: EtrelSimulator, clock: FakeClock) -> None:
        assert (await charger.snapshot()).connectors[0].status is ConnectorStatus.AVAILABLE
        simulator.wish("plug_in")
        assert (await charger.snapshot()).connectors[0].status is ConnectorStatus.PREPARING
        simulator.wish("start")
        await clock.advance(3600)
        reading = (await charger.snapshot()).connectors[0]
        assert reading.status is ConnectorStatus.CHARGING
        (running,) = await _sessions(charger)
        assert running.ended_at is None
        assert running.session_id == reading.session_id
        simulator.wish("stop")
        simulator.wish("unplug")
        (ended,) = await _sessions(charger)
        assert ended.ended_at is not None
        assert ended.energy_wh is not None
        assert reading.session_energy_wh is not None
        assert ended.energy_wh == pytest.approx(reading.session_energy_wh, rel=0.01)
        await clock.advance(600)
        from_s = to_epoch_s(_NOW) // INTERVAL_S * INTERVAL_S
        batch = await charger.intervals(["connector1"], from_s, from_s + 2 * 3600)
        profile_wh = sum((power_w or 0.0) * INTERVAL_S / 3600 for power_w in batch.power_w["connector1"])
        assert profile_wh == pytest.approx(ended.energy_wh, rel=0.1)

    _run(test)


def test_the_charger_tells_who_and_when_it_is() -> None:
    """Identity, clock and measures come from the box."""

    async def test(charger: Charger, _simulator: EtrelSimulator, _clock: FakeClock) -> None:
        identity = await charger.identify()
        assert identity.vendor_name == "Etrel"
        assert identity.serial_number
        snapshot = await charger.snapshot()
        assert snapshot.source_at == _NOW
        assert snapshot.reports_to_csms is None
        assert snapshot.notes == ()
        assert await charger.measures() == ("connector1", "connector2", "building", "cluster")

    _run(test, SimulatorOptions(days=1, connectors=2))


def test_two_evses_give_different_connectors() -> None:
    """Status, log and profile of a box with several EVSEs name the same connectors."""

    async def test(charger: Charger, _simulator: EtrelSimulator, _clock: FakeClock) -> None:
        snapshot = await charger.snapshot()
        assert [c.connector_id for c in snapshot.connectors] == [1, 2, 3, 4]
        assert len({c.evse_id for c in snapshot.connectors}) == 2
        assert {s.connector_id for s in await _sessions(charger)} <= {1, 2, 3, 4}

    _run(test, SimulatorOptions(days=14, connectors=4, connectors_per_evse=2))


def test_a_year_of_sessions_is_read_whole_although_the_log_moves() -> None:
    """Hundreds of sessions over several pages come once each, also when one begins between two pages."""

    async def test(charger: Charger, simulator: EtrelSimulator, _clock: FakeClock) -> None:
        quiet = await _sessions(charger)
        assert len(quiet) > 200
        simulator.fail(FaultKind.SHIFTED_PAGE, times=1)
        moved = await _sessions(charger)
        assert {s.session_id for s in quiet} <= {s.session_id for s in moved}
        assert max(Counter((s.session_id, s.ended_at) for s in moved).values()) == 1
        assert [s.started_at for s in quiet] == sorted((s.started_at for s in quiet), reverse=True)

    _run(test, SimulatorOptions(days=365))


def test_a_day_of_the_profile_is_complete() -> None:
    """A past day has 288 rows for each measure."""

    async def test(charger: Charger, _simulator: EtrelSimulator, _clock: FakeClock) -> None:
        from_s = to_epoch_s(_NOW) // DAY_S * DAY_S - 2 * DAY_S
        batch = await charger.intervals(("connector1", "building", "cluster"), from_s, from_s + DAY_S)
        assert list(batch.starts_s) == list(range(from_s, from_s + DAY_S, INTERVAL_S))
        assert all(value is not None for column in batch.power_w.values() for value in column)
        assert batch.notes == ()

    _run(test, SimulatorOptions(days=7))


def test_a_login_is_renewed_for_as_long_as_it_takes() -> None:
    """A token that is good for three requests only is renewed without a failure to be seen."""

    async def test(charger: Charger, simulator: EtrelSimulator, _clock: FakeClock) -> None:
        for _ in range(8):
            assert (await charger.snapshot()).connectors
        assert simulator.requests["/api/webOperatorLogin"] == 3

    _run(
        test,
        SimulatorOptions(
            days=0, autonomous=False, email="me@example.org", password="secret", token_lifetime_requests=3
        ),
        _ACCOUNT,
    )


@pytest.mark.parametrize("status", [200, 401])
def test_a_wrong_password_is_tried_three_times(status: int) -> None:
    """Whatever HTTP status the refusal has, the charger is left alone after the third until 15 minutes are over."""

    async def test(charger: Charger, simulator: EtrelSimulator, clock: FakeClock) -> None:
        for _ in range(6):
            with pytest.raises(ChargerLoginError, match="me@example"):
                await charger.snapshot()
        assert simulator.requests == {"/api/webOperatorLogin": 3}
        await clock.advance(900)
        with pytest.raises(ChargerLoginError):
            await charger.snapshot()
        assert simulator.requests == {"/api/webOperatorLogin": 4}

    _run(
        test,
        SimulatorOptions(
            days=0,
            autonomous=False,
            email="me@example.org",
            password="other",
            refused_login_status=200 if status == 200 else 401,
        ),
        _ACCOUNT,
    )


def test_a_fixed_token_opens_the_charger() -> None:
    """A token from the config is enough, and a wrong one says so."""
    options = SimulatorOptions(days=0, autonomous=False, token="fixedtoken")

    async def good(charger: Charger, simulator: EtrelSimulator, _clock: FakeClock) -> None:
        assert (await charger.snapshot()).connectors
        assert simulator.requests == {_STATUS: 1}

    async def wrong(charger: Charger, _simulator: EtrelSimulator, _clock: FakeClock) -> None:
        with pytest.raises(ChargerLoginError, match="does not take the token"):
            await charger.snapshot()

    _run(good, options, Credentials(token=SecretStr("fixedtoken")))
    _run(wrong, options, Credentials(token=SecretStr("worn out")))


def test_a_charger_that_knows_only_get_is_read() -> None:
    """A log that is to be asked for by GET is read all the same."""

    async def test(charger: Charger, simulator: EtrelSimulator, _clock: FakeClock) -> None:
        first = await _sessions(charger)
        assert first
        assert await _sessions(charger) == first
        assert simulator.requests["/api/chargingSession"] == 3

    _run(test, SimulatorOptions(days=10, session_methods=("GET",)))


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        (FaultKind.UNAUTHORIZED, ChargerLoginError, "no account is set"),
        (FaultKind.SERVER_ERROR, ChargerBusyError, "HTTP 500"),
        (FaultKind.NOT_FOUND, ChargerUnsupportedError, "HTTP 404"),
        (FaultKind.UNAVAILABLE, ChargerBusyError, "HTTP 503"),
        (FaultKind.TOO_MANY, ChargerBusyError, "HTTP 429"),
        (FaultKind.TRUNCATED, ChargerError, "cut|broke|end"),
        (FaultKind.INVALID_JSON, ChargerAnswerError, "invalid JSON"),
        (FaultKind.HTML, ChargerAnswerError, "router or login page"),
        (FaultKind.RESET, ChargerUnreachableError, "broke|reset|closed"),
    ],
)
def test_each_fault_is_an_error_of_its_kind(kind: FaultKind, error: type[ChargerError], words: str) -> None:
    """A fault on the way is the right error with the right words, and the next read is well again."""

    async def test(charger: Charger, simulator: EtrelSimulator, _clock: FakeClock) -> None:
        simulator.fail(kind)
        with pytest.raises(error, match=words) as raised:
            await charger.snapshot()
        assert str(raised.value).startswith(WHERE)
        simulator.heal()
        assert (await charger.snapshot()).connectors

    _run(test)


def test_the_charger_says_when_to_come_again() -> None:
    """Retry-After arrives with the error."""

    async def test(charger: Charger, _simulator: EtrelSimulator, _clock: FakeClock) -> None:
        with pytest.raises(ChargerBusyError) as raised:
            await charger.snapshot()
        assert raised.value.retry_after_s == 7

    fault = Fault(FaultKind.UNAVAILABLE, retry_after_s=7)
    _run(test, SimulatorOptions(days=0, autonomous=False, faults=[fault]))


def test_an_unknown_word_is_kept() -> None:
    """A state that is not known here is told as it came."""

    async def test(charger: Charger, _simulator: EtrelSimulator, _clock: FakeClock) -> None:
        snapshot = await charger.snapshot()
        assert (snapshot.connectors[0].status, snapshot.connectors[0].status_raw) == (None, "Levitating")
        assert "«Levitating»" in snapshot.notes[0]

    _run(test, SimulatorOptions(days=0, autonomous=False, faults=[Fault(FaultKind.UNKNOWN_STATUS)]))


def test_the_words_of_the_modbus_list_are_understood() -> None:
    """A firmware with the other list of words is read the same."""

    async def test(charger: Charger, simulator: EtrelSimulator, _clock: FakeClock) -> None:
        simulator.wish("plug_in")
        reading = (await charger.snapshot()).connectors[0]
        assert reading.status is ConnectorStatus.PREPARING
        assert reading.status_raw == "WaitingForVehicleToStart"

    _run(test, SimulatorOptions(days=0, autonomous=False, status_words="modbus"))


def test_a_restart_reaches_the_charger_once() -> None:
    """The reboot is done, and one request of its kind has arrived."""

    async def test(charger: Charger, simulator: EtrelSimulator, _clock: FakeClock) -> None:
        assert (await charger.execute(Restart())).status is CommandStatus.DONE
        assert simulator.requests["/api/restart"] == 1

    _run(test)


def test_a_restart_whose_answer_is_lost_is_unconfirmed() -> None:
    """A connection that dies with the command leaves its effect unknown; it is not sent again."""

    async def test(charger: Charger, simulator: EtrelSimulator, _clock: FakeClock) -> None:
        simulator.fail(FaultKind.RESET, path="/api/restart")
        assert (await charger.execute(Restart())).status is CommandStatus.UNCONFIRMED
        assert simulator.requests["/api/restart"] == 1

    _run(test)
