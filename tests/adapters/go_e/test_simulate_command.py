from __future__ import annotations

import signal
from pathlib import Path

import httpx
import pytest

from tests.journey.bridge_process import BridgeProcess, run_command


def test_a_simulated_charger_answers_and_stops(tmp_path: Path) -> None:
    """`simulate go-e` says where it answers, obeys, and ends at once on SIGTERM with status 0."""
    with BridgeProcess(["simulate", "go-e", "--port", "0", "--driven", "--seed", "4"], tmp_path) as process:
        url = process.said(r"answers at (http://\S+) ")[1]
        with httpx.Client(base_url=url, trust_env=False) as client:
            assert client.post("/_control/plug_in").json()["power_w"] == 11_040
            assert client.get("/api/set?frc=1").json() == {"frc": True}
            assert client.get("/api/status?filter=car,alw").json() == {"car": 4, "alw": False}
        stopped, took_s = process.stop(signal.SIGTERM)
    assert (stopped, took_s < 2) == (0, True), took_s


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        (["--connectors", "2"], "has one connector"),
        (["--email", "me@example.org", "--password", "secret"], "has no login"),
        (["--speed", "0"], "speed above 0"),
        (["--host", "192.0.2.1"], "192.0.2.1:0: cannot listen there"),
    ],
    ids=["two connectors", "an account", "standing still", "not our address"],
)
def test_what_cannot_be_simulated_is_told(arguments: list[str], seen: str) -> None:
    """What this charger does not have, and what the machine does not allow, ends with status 1 and a sentence."""
    done = run_command("simulate", "go-e", "--port", "0", *arguments)
    assert (done.status, done.stdout) == (1, "")
    assert seen in done.stderr
