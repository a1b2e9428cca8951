from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.types.facts import to_epoch_s
from bridge.types.words import SessionFlag, StopReason
from tests.central.foreign.site import CHARGER, CentralSite, central_site, station_at
from tests.central.foreign.tale import TAG, Tale
from tests.uplink.foreign.events import ForeignCallError

VERSIONS = ("1.6", "2.0.1", "2.1")
WANTED_16 = {
    "MeterValueSampleInterval": "30",
    "ClockAlignedDataInterval": "300",
    "MeterValuesAlignedData": "Energy.Active.Import.Register",
}
WANTED_2 = {
    "SampledDataCtrlr.TxUpdatedInterval": "30",
    "AlignedDataCtrlr.Interval": "300",
    "AlignedDataCtrlr.Measurands": "Energy.Active.Import.Register",
}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_station_boots_and_is_set_up(tmp_path: Path, version: str) -> None:
    """Its identity is kept, it is told how to meter, is asked for its states, and stands on the page as a charger."""

    async def scene() -> None:
        async with central_site(tmp_path) as site, station_at(site, version) as station:
            settings = await station.settings()
            wanted = WANTED_16 if version == "1.6" else WANTED_2
            assert {key: settings[key] for key in wanted} == wanted
            sampled = settings["MeterValuesSampledData" if version == "1.6" else "SampledDataCtrlr.TxUpdatedMeasurands"]
            assert {"Energy.Active.Import.Register", "Power.Active.Import"} <= set(sampled.split(","))
            where = {} if version == "1.6" else {"evse": {"id": 1, "connectorId": 1}}
            assert station.asked("TriggerMessage")[0] == {"requestedMessage": "StatusNotification", **where}
            assert site.station.version == version
            await site.until(lambda: site.charger.identity, "it is known who it is")
            identity = site.charger.identity
            assert identity is not None
            assert (identity.vendor_name, identity.model, identity.serial_number) == ("Maker", "Box", "SN-1")
            assert identity == await site.bridge.desk.run(lambda store: store.identity(CHARGER))

    asyncio.run(scene())


