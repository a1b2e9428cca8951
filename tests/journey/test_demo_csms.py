from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime
from pathlib import Path

from tests.journey.bridge_process import BridgeProcess
from tests.journey.waiting import eventually

STATIONS = 4
_ENDED = re.compile(r"^CSMS {2}session of garage in (\S+) (\S+) to (\S+), (\d+) to (\d+) Wh: (\d+) Wh$", re.MULTILINE)
_BEGAN = re.compile(r"^CSMS {2}session of carport in (\S+) began (\S+) at (\d+) Wh$", re.MULTILINE)


def told(demo: BridgeProcess, sought: re.Pattern[str]) -> dict[str, set[tuple[str, ...]]]:
    """Return what the central system has heard of sessions, by the version of OCPP."""
    found = defaultdict(set)
    for version, *facts in sought.findall(demo.stdout):
        found[version].add(tuple(facts))
    return found


def logged(demo: BridgeProcess) -> set[tuple[datetime, datetime, float]]:
    """Return (start, end, Wh) of the sessions that the page tells of the garage and that have ended."""
    sessions = demo.get("/api/v1/sessions", charger="garage")["sessions"]
    return {
        (datetime.fromisoformat(one["started_at"]), datetime.fromisoformat(one["ended_at"]), one["energy_wh"])
        for one in sessions
        if one["ended_at"] is not None
    }


def test_demo_with_a_central_system_tells_each_session_in_both_versions(tmp_path: Path) -> None:
    """1.6 and 2.0.1 tell the same sessions with the same times and Wh, and they are those of the page.

    One charger tells yesterday's sessions; the other is started and limited from afar in 2.0.1.
    """
    with BridgeProcess(["demo", "--csms", "--port", "0", "--data-dir", str(tmp_path / "data")], tmp_path) as demo:
        demo.page_url(15.0)
        for station, version in (
            ("GARAGE-1", "2.0.1"),
            ("GARAGE-2", "1.6"),
            ("CARPORT-1", "2.0.1"),
            ("CARPORT-2", "1.6"),
        ):
            demo.said(rf"{station} speaks OCPP {version}", 60.0)
        demo.said(r"GARAGE-1 TransactionEvent eventType=Ended", 60.0)
        demo.said(r"GARAGE-2 StopTransaction ", 60.0)
        demo.said(r"session of garage the same in ", 60.0)

        def settled() -> set[tuple[str, ...]]:
            ended = told(demo, _ENDED)
            return ended["1.6"] if ended["1.6"] == ended["2.0.1"] else set()

        same = eventually(settled, "the same sessions in both versions", 60.0)
        for began, ended, start_wh, stop_wh, taken_wh in same:
            assert int(stop_wh) - int(start_wh) == int(taken_wh) > 0
            span = datetime.fromisoformat(began), datetime.fromisoformat(ended)
            (energy_wh,) = (wh for *at, wh in logged(demo) if tuple(at) == span)
            assert abs(energy_wh - int(taken_wh)) < 1, "a register in whole Wh lies less than one below"

        demo.said(r"CARPORT-1 answers RequestStartTransaction: Accepted", 60.0)
        demo.said(r"CARPORT-1 answers SetChargingProfile: Accepted", 60.0)
        eventually(lambda: demo.charger("carport")["connectors"][0]["current_offered_a"] == 16.0, "16 A at the charger")
        eventually(lambda: len(told(demo, _BEGAN)) == 2, "the session at the carport in both versions")
        begun = told(demo, _BEGAN)
        assert begun["1.6"] == begun["2.0.1"]

        uplinks = [uplink for name in ("garage", "carport") for uplink in demo.charger(name)["uplinks"]]
        assert [(uplink["state"], uplink["error"], uplink["dead_letters"]) for uplink in uplinks] == [
            ("online", None, 0)
        ] * STATIONS
        for defect in ("NOT the same", "lacks what lies between", "after its end", "is not what OCPP allows"):
            assert defect not in demo.stdout
        assert demo.stop()[0] == 0
