from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.types.facts import to_epoch_s
from bridge.types.ocpp.base import parse_rfc3339
from bridge.types.series import INTERVAL_S, floor_interval_s
from tests.central.foreign.site import tell_state
from tests.central.foreign.station import ForeignStation, StationOptions
from tests.central.foreign.tale import TAG, Tale
from tests.journey.bridge_process import BridgeProcess
from tests.journey.ocpp_street import (
    ABOVE,
    LIMIT_A,
    STREET,
    address,
    card_says,
    is_delivered,
    limit_of,
    limits_a,
    page_of,
    report_above,
    see,
    street,
)
from tests.journey.site import now
from tests.journey.waiting import eventually
from tests.sinks.victoria import VictoriaMetrics
from tests.uplink.foreign.csms import ForeignCsms
from tests.web.browser import NAMES, find_browser
from tests.web.clicking import Tab, open_tab

pytestmark = pytest.mark.skipif(find_browser() is None, reason=f"no browser found under {', '.join(NAMES)}")
ACCEPTED = {"status": "Accepted"}
LIMIT_S = 30.0
"""a limit may rise only after 10 s, and is looked at every 10 s"""
_LOOK_EVERY_S = 0.05
ROWS = 9
"""whole intervals for which the charger had charged when it connected"""
Span = tuple[datetime, datetime]


