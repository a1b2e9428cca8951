from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from tests.journey.bridge_process import BridgeProcess
from tests.journey.waiting import eventually

STATIONS = {"GARAGE-1": "2.0.1", "GARAGE-2": "1.6", "CARPORT-1": "2.0.1", "CARPORT-2": "1.6"}
_ENDED = re.compile(r"^CSMS {2}(GARAGE-\d) session (\S+) to (\S+), (\d+) to (\d+) Wh: (\d+) Wh$", re.MULTILINE)
_BEGAN = re.compile(r"^CSMS {2}(CARPORT-\d) session began (\S+) at (\d+) Wh$", re.MULTILINE)
_OPERATOR = re.compile(r"^The operator, .* page of its own: (http://\S+)$", re.MULTILINE)


def told(demo: BridgeProcess, sought: re.Pattern[str]) -> dict[str, set[tuple[str, ...]]]:
    """Return what the operator has heard of sessions, by the version of OCPP."""
    found = defaultdict(set)
    for station, *facts in sought.findall(demo.stdout):
        found[STATIONS[station]].add(tuple(facts))
    return found


def settled(demo: BridgeProcess) -> set[tuple[str, ...]]:
    """Return the sessions of the garage that have ended, once both versions have told the same."""
    ended = told(demo, _ENDED)
    return ended["1.6"] if ended["1.6"] == ended["2.0.1"] else set()


def operators(demo: BridgeProcess, path: str) -> Any:
    """Return the JSON of an endpoint of the operator's page."""
    answer = httpx.get(f"{demo.said(_OPERATOR.pattern)[1]}{path}", trust_env=False, timeout=30)
    answer.raise_for_status()
    return answer.json()


def carport_charges(said: Any) -> bool:
    """Tell whether both stations of the carport charge, by the operator's page."""
    cards = [card for card in said["chargers"] if card["id"].startswith("carport")]
    return all(card["connectors"][0]["status"] == "Charging" for card in cards)


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

    One charger tells yesterday's sessions; the other is started and limited from afar in 2.0.1. The operator is a
    bridge, too, with the stations on its page.
    """
    with BridgeProcess(["demo", "--csms", "--port", "0", "--data-dir", str(tmp_path / "data")], tmp_path) as demo:
        demo.page_url(15.0)
        for station, version in STATIONS.items():
            demo.said(rf"^CSMS  {station} speaks OCPP {version}$", 60.0)
        demo.said(r"^CSMS  garage tells the same session in ", 60.0)

        same = eventually(lambda: settled(demo), "the same sessions in both versions", 60.0)
        for began, ended, start_wh, stop_wh, taken_wh in same:
            assert int(stop_wh) - int(start_wh) == int(taken_wh) > 0
            span = datetime.fromisoformat(began), datetime.fromisoformat(ended)
            (energy_wh,) = (wh for *at, wh in logged(demo) if tuple(at) == span)
            assert abs(energy_wh - int(taken_wh)) < 1, "a register in whole Wh lies less than one below"

        demo.said(r"^CSMS  CARPORT-1 RemoteStartTransaction connectorId=1 idTag=DEMO for demo: done", 60.0)
        demo.said(r"^CSMS  CARPORT-1 limit_current connector_id=1 limit_a=16\.0 for demo: done$", 60.0)
        eventually(lambda: demo.charger("carport")["connectors"][0]["current_offered_a"] == 16.0, "16 A at the charger")
        eventually(lambda: len(told(demo, _BEGAN)) == 2, "the session at the carport in both versions")
        begun = told(demo, _BEGAN)
        assert begun["1.6"] == begun["2.0.1"]

        uplinks = [uplink for name in ("garage", "carport") for uplink in demo.charger(name)["uplinks"]]
        assert [(uplink["state"], uplink["error"], uplink["dead_letters"]) for uplink in uplinks] == [
            ("online", None, 0)
        ] * len(STATIONS)
        cards = {card["id"]: card for card in operators(demo, "/api/v1/chargers")["chargers"]}
        assert {name.upper() for name in cards} == set(STATIONS)
        assert all(card["error"] is None for card in cards.values())
        eventually(
            lambda: carport_charges(operators(demo, "/api/v1/chargers")), "the carport charges on the operator's page"
        )
        assert "NOT the same" not in demo.stdout
        status, took_s = demo.stop()
        assert (status, took_s < 2) == (0, True), took_s


def test_demo_with_a_central_system_goes_on_with_kept_data(tmp_path: Path) -> None:
    """A second demo on the same data tells nothing twice, and the charger that obeys is started again."""
    arguments = ["demo", "--csms", "--port", "0", "--data-dir", str(tmp_path / "data")]
    with BridgeProcess(arguments, tmp_path) as demo:
        past = eventually(lambda: settled(demo), "the past sessions in both versions", 60.0)
        eventually(lambda: len(told(demo, _BEGAN)) == 2, "the session at the carport in both versions", 60.0)
        assert demo.stop()[0] == 0
    with BridgeProcess(arguments, tmp_path) as demo:
        eventually(lambda: len(told(demo, _BEGAN)) == 2, "another session at the carport", 60.0)
        assert all(past.isdisjoint(ended) for ended in told(demo, _ENDED).values())
        assert "NOT the same" not in demo.stdout
        assert demo.stop()[0] == 0
