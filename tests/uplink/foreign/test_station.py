from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.types.words import ConnectorStatus
from bridge.uplink.told.connector_states import LEGAL_STEPS
from tests.uplink.foreign.csms import ForeignCsms
from tests.uplink.foreign.events import ForeignCallError, Params
from tests.uplink.foreign.site import STATION, TAG, at, etrel_site, go_e_site
from tests.uplink.foreign.talk import TALKS, Talk, settle

_IDENTITY = {"chargePointVendor": "Etrel", "chargePointModel": "INCH-HOME"}
_IDENTITY_2 = {"vendorName": "Etrel", "model": "INCH-HOME"}


def methods(csms: ForeignCsms) -> list[str]:
    return [call.method for call in csms.received]


def assert_legal(told: list[Params], connector: int = 1) -> None:
    words = [ConnectorStatus(p["status"]) for p in told if p["connectorId"] == connector]
    for before, after in itertools.pairwise(words):
        assert after is before or after in LEGAL_STEPS[before], words


@pytest.mark.parametrize("talk", TALKS, ids=str)
def test_nothing_but_boots_until_it_is_accepted(tmp_path: Path, talk: Talk) -> None:
    """A boot is repeated after its interval whether the answer is Pending, Rejected or none.

    While it is pending the central system may ask and trigger; while it is rejected the station is silent.
    """

    async def scene() -> None:
        async with talk.csms() as csms:
            await csms.script("BootNotification", answer={"status": "Pending", "interval": 40})
            await csms.script("BootNotification", answer={"status": "Rejected", "interval": 60})
            await csms.script("BootNotification", silent=True)
            async with etrel_site(tmp_path, csms, version=talk.version, speed=40) as site:
                boot = await site.told("BootNotification")
                if site.is_v2:
                    assert boot["chargingStation"].items() >= _IDENTITY_2.items()
                    assert boot["reason"] == "PowerUp"
                else:
                    assert boot.items() >= _IDENTITY.items()
                assert await talk.list_version(site) == 0
                triggered = await talk.trigger(site, "StatusNotification", 1)
                assert triggered == {"status": "Accepted"}
                await site.status("Available")
                assert methods(csms) == ["BootNotification", "StatusNotification"]
                await site.told("BootNotification", 2)
                await site.until(lambda: site.card().state == "rejected", "it was rejected")
                with pytest.raises(ForeignCallError) as silence:
                    await csms.call(STATION, "GetLocalListVersion", {}, limit_s=0.3)
                assert silence.value.kind == "timeout"
                await site.told("BootNotification", 4)
                await site.until(lambda: site.card().state == "online", "it was accepted")
                await csms.catch_up()
                early = [call.method for call in csms.received if not call.booted]
                assert early == ["BootNotification", "StatusNotification", *["BootNotification"] * 3]
                assert len(csms.connects) == 1

    asyncio.run(scene())


@pytest.mark.parametrize("talk", TALKS, ids=str)
def test_a_pending_station_can_be_triggered_to_boot(tmp_path: Path, talk: Talk) -> None:
    """A boot that the central system triggers is a boot: its answer counts, and the waiting ends."""

    async def scene() -> None:
        async with talk.csms() as csms:
            await csms.script("BootNotification", answer={"status": "Pending", "interval": 3600})
            async with etrel_site(tmp_path, csms, version=talk.version) as site:
                await site.told("BootNotification")
                assert await talk.trigger(site, "BootNotification") == {"status": "Accepted"}
                await site.online()
                await site.status("Available")

    asyncio.run(scene())


@pytest.mark.parametrize("talk", TALKS, ids=str)
def test_heartbeats_come_at_the_interval_of_the_boot(tmp_path: Path, talk: Talk) -> None:
    """The interval of the boot's answer is kept as a setting, and one that is changed holds at once."""

    async def scene() -> None:
        async with (
            talk.csms(boot_interval_s=20) as csms,
            etrel_site(tmp_path, csms, version=talk.version, speed=40) as site,
        ):
            await site.online()
            await site.told("Heartbeat", 2)
            assert await talk.value(site, "HeartbeatInterval") == "20"
            await settle(site, talk, HeartbeatInterval="86400")
            await csms.catch_up()
            count = len(csms.params("Heartbeat"))
            began_s = site.clock.monotonic_s()
            await site.until(lambda: site.clock.monotonic_s() > began_s + 45, "two intervals have gone by")
            await csms.catch_up()
            assert len(csms.params("Heartbeat")) <= count + 1
            assert site.card().clock_offset_s is not None

    asyncio.run(scene())


