from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.types.words import ConnectorStatus
from bridge.uplink.connector_states import LEGAL_STEPS
from tests.uplink.foreign.csms import ForeignCsms
from tests.uplink.foreign.events import CsmsOptions, ForeignCallError, Params
from tests.uplink.foreign.site import STATION, TAG, at, etrel_site, go_e_site

_IDENTITY = {"chargePointVendor": "Etrel", "chargePointModel": "INCH-HOME"}


def methods(csms: ForeignCsms) -> list[str]:
    return [call.method for call in csms.received]


def assert_legal(told: list[Params], connector: int = 1) -> None:
    words = [ConnectorStatus(p["status"]) for p in told if p["connectorId"] == connector]
    for before, after in itertools.pairwise(words):
        assert after is before or after in LEGAL_STEPS[before], words


def test_nothing_but_boots_until_it_is_accepted(tmp_path: Path) -> None:
    """A boot is repeated after its interval whether the answer is Pending, Rejected or none.

    While it is pending the central system may ask and trigger; while it is rejected the station is silent.
    """

    async def scene() -> None:
        async with ForeignCsms() as csms:
            await csms.script("BootNotification", answer={"status": "Pending", "interval": 20})
            await csms.script("BootNotification", answer={"status": "Rejected", "interval": 30})
            await csms.script("BootNotification", silent=True)
            async with etrel_site(tmp_path, csms, speed=20) as site:
                assert (await site.told("BootNotification")).items() >= _IDENTITY.items()
                assert (await site.call("GetLocalListVersion")) == {"listVersion": 0}
                triggered = await site.call("TriggerMessage", requestedMessage="StatusNotification", connectorId=1)
                assert triggered == {"status": "Accepted"}
                await site.status("Available")
                assert methods(csms) == ["BootNotification", "StatusNotification"]
                await site.told("BootNotification", 2)
                await site.until(lambda: site.card().state == "rejected", "it was rejected")
                with pytest.raises(ForeignCallError) as silence:
                    await csms.call(STATION, "GetConfiguration", {}, limit_s=0.3)
                assert silence.value.kind == "timeout"
                await site.told("BootNotification", 4)
                await site.status("Available", connector=0)
                await csms.catch_up()
                early = [call.method for call in csms.received if not call.booted]
                assert early == ["BootNotification", "StatusNotification", *["BootNotification"] * 3]
                assert len(csms.connects) == 1

    asyncio.run(scene())


def test_a_pending_station_can_be_triggered_to_boot(tmp_path: Path) -> None:
    """A boot that the central system triggers is a boot: its answer counts, and the waiting ends."""

    async def scene() -> None:
        async with ForeignCsms() as csms:
            await csms.script("BootNotification", answer={"status": "Pending", "interval": 3600})
            async with etrel_site(tmp_path, csms) as site:
                await site.told("BootNotification")
                assert await site.call("TriggerMessage", requestedMessage="BootNotification") == {"status": "Accepted"}
                await site.online()
                await site.status("Available")

    asyncio.run(scene())


def test_heartbeats_come_at_the_interval_of_the_boot(tmp_path: Path) -> None:
    """The interval of the boot's answer is kept as a setting, and one that is changed holds at once."""

    async def scene() -> None:
        async with ForeignCsms(CsmsOptions(boot_interval_s=20)) as csms, etrel_site(tmp_path, csms, speed=40) as site:
            await site.online()
            await site.told("Heartbeat", 2)
            told = await site.call("GetConfiguration", key=["HeartbeatInterval"])
            assert told["configurationKey"][0]["value"] == "20"
            await site.set(HeartbeatInterval="86400")
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


