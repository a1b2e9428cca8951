"""The adapter against the simulator, over real HTTP and with the project's own client."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from adapters.go_e.simulator import FaultKind
from bridge.errors import (
    ChargerAnswerError,
    ChargerBusyError,
    ChargerError,
    ChargerLoginError,
    ChargerUnreachableError,
    ChargerUnsupportedError,
)
from bridge.types.charger import ConnectorReading
from bridge.types.command import Command, LimitCurrent, Restart, StartCharging, StopCharging
from bridge.types.options import Credentials
from bridge.types.words import CommandStatus, ConnectorStatus
from tests.adapters.go_e.simulated import Bench, driven, run
from tests.adapters.scripted import WHERE

_START, _STOP = StartCharging(connector_id=1), StopCharging(connector_id=1)
_DONE, _REFUSED, _UNCONFIRMED = CommandStatus.DONE, CommandStatus.REFUSED, CommandStatus.UNCONFIRMED


def _limit(limit_a: float | None) -> LimitCurrent:
    return LimitCurrent(connector_id=1, limit_a=limit_a)


async def _reading(at: Bench) -> ConnectorReading:
    snapshot = await at.charger.snapshot()
    assert snapshot.notes == ()
    return snapshot.connectors[0]


async def _done(at: Bench, command: Command) -> None:
    outcome = await at.charger.execute(command)
    assert outcome.status is _DONE, outcome.detail


def test_a_charging_session_is_seen_from_plug_to_plug() -> None:
    """Plugging in, charging, filling up and unplugging show, and both registers agree on the energy."""

    async def test(at: Bench) -> None:
        before = await _reading(at)
        assert (before.status, before.power_w) == (ConnectorStatus.AVAILABLE, 0.0)
        at.simulator.wish("plug_in", current_a=16, energy_wh=20_000)
        charging = await _reading(at)
        assert (charging.status, charging.power_w) == (ConnectorStatus.CHARGING, 3 * 230 * 16.0)
        assert (charging.current_l3_a, charging.voltage_l3_v, charging.current_offered_a) == (16.0, 230.0, 16.0)
        at.clock.jump(24 * 3600)
        full = await _reading(at)
        assert (full.status, full.power_w) == (ConnectorStatus.SUSPENDED_EV, 0.0)
        assert full.session_energy_wh == 20_000.0
        assert full.register_wh is not None
        assert before.register_wh is not None
        assert abs(full.register_wh - before.register_wh - 20_000) <= 1
        at.simulator.wish("unplug")
        after = await _reading(at)
        assert after.status is ConnectorStatus.AVAILABLE
        assert (after.register_wh, after.session_energy_wh) == (full.register_wh, 20_000.0)

    run(test)


def test_the_charger_tells_who_it_is() -> None:
    """Vendor, type, serial number and firmware."""

    async def test(at: Bench) -> None:
        identity = await at.charger.identify()
        assert (identity.vendor_name, identity.model, identity.firmware_version) == ("go-e", "go-eCharger", "60.4")
        assert identity.serial_number

    run(test)


def test_a_firmware_that_does_not_hear_the_filter_is_read() -> None:
    """An old one answers with more than was asked for, and nothing is lost."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        assert (await _reading(at)).status is ConnectorStatus.CHARGING

    run(test, driven(legacy_filter=True))


def test_the_charger_obeys() -> None:
    """Limit, pause, resume, stop, start and lifting the limit, each seen in the power."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in", current_a=20, energy_wh=80_000)
        for command, status, current_a in (
            (_limit(10.9), ConnectorStatus.CHARGING, 10.0),
            (_limit(0), ConnectorStatus.SUSPENDED_EVSE, 0.0),
            (_limit(8), ConnectorStatus.CHARGING, 8.0),
            (_STOP, ConnectorStatus.SUSPENDED_EVSE, 0.0),
            (_START, ConnectorStatus.CHARGING, 8.0),
            (_limit(None), ConnectorStatus.CHARGING, 20.0),
        ):
            await _done(at, command)
            reading = await _reading(at)
            assert (reading.status, reading.current_a) == (status, current_a), command
            assert reading.power_w == 3 * 230 * current_a
        assert at.simulator.sets == [
            {"amp": "10", "frc": "0"},
            {"frc": "1"},
            {"amp": "8", "frc": "0"},
            {"frc": "1"},
            {"frc": "0"},
            {"amp": "32", "frc": "0"},
        ]

    run(test)


def test_a_box_that_acts_a_second_later_is_waited_for() -> None:
    """The real box works its settings out once a second; the command is done when it shows."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        await _done(at, _STOP)
        assert at.clock.slept_s == [1.0]
        assert (await _reading(at)).status is ConnectorStatus.SUSPENDED_EVSE

    run(test, driven(lag_s=0.9))