@pytest.mark.parametrize("in_kwh", [False, True], ids=["Wh", "kWh"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_is_kept_with_the_energy_of_its_registers(tmp_path: Path, version: str, *, in_kwh: bool) -> None:
    """While it runs the page shows the power of all phases; at the end the store has times, tag and Wh."""

    async def scene() -> None:
        async with central_site(tmp_path) as site, station_at(site, version) as station:
            tale = Tale(station, in_kwh=in_kwh)
            began_at = site.clock.now().replace(microsecond=0)
            await tale.start(began_at, 1000)
            await tale.charges(site.clock.now())
            reading = await site.shown("Charging")
            assert reading.session_id == tale.transaction_id
            await tale.meter(site.clock.now(), 1250, 3680.0, 3600.0, 3720.0)
            await site.until(lambda: getattr(site.connector(), "power_w", None) == 11_000, "three phases are summed")
            reading = await site.shown("Charging")
            assert (reading.register_wh, reading.session_energy_wh) == (1250, 250)
            ended_at = began_at + timedelta(seconds=90)
            await tale.stop(ended_at, 4300)
            (session,) = await site.sessions()
            assert (session.session_id, session.connector_id) == (tale.transaction_id, 1)
            assert (session.started_at, session.ended_at) == (began_at, ended_at)
            assert (session.meter_start_wh, session.meter_stop_wh, session.energy_wh) == (1000, 4300, 3300)
            assert (session.id_token, session.stop_reason) == (TAG, StopReason.EV_DISCONNECTED)

    asyncio.run(scene())


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_without_a_connection_is_kept_with_its_own_times(tmp_path: Path, version: str) -> None:
    """What a station tells hours later counts for the hours in which it happened: session and 5-minute rows."""

    async def scene() -> None:
        async with central_site(tmp_path) as site:
            async with station_at(site, version) as station:
                tale = Tale(station, is_offline=True)
                began_at = site.clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
                await tale.start(began_at, 50_000)
                for minute in range(1, 61):
                    await tale.meter(began_at + timedelta(minutes=minute), 50_000 + 110 * minute)
                ended_at = began_at + timedelta(hours=1)
                await tale.stop(ended_at, 56_600)
                (session,) = await site.sessions()
                assert (session.started_at, session.ended_at) == (began_at, ended_at)
                assert (session.energy_wh, session.flags) == (6600, ())
            await site.stop()  # what waits is committed then
            await site.start()
            begin_s = to_epoch_s(began_at)
            rows = await site.bridge.desk.run(
                lambda store: store.power(CHARGER, "connector1", begin_s - 3600, begin_s + 7200)
            )
            assert [(start_s, round(power_w)) for start_s, power_w in rows if power_w] == [
                (begin_s + 300 * number, 6600) for number in range(12)
            ]

    asyncio.run(scene())


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_told_twice_is_kept_once(tmp_path: Path, version: str) -> None:
    """A station that repeats its whole session changes nothing, and in 1.6 gets the same number again."""

    async def scene() -> None:
        async with central_site(tmp_path) as site, station_at(site, version) as station:
            tale = Tale(station)
            began_at = site.clock.now() - timedelta(minutes=10)
            await tale.start(began_at, 1000)
            method, params = tale.told[0]
            again = await station.call(method, params)
            if version == "1.6":
                assert str(again["transactionId"]) == tale.transaction_id
            await tale.meter(began_at + timedelta(minutes=5), 1250)
            await tale.stop(began_at + timedelta(minutes=9), 1500)
            (before,) = await site.sessions()
            for method, params in tale.told:
                await station.call(method, params)
            assert await site.sessions() == [before]
            assert before.energy_wh == 500

    asyncio.run(scene())


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_outlives_the_connection_and_the_bridge(tmp_path: Path, version: str) -> None:
    """It goes on after a broken line and a restart of the bridge; a later one has another number."""

    async def scene() -> None:
        async with central_site(tmp_path) as site:
            began_at = site.clock.now() - timedelta(minutes=10)
            async with station_at(site, version) as station:
                tale = Tale(station)
                await tale.start(began_at, 1000)
                await station.disconnect(force=True)
                await station.connect()
                await tale.meter(began_at + timedelta(minutes=3), 1100)
            await site.stop()
            await site.start()
            async with station_at(site, version) as station:
                tale.station = station
                await tale.meter(began_at + timedelta(minutes=6), 1200)
                await tale.stop(began_at + timedelta(minutes=9), 1300)
                later = Tale(station, transaction_id="another")
                await later.start(began_at + timedelta(minutes=10), 1300)
                first, second = await site.sessions()
                assert (first.session_id, first.energy_wh, first.flags) == (tale.transaction_id, 300, ())
                assert (second.session_id, second.ended_at) == (later.transaction_id, None)
                assert first.session_id != second.session_id

    asyncio.run(scene())


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_whose_start_was_never_told_is_flagged(tmp_path: Path, version: str) -> None:
    """A station that had begun elsewhere tells the rest: it is kept, and says that its start was not seen."""

    async def scene() -> None:
        async with central_site(tmp_path) as site, station_at(site, version) as station:
            tale = Tale(station, transaction_id="7")
            tale._seq_no = 3
            at = site.clock.now()
            await tale.meter(at - timedelta(minutes=5), 1000)
            await tale.stop(at, 1500)
            (session,) = await site.sessions()
            assert SessionFlag.START_NOT_SEEN in session.flags
            assert session.ended_at == at

    asyncio.run(scene())


@pytest.mark.parametrize("version", VERSIONS)
def test_only_who_shows_the_password_comes_in(tmp_path: Path, version: str) -> None:
    """With security profile 1 the right password lets it in; a wrong one, none, and an unknown identity do not."""

    async def refused(site: CentralSite, **options: str) -> str:
        with pytest.raises(ForeignCallError) as failed:
            async with station_at(site, version, **options):
                pass
        assert failed.value.kind == "refused"
        return failed.value.code

    async def scene() -> None:
        config = "security_profile: 1, password_env: CARPORT_PASSWORD"
        environ = {"CARPORT_PASSWORD": "correct horse battery"}
        async with central_site(tmp_path, charger=config, environ=environ) as site:
            assert await refused(site, password="wrong horse battery") == "401"
            assert await refused(site) == "401"
            assert await refused(site, identity="CP2", password="correct horse battery") == "404"
            async with station_at(site, version, password="correct horse battery") as station:
                assert station.protocol == f"ocpp{version}"

    asyncio.run(scene())
