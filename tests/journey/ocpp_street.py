"""A charger of another project's make, a whole bridge in a process of its own, and what stands around them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from bridge.types.facts import to_rfc3339
from tests.central.foreign.station import IDENTITY, ForeignStation
from tests.journey.bridge_process import BridgeProcess
from tests.journey.site import Site, now
from tests.sinks.victoria import free_port
from tests.uplink.foreign.csms import ForeignCsms
from tests.uplink.foreign.events import Params
from tests.web.clicking import Tab

STREET = "street"
ABOVE = "HOME-7"
"""how the central system above knows the charger"""
LIMIT_A = 16.0
"""of the site"""


def street(folder: Path, *, charger: bool = True, **central: Any) -> Site:
    """Return a site whose only charger, if any, connects by itself; `central` is more of that section."""
    site = Site(folder, more={"central": {"host": "127.0.0.1", "port": free_port(), **central}})
    if charger:
        site.chargers.append({"id": STREET, "type": "ocpp", "identity": IDENTITY, "poll": "1s"})
    return site


def report_above(site: Site, csms: ForeignCsms) -> None:
    """Pass the charger on to a central system that may command it, with the sessions of yesterday too."""
    since = (now() - timedelta(days=1)).date()
    above = {"name": "employer", "url": csms.url, "identity": ABOVE, "control": True, "since": since}
    site.chargers[0]["ocpp"] = [above]


def address(site: Site, key: str = "port") -> str:
    """Return where stations connect, without their identity."""
    return f"{'wss' if key == 'tls_port' else 'ws'}://127.0.0.1:{site.more['central'][key]}"


async def page_of(bridge: BridgeProcess) -> str:
    """Wait until a bridge has its page, and return where; stations can connect by then."""
    return await asyncio.to_thread(bridge.page_url)


def is_delivered(bridge: BridgeProcess) -> bool:
    """Tell whether nothing waits for the database any more."""
    (sink,) = bridge.get("/health")["sinks"]
    return sink["waiting"] == 0 and sink["error"] is None and sink["last_delivered_at"] is not None


async def see(tab: Tab, expression: str) -> Any:
    """Return the first true value of an expression in the page, which meanwhile looks at the bridge twice a second."""
    looks = "(window.looked = Date.now(), document.dispatchEvent(new Event('visibilitychange')))"
    again = f"Date.now() - (window.looked ?? 0) > 500 && {looks}"
    return await asyncio.to_thread(tab.wait_for, f"({again}, ({expression}))")


def card_says(*words: str) -> str:
    """Return an expression that is the text of the charger's card once all these words are in it."""
    text = f"(document.querySelector('[data-charger={STREET}]')?.innerText ?? '')"
    return f"[{', '.join(repr(word) for word in words)}].every((word) => {text}.includes(word)) && {text}"


def limits_a(station: ForeignStation) -> list[float]:
    """Return every limit that the station was ever told, in A, in order."""
    schedules: list[Params] = []
    for told in station.asked("SetChargingProfile"):
        profile = told["chargingProfile" if station.is_v2 else "csChargingProfiles"]
        schedules += profile["chargingSchedule"] if station.is_v2 else [profile["chargingSchedule"]]
    assert {schedule["chargingRateUnit"] for schedule in schedules} <= {"A"}
    return [period["limit"] for schedule in schedules for period in schedule["chargingSchedulePeriod"]]


def limit_of(limit_a: float) -> Params:
    """Return a SetChargingProfile of 1.6 that limits whatever charges at connector 1."""
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit_a}]}
    profile = {
        "chargingProfileId": 7,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {**schedule, "startSchedule": to_rfc3339(now() - timedelta(minutes=1))},
    }
    return {"connectorId": 1, "csChargingProfiles": profile}
