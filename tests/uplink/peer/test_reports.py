from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridge.types.ocpp.provisioning.edition import Edition
from bridge.types.ocpp.provisioning.sending import to_peer
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.station import Station
from bridge.uplink.v2.reports import report_data
from tests.uplink.chaos.day import BEGIN_AT, Day
from tests.uplink.chaos.life import IDENTITY, Life, Watching
from tests.uplink.chaos.swift_loop import LoopClock, run_swiftly
from tests.uplink.peer.csms import Csms

_NEVER = 10**6
_MOVING = {"DateTime", "TimeOffset"}


def named(told: dict[str, Any]) -> str:
    """Return a reported variable's place as a text."""
    return repr((told["component"], told["variable"]))


def model_of(station: Station, edition: Edition) -> dict[str, Any]:
    """Return the whole device model of a station as a report would say it, but for what moves with the time."""
    said = [to_peer(report_data(variable, edition), edition) for variable in station.device_model.variables()]
    return {named(one): one for one in said if one["variable"]["name"] not in _MOVING}


@pytest.mark.parametrize("edition", [OcppVersion.V201, OcppVersion.V21], ids=str)
def test_a_report_put_together_is_the_device_model(tmp_path: Path, edition: Edition) -> None:
    """All parts of the full inventory, in their order, are every variable of the station, exactly once."""

    async def scene() -> None:
        clock, day = LoopClock(BEGIN_AT), Day(4)
        async with Csms(version=edition.value, now=clock.now) as csms:
            life = Life(tmp_path, csms.url, day, Watching(60.0, ()), clock, None, "0", version=edition.value)
            ledger = csms.ledger(IDENTITY)
            await csms.wait_until(lambda: ledger.status(1) is not None, _NEVER)
            await clock.sleep(3600)  # what the charger measures is known, and a vehicle has charged
            answer = await csms.call(IDENTITY, "GetBaseReport", {"requestId": 7, "reportBase": "FullInventory"})
            assert answer == {"status": "Accepted"}
            parts = ledger.said("NotifyReport")
            await csms.wait_until(
                lambda: any(not part.get("tbc", False) for part in ledger.said("NotifyReport")), _NEVER
            )
            parts = ledger.said("NotifyReport")
            assert [part["seqNo"] for part in parts] == list(range(len(parts)))
            told = [one for part in parts for one in part["reportData"]]
            by_name = {named(one): one for one in told if one["variable"]["name"] not in _MOVING}
            assert len({named(one) for one in told}) == len(told)
            assert by_name == model_of(life.built.uplink.station, edition)
            assert csms.violations == []
            await csms.stop(abruptly=True)
            await life.end()

    run_swiftly(scene())