def test_a_whole_transaction(tmp_path: Path) -> None:
    """Start, values and stop have the charger's own times and registers; both stations tell the same.

    The connector is not told as Available before the stop was.
    """

    async def scene() -> None:
        async with ForeignCsms() as csms:
            also = f'      - {{name: refund, url: "{csms.url}", identity: HOME-7}}\n'
            async with etrel_site(tmp_path, csms, also=also) as site:
                await site.online()
                await csms.wait_for("BootNotification", identity="HOME-7")
                await site.set(MeterValueSampleInterval="10", StopTxnSampledData="Energy.Active.Import.Register")
                site.charger.wish("plug_in")
                site.charger.wish("swipe")
                start = await site.told("StartTransaction")
                await site.status("Charging")
                await site.told("MeterValues", 2)
                site.charger.wish("unplug")
                stop = await site.told("StopTransaction")
                await site.status("Available")
                await csms.wait_for("StopTransaction", identity="HOME-7")
                [session] = await site.sessions()

            assert session.meter_start_wh is not None
            assert session.meter_stop_wh is not None
            assert session.ended_at is not None
            assert (start["connectorId"], start["idTag"]) == (1, session.id_token)
            assert (start["meterStart"], stop["meterStop"]) == (
                int(session.meter_start_wh),
                int(session.meter_stop_wh),
            )
            assert abs(at(start) - session.started_at) < timedelta(milliseconds=1)
            assert abs(at(stop) - session.ended_at) < timedelta(milliseconds=1)
            assert stop["reason"] == "EVDisconnected"
            contexts = [value["sampledValue"][0]["context"] for value in stop["transactionData"]]
            assert contexts == ["Transaction.Begin", "Transaction.End"]

            ledger = await csms.ledger()
            assert ledger.orphans == []
            by_station = {transaction.identity: transaction for transaction in ledger.transactions}
            assert by_station["HOME-7"].start == start
            for transaction in by_station.values():
                assert (transaction.starts, transaction.stops) == (1, 1)
                assert transaction.meter_values_after_stop == 0
                assert transaction.stop is not None
                assert transaction.stop["meterStop"] == stop["meterStop"]
            registers = [
                int(sampled["value"])
                for told in by_station[STATION].meter_values
                for value in told["meterValue"]
                for sampled in value["sampledValue"]
                if sampled["measurand"] == "Energy.Active.Import.Register"
            ]
            assert registers == sorted(registers)
            assert start["meterStart"] <= registers[0] <= registers[-1] <= stop["meterStop"]
            assert_legal(csms.params("StatusNotification", identity=STATION))
            mine = [call for call in csms.received if call.identity == STATION]
            free = [n for n, call in enumerate(mine) if call.params.get("status") == "Available"]
            ended = next(n for n, call in enumerate(mine) if call.method == "StopTransaction")
            began = next(n for n, call in enumerate(mine) if call.method == "StartTransaction")
            assert not [n for n in free if began < n < ended]
            assert max(free) > ended

    asyncio.run(scene())


@pytest.mark.parametrize("talk", TALKS, ids=str)
def test_a_connection_that_was_closed_is_made_again(tmp_path: Path, talk: Talk) -> None:
    """It is no boot, and questions are answered again; in 2.x states are told anew after a long absence only."""

    async def scene() -> None:
        async with talk.csms() as csms, etrel_site(tmp_path, csms, version=talk.version) as site:
            await site.online()
            for count, force in enumerate((False, True), 2):
                await csms.close(STATION, force=force)
                await csms.wait_connected(STATION, count)
                if not site.is_v2:
                    await csms.wait_for("StatusNotification", 2 * count)
                assert await talk.list_version(site) == 0
            assert len(csms.params("BootNotification")) == 1
            if site.is_v2:
                assert len(csms.params("StatusNotification")) == 1

    asyncio.run(scene())