def test_a_start_opens_the_access_control() -> None:
    """A box that waits for a card is started without one, and asks again after the car has left."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        assert (await _reading(at)).status is ConnectorStatus.SUSPENDED_EVSE
        await _done(at, _limit(8))
        assert (await _reading(at)).status is ConnectorStatus.SUSPENDED_EVSE
        await _done(at, _START)
        assert (await _reading(at)).status is ConnectorStatus.CHARGING
        at.simulator.wish("unplug")
        at.simulator.wish("plug_in")
        assert (await _reading(at)).status is ConnectorStatus.SUSPENDED_EVSE

    run(test, driven(access_control=True))


def test_a_fault_of_the_box_is_told() -> None:
    """Faulted with the vendor's word, and well again afterwards."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        at.simulator.wish("fault", err=1)
        reading = await _reading(at)
        assert (reading.status, reading.fault, reading.power_w) == (ConnectorStatus.FAULTED, "FiAc (err 1)", 0.0)
        at.simulator.wish("clear_fault")
        assert (await _reading(at)).status is ConnectorStatus.CHARGING

    run(test)


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        (FaultKind.SERVER_ERROR, ChargerBusyError, "HTTP 500"),
        (FaultKind.NOT_FOUND, ChargerUnsupportedError, "HTTP 404"),
        (FaultKind.TRUNCATED, ChargerError, "cut|broke|end"),
        (FaultKind.INVALID_JSON, ChargerAnswerError, "cannot be read"),
        (FaultKind.HTML, ChargerAnswerError, "web page"),
        (FaultKind.RESET, ChargerUnreachableError, "broke|reset|closed"),
        (FaultKind.SILENT, ChargerUnreachableError, "no answer within 1 s"),
    ],
)
def test_each_fault_is_an_error_of_its_kind(kind: FaultKind, error: type[ChargerError], words: str) -> None:
    """A fault on the way is the right error with the right words, and the next read is well again."""

    async def test(at: Bench) -> None:
        at.simulator.fail(kind)
        with pytest.raises(error, match=words) as raised:
            await at.charger.snapshot()
        assert str(raised.value).startswith(WHERE)
        at.simulator.heal()
        assert (await _reading(at)).status is ConnectorStatus.AVAILABLE

    run(test)


def test_a_state_of_a_firmware_to_come_is_kept_raw() -> None:
    """An unknown number is None with a note, and keys that are missing are None without."""

    async def test(at: Bench) -> None:
        at.simulator.fail(FaultKind.CHANGED, word='{"car": 9}')
        at.simulator.fail(FaultKind.LEFT_OUT, word="nrg,eto")
        snapshot = await at.charger.snapshot()
        (reading,) = snapshot.connectors
        assert (reading.status, reading.status_raw) == (None, "car 9")
        assert (reading.power_w, reading.register_wh) == (None, None)
        assert snapshot.notes == ("it says car 9, a state that is not known here",)

    run(test)


def test_a_command_without_an_answer_is_unconfirmed_and_sent_once() -> None:
    """The box did it and fell silent: nobody repeats it, and nobody claims it."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        at.simulator.fail(FaultKind.SILENT, path="/api/set")
        outcome = await at.charger.execute(_STOP)
        assert (outcome.status, at.simulator.sets) == (_UNCONFIRMED, [{"frc": "1"}])
        assert (await _reading(at)).status is ConnectorStatus.SUSPENDED_EVSE

    run(test)


def test_a_set_whose_connection_breaks_is_sent_once() -> None:
    """A command is a GET here, and is not repeated on a fresh connection as a read would be."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        at.simulator.fail(FaultKind.LOST_ANSWER, path="/api/set")
        assert (await at.charger.execute(_limit(7))).status is _UNCONFIRMED
        assert at.simulator.sets == [{"amp": "7", "frc": "0"}]
        assert (await _reading(at)).current_a == 7.0

    run(test)


def test_what_the_box_says_no_to_is_refused() -> None:
    """Its own sentence comes with the outcome, and nothing has changed."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        at.simulator.fail(FaultKind.REFUSED_SET, times=1)
        outcome = await at.charger.execute(_STOP)
        assert (outcome.status, "frc: failed: not allowed now" in outcome.detail) == (_REFUSED, True)
        assert len(at.simulator.sets) == 1
        assert (await _reading(at)).status is ConnectorStatus.CHARGING

    run(test)


def test_what_the_box_takes_and_does_not_do_is_unconfirmed() -> None:
    """It says true and goes on as before; the look afterwards tells."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        at.simulator.fail(FaultKind.IGNORED_SET)
        outcome = await at.charger.execute(_limit(6))
        assert (outcome.status, "amp is 16 instead of 6" in outcome.detail) == (_UNCONFIRMED, True)
        assert len(at.simulator.sets) == 1

    run(test)


def test_a_restart_reaches_the_box_once() -> None:
    """One reboot; while it is down every read is an error, and afterwards its registers are as before."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        at.clock.jump(3600)
        await _done(at, Restart())
        assert (at.simulator.sets, at.simulator.world.box.reboots) == ([{"rst": "true"}], 2)
        with pytest.raises(ChargerUnreachableError):
            await at.charger.snapshot()
        at.clock.jump(5)
        assert (await _reading(at)).session_energy_wh == pytest.approx(3 * 230 * 16, rel=0.01)

    run(test, driven(reboot_s=5))


def test_a_reboot_may_lose_the_sessions_energy_and_keeps_the_register() -> None:
    """The session register starts again at 0; the lifetime register does not."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        at.clock.jump(3600)
        before = await _reading(at)
        at.simulator.wish("reboot", forget=1)
        after = await _reading(at)
        assert (after.session_energy_wh, after.register_wh) == (0.0, before.register_wh)

    run(test)


def test_a_token_opens_a_charger_that_wants_one() -> None:
    """Without it the box refuses, and the error says so."""

    async def opened(at: Bench) -> None:
        assert (await _reading(at)).status is ConnectorStatus.AVAILABLE
        await _done(at, _limit(9))

    async def closed(at: Bench) -> None:
        with pytest.raises(ChargerLoginError, match="HTTP 401"):
            await at.charger.snapshot()

    run(opened, driven(token="cloudtoken"), Credentials(token=SecretStr("cloudtoken")))
    run(closed, driven(token="cloudtoken"))
