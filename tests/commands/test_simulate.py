from __future__ import annotations

import signal
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.journey.blackhole import blackhole
from tests.journey.bridge_process import BridgeProcess, run_command


def test_a_simulated_charger_answers_and_stops(tmp_path: Path) -> None:
    """`simulate etrel` says where it answers, wants its login, and ends at once on SIGTERM with status 0."""
    account = ["--email", "me@example.org", "--password", "secret"]
    with BridgeProcess(
        ["simulate", "etrel", "--port", "0", "--days", "2", "--seed", "4", *account], tmp_path
    ) as process:
        url = process.said(r"answers at (http://\S+) ")[1]
        with httpx.Client(base_url=url, trust_env=False) as client:
            assert client.get("/api/generalStatus/").status_code == 401
            form = {"email": "me@example.org", "password": "secret"}
            token = client.post("/api/webOperatorLogin", data=form).json()["token"]
            status = client.get("/api/generalStatus/", headers={"authorization": f"Bearer {token}"})
            assert status.status_code == 200
        stopped, took_s = process.stop(signal.SIGTERM)
    assert (stopped, took_s < 2) == (0, True), took_s
    assert "secret" not in process.stdout + process.stderr


def test_the_same_seed_is_the_same_charger(tmp_path: Path) -> None:
    """Two processes with one seed name the same serial number, another seed another."""
    assert _serial(tmp_path, 4) == _serial(tmp_path, 4) != _serial(tmp_path, 5)


def _serial(folder: Path, seed: int) -> str:
    arguments = ["simulate", "etrel", "--port", "0", "--days", "0", "--seed", str(seed), "--token", "open"]
    with BridgeProcess(arguments, folder) as process:
        url = process.said(r"answers at (http://\S+) ")[1]
        answer = httpx.get(f"{url}/api/systemInformation", headers={"authorization": "Bearer open"}, trust_env=False)
        assert answer.status_code == 200
        return answer.text


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        (["--email", "me@example.org"], "email and password come together"),
        (["--speed", "0"], "speed above 0"),
        (["--connectors", "0"], "connectors and connectors_per_evse at least 1"),
        (["--host", "192.0.2.1"], "192.0.2.1:0: cannot listen there"),
    ],
    ids=["half an account", "standing still", "no connector", "not our address"],
)
def test_what_cannot_be_simulated_is_told(arguments: list[str], seen: str) -> None:
    """Flags that contradict each other or the machine end with status 1 and a sentence."""
    done = run_command("simulate", "etrel", "--port", "0", *arguments)
    assert (done.status, done.stdout) == (1, "")
    assert seen in done.stderr


def test_a_taken_port_is_told() -> None:
    """A second simulator on one port ends with status 1 and names the port."""
    with blackhole() as other:
        port = urlsplit(other).port
        done = run_command("simulate", "etrel", "--port", str(port))
    assert done.status == 1
    assert f"127.0.0.1:{port}: cannot listen there" in done.stderr
    assert "Choose another --port" in done.stderr