class Journey:
    """A charger from another project's library, and all that look at it."""

    def __init__(
        self, station: ForeignStation, csms: ForeignCsms, bridge: BridgeProcess, victoria: VictoriaMetrics, tab: Tab
    ) -> None:
        self.station, self.csms, self.bridge, self.victoria, self.tab = station, csms, bridge, victoria, tab

    async def charge(self) -> Span:
        """Tell 5 kWh that had begun before the bridge was there, limited and stopped from above; return when."""
        tale = Tale(self.station)
        began_at = datetime.fromtimestamp(floor_interval_s(now().timestamp()), UTC) - timedelta(minutes=5 * ROWS)
        await tale.start(began_at, 50_000)
        await tale.charges(now())
        for number in range(1, ROWS + 1):
            await tale.meter(began_at + timedelta(minutes=5 * number), 50_000 + 550 * number)
        await tale.meter(now(), 54_950, 2200.0, 2190.0, 2210.0)
        await see(self.tab, card_says("Charging", "6.6 kW", "5.0 kWh", "Online"))
        await self.csms.wait_for("StartTransaction", identity=ABOVE)

        await self._wished_from_above(32, LIMIT_A)
        await self._wished_from_above(6, 6)

        await self._asked_from_above(
            "RemoteStopTransaction", "RequestStopTransaction", transactionId=await self._runs()
        )
        ended_at = now().replace(microsecond=0)
        await tale.stop(ended_at, 55_000)
        await tell_state(self.station, "Finishing", now())
        await self.csms.wait_for("StopTransaction", identity=ABOVE)
        return began_at, ended_at

    async def charge_again(self) -> Span:
        """Start from above what lasts a moment and takes 2 Wh; return when."""
        await self._asked_from_above("RemoteStartTransaction", "RequestStartTransaction", connectorId=1, idTag=TAG)
        tale = Tale(self.station, transaction_id="another")
        began_at = now().replace(microsecond=0)
        await tale.start(began_at, 55_000)
        await self.csms.wait_for("StartTransaction", 2, identity=ABOVE)
        ended_at = began_at + timedelta(seconds=1)
        await asyncio.to_thread(eventually, lambda: now() > ended_at, "the end")
        await tale.stop(ended_at, 55_002)
        await tell_state(self.station, "Available", now())
        return began_at, ended_at

    async def _wished_from_above(self, limit_a: float, told_a: float) -> None:
        """Have the central system above set a limit that is accepted; wait until the station was told `told_a`."""
        assert await self.csms.call(ABOVE, "SetChargingProfile", limit_of(limit_a)) == ACCEPTED
        async with asyncio.timeout(LIMIT_S):
            while limits_a(self.station)[-1:] != [told_a]:  # noqa: ASYNC110 -- a station does not say when it is told
                await asyncio.sleep(_LOOK_EVERY_S)

    async def _runs(self) -> int:
        """Return the number that the central system above gave the transaction that runs."""
        return (await self.csms.ledger()).transactions[-1].transaction_id

    async def _asked_from_above(self, in_16: str, in_2: str, **params: object) -> None:
        """Have the central system above ask, once the state has risen that allows it; the station is asked once."""
        method = in_2 if self.station.is_v2 else in_16
        assert self.station.asked(method) == []
        async with asyncio.timeout(LIMIT_S):
            while await self.csms.call(ABOVE, in_16, params) != ACCEPTED:  # noqa: ASYNC110 -- a state rises unheard
                await asyncio.sleep(_LOOK_EVERY_S)
            await self.station.wait_asked(method)
        assert len(self.station.asked(method)) == 1

    # --- what is seen of it ----------------------------------------------------------------------------------------

    async def check_above(self, *spans: Span) -> None:
        """Check that the central system above knows both sessions once, by registers and times of the station."""
        await self.csms.wait_for("StopTransaction", 2, identity=ABOVE)
        ledger = await self.csms.ledger()
        assert ledger.orphans == []
        told = []
        for one in ledger.transactions:
            assert (one.starts, one.stops, one.start["idTag"]) == (1, 1, TAG)
            assert one.stop is not None
            span = parse_rfc3339(one.start["timestamp"]), parse_rfc3339(one.stop["timestamp"])
            told.append((span, one.start["meterStart"], one.stop["meterStop"]))
        assert told == [(spans[0], 50_000, 55_000), (spans[1], 55_000, 55_002)]

    async def check_page(self) -> None:
        """Check that the page tells of a free charger, two sessions and a limit that is kept."""
        rows = "[...document.querySelectorAll('.sessions tbody tr')].map((row) => row.innerText)"
        await asyncio.to_thread(self.tab.open, await page_of(self.bridge))
        latest, first = await see(self.tab, f"{rows}.length === 2 && {rows}")
        assert "5.00 kWh" in first
        assert "0.00 kWh" in latest
        await see(self.tab, card_says("Free", "OCPP 1.6" if not self.station.is_v2 else "OCPP 2.0.1"))
        panel = "document.getElementById('site-limit').innerText"
        limit = await see(self.tab, f"{panel}.includes('Kept') && {panel}")
        assert "16 A of each phase" in limit
        assert self.tab.complaints == []

    def check_database(self, *spans: Span) -> None:
        """Check that the database has the energy of both sessions and each 5-minute row."""

        def kept(name: str) -> dict[int, float]:
            found = self.victoria.export(f'{name}{{charger="{STREET}"}}')
            return {at_s: value for _, points in found for at_s, value in points}

        eventually(lambda: is_delivered(self.bridge), "everything is delivered")
        energies = {to_epoch_s(spans[0][0]): 5000.0, to_epoch_s(spans[1][0]): 2.0}
        eventually(lambda: kept("charging_session_energy_wh") == energies, "both sessions in the database")
        begin_s = to_epoch_s(spans[0][0])
        power = kept("charger_power_power_w")
        starts = range(begin_s, begin_s + ROWS * INTERVAL_S, INTERVAL_S)
        assert [round(power[start_s]) for start_s in starts] == [6600] * ROWS


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_charger_from_elsewhere_charges_through_the_bridge(tmp_path: Path, version: str) -> None:
    """It is on the page, in the database and, whichever version it speaks, once at a central system of 1.6 above.

    That one starts, limits and stops it, and it is never told more than the site may take.
    """

    async def scene() -> None:
        async with AsyncExitStack() as parts:
            victoria = parts.enter_context(VictoriaMetrics(tmp_path / "victoria"))
            csms = await parts.enter_async_context(ForeignCsms())
            site = street(tmp_path)
            site.influx = [{"name": "home", "url": victoria.url, "bucket": "any"}]
            site.more["site_limit"] = {"max_current": LIMIT_A, "raise_after": "10s"}
            report_above(site, csms)
            bridge = parts.enter_context(site.start())
            page = await page_of(bridge)
            options = StationOptions(versions=(version,))
            station = await parts.enter_async_context(ForeignStation(address(site), options))
            assert (await station.boot())["status"] == "Accepted"
            await tell_state(station, "Charging", now())
            journey = Journey(station, csms, bridge, victoria, parts.enter_context(open_tab(page)))
            spans = await journey.charge(), await journey.charge_again()
            await journey.check_above(*spans)
            await journey.check_page()
            journey.check_database(*spans)
            assert max(limits_a(station)) <= LIMIT_A
            assert station.asked("ClearChargingProfile") == []
            for method in ("RemoteStartTransaction", "RemoteStopTransaction"):
                assert len(station.asked(method) + station.asked(method.replace("Remote", "Request"))) == 1
            assert bridge.stop()[0] == 0

    asyncio.run(scene())