@pytest.mark.parametrize("talk", TALKS, ids=str)
def test_what_happens_while_the_central_system_is_away_is_told_later(tmp_path: Path, talk: Talk) -> None:
    """Two sessions, one of them running when it comes back, are told once and with their own times."""

    async def scene() -> None:
        async with talk.csms() as csms, etrel_site(tmp_path, csms, version=talk.version, speed=20) as site:
            await site.online()
            await csms.refuse(503)
            await csms.close(STATION)
            site.charger.wish("plug_in")
            site.charger.wish("swipe")
            await site.until(lambda: site.card().waiting == 1, "the session waits")
            site.charger.wish("unplug")
            await site.ended(1)
            site.charger.wish("plug_in")
            site.charger.wish("swipe")
            await site.until(lambda: site.card().waiting == 2, "both wait")
            assert talk.count(site) == (0, 0, 0)
            back_at = site.clock.now()
            await csms.refuse(None)
            await talk.started(site, 2)
            sessions = await site.sessions()
            first, second = await talk.transactions(site)
            for transaction, session in zip((first, second), sessions, strict=True):
                assert abs(transaction.began_at - session.started_at) < timedelta(milliseconds=1)
                assert transaction.began_at < back_at
            assert first.ended_at is not None
            assert sessions[0].ended_at is not None
            assert abs(first.ended_at - sessions[0].ended_at) < timedelta(milliseconds=1)
            assert second.ended_at is None
            if site.is_v2:
                await csms.catch_up()
                offline = {event["eventType"]: event.get("offline", False) for event in site.events()}
                assert offline.items() >= {"Started": True, "Ended": True}.items()
            assert len(csms.params("BootNotification")) == 1

    asyncio.run(scene())


@pytest.mark.parametrize("talk", TALKS, ids=str)
def test_a_restart_of_the_bridge_ends_no_transaction(tmp_path: Path, talk: Talk) -> None:
    """It boots, goes on with the same transaction, and tells its end when there is one."""

    async def scene() -> None:
        async with talk.csms() as csms, go_e_site(tmp_path, csms, version=talk.version) as site:
            await site.online()
            await settle(site, talk, MeterValueSampleInterval="10")
            site.charger.wish("plug_in")
            await talk.started(site)
            await talk.metered(site)
            await site.stop()
            await csms.catch_up()
            _, count, stops = talk.count(site)
            assert stops == 0
            await site.start()
            await site.online(2)
            await talk.metered(site, count + 1)
            site.charger.wish("unplug")
            await talk.stopped(site)
            await site.status("Available")
            [transaction] = await talk.transactions(site)
            assert (transaction.starts, transaction.stops, transaction.tag) == (1, 1, TAG)
            assert transaction.meter_stop_wh is not None
            assert transaction.meter_stop_wh > transaction.meter_start_wh
            assert talk.count(site)[0] == 1

    asyncio.run(scene())


@pytest.mark.parametrize("talk", TALKS, ids=str)
def test_a_session_that_ends_while_the_bridge_is_down_is_told_its_end(tmp_path: Path, talk: Talk) -> None:
    """After the restart the end that was missed comes with the time of the charger's own log."""

    async def scene() -> None:
        async with talk.csms() as csms, etrel_site(tmp_path, csms, version=talk.version) as site:
            await site.online()
            site.charger.wish("plug_in")
            site.charger.wish("swipe")
            await talk.started(site)
            await site.until(lambda: site.card().open_transactions == 1, "it has its number")
            await site.stop()
            site.charger.wish("unplug")
            await site.start()
            await talk.stopped(site)
            [session] = await site.sessions()
            assert session.ended_at is not None
            [transaction] = await talk.transactions(site)
            assert transaction.ended_at is not None
            assert abs(transaction.ended_at - session.ended_at) < timedelta(milliseconds=1)
            assert (transaction.starts, transaction.stops) == (1, 1)

    asyncio.run(scene())


@pytest.mark.parametrize("talk", TALKS, ids=str)
def test_a_connector_without_a_transaction_is_told_at_each_whole_interval(tmp_path: Path, talk: Talk) -> None:
    """ClockAlignedDataInterval holds for idle connectors too: one message an interval, of no transaction."""

    async def scene() -> None:
        async with talk.csms() as csms, etrel_site(tmp_path, csms, version=talk.version, speed=200) as site:
            await site.online()
            await settle(site, talk, ClockAlignedDataInterval="300", MeterValuesAlignedData="Power.Active.Import")
            first, second = (await csms.wait_for("MeterValues", 2))[:2]
            for told in (first, second):
                assert (told["evseId" if site.is_v2 else "connectorId"], "transactionId" in told) == (1, False)
                (value,) = told["meterValue"]
                assert [(one["measurand"], one["context"]) for one in value["sampledValue"]] == [
                    ("Power.Active.Import", "Sample.Clock")
                ]
            moments = [at(told["meterValue"][0]) for told in (first, second)]
            assert [moment.timestamp() // 300 for moment in moments] == [
                moments[0].timestamp() // 300,
                moments[0].timestamp() // 300 + 1,
            ]

    asyncio.run(scene())