def test_a_connection_that_was_closed_is_made_again(tmp_path: Path) -> None:
    """It is no boot; the present states are told, and questions are answered again."""

    async def scene() -> None:
        async with ForeignCsms() as csms, etrel_site(tmp_path, csms) as site:
            await site.online()
            for count, force in enumerate((False, True), 2):
                await csms.close(STATION, force=force)
                await csms.wait_connected(STATION, count)
                await csms.wait_for("StatusNotification", 2 * count)
                assert (await site.call("GetLocalListVersion")) == {"listVersion": 0}
            assert len(csms.params("BootNotification")) == 1

    asyncio.run(scene())


def test_what_happens_while_the_central_system_is_away_is_told_later(tmp_path: Path) -> None:
    """Two sessions, one of them running when it comes back, are told once and with their own times."""

    async def scene() -> None:
        async with ForeignCsms() as csms, etrel_site(tmp_path, csms, speed=20) as site:
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
            assert csms.params("StartTransaction") == []
            back_at = site.clock.now()
            await csms.refuse(None)
            await site.told("StartTransaction", 2)
            sessions = await site.sessions()
            first, second = (await csms.ledger()).transactions
            for transaction, session in zip((first, second), sessions, strict=True):
                assert abs(at(transaction.start) - session.started_at) < timedelta(milliseconds=1)
                assert at(transaction.start) < back_at
            assert first.stop is not None
            assert sessions[0].ended_at is not None
            assert abs(at(first.stop) - sessions[0].ended_at) < timedelta(milliseconds=1)
            assert second.stop is None
            assert len(csms.params("BootNotification")) == 1

    asyncio.run(scene())


def test_a_restart_of_the_bridge_ends_no_transaction(tmp_path: Path) -> None:
    """It boots, goes on with the same transaction, and tells its end when there is one."""

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms) as site:
            await site.online()
            await site.set(MeterValueSampleInterval="10")
            site.charger.wish("plug_in")
            start = await site.told("StartTransaction")
            assert start["idTag"] == TAG
            await site.told("MeterValues")
            await site.stop()
            await csms.catch_up()
            assert csms.params("StopTransaction") == []
            count = len(csms.params("MeterValues"))
            await site.start()
            await site.online(2)
            await site.told("MeterValues", count + 1)
            site.charger.wish("unplug")
            stop = await site.told("StopTransaction")
            await site.status("Available")
            [transaction] = (await csms.ledger()).transactions
            assert (transaction.starts, transaction.stops) == (1, 1)
            assert stop["transactionId"] == transaction.transaction_id
            assert transaction.meter_values_after_stop == 0
            assert stop["meterStop"] > start["meterStart"]

    asyncio.run(scene())


def test_a_session_that_ends_while_the_bridge_is_down_is_told_its_end(tmp_path: Path) -> None:
    """After the restart the end that was missed comes with the time of the charger's own log."""

    async def scene() -> None:
        async with ForeignCsms() as csms, etrel_site(tmp_path, csms) as site:
            await site.online()
            site.charger.wish("plug_in")
            site.charger.wish("swipe")
            await site.told("StartTransaction")
            await site.until(lambda: site.card().open_transactions == 1, "it has its number")
            await site.stop()
            site.charger.wish("unplug")
            await site.start()
            stop = await site.told("StopTransaction")
            [session] = await site.sessions()
            assert session.ended_at is not None
            assert abs(at(stop) - session.ended_at) < timedelta(milliseconds=1)
            [transaction] = (await csms.ledger()).transactions
            assert (transaction.starts, transaction.stops) == (1, 1)

    asyncio.run(scene())


def test_a_connector_without_a_transaction_is_told_at_each_whole_interval(tmp_path: Path) -> None:
    """ClockAlignedDataInterval holds for idle connectors too: one message an interval, of no transaction."""

    async def scene() -> None:
        async with ForeignCsms() as csms, etrel_site(tmp_path, csms, speed=200) as site:
            await site.online()
            await site.set(ClockAlignedDataInterval="300", MeterValuesAlignedData="Power.Active.Import")
            first, second = (await csms.wait_for("MeterValues", 2))[:2]
            for told in (first, second):
                assert (told["connectorId"], "transactionId" in told) == (1, False)
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
