from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.journey.blackhole import blackhole
from tests.journey.bridge_process import BridgeProcess, run_command
from tests.journey.waiting import eventually

READY_LIMIT_S = 15.0
DAYS = 14


def test_demo_shows_two_weeks_within_seconds(tmp_path: Path) -> None:
    """Within 15 s the page answers, and soon it has 14 days of two chargers that went through the real adapter."""
    with BridgeProcess(["demo", "--port", "0", "--data-dir", str(tmp_path / "data")], tmp_path) as demo:
        url = demo.page_url(READY_LIMIT_S)
        page = httpx.get(url, trust_env=False)
        assert page.status_code == 200
        assert "<html" in page.text

        def rows() -> int:
            span = {"from": f"{first_at[:10]}T00:00:00Z", "resolution": "5min", "measure": "building"}
            return len(demo.get("/api/v1/power", **span)["rows"])

        first_at = eventually(
            lambda: min((s["started_at"] for s in demo.get("/api/v1/sessions")["sessions"]), default=""), "sessions"
        )
        eventually(lambda: demo.charger("garage")["health"] == "normal", "the first poll")
        eventually(lambda: rows() > 2 * 288 * (DAYS - 2), "the power of two chargers")
        chargers = demo.get("/api/v1/chargers")["chargers"]
        assert [charger["error"] for charger in chargers] == [None, None]
        status, took_s = demo.stop()
        assert (status, took_s < 2) == (0, True), took_s
        assert (tmp_path / "data" / "chargebridge.sqlite").exists()


def test_demo_without_a_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    """Its data goes where temporary things go, is named, and is gone after the end."""
    with BridgeProcess(["demo", "--port", "0"], tmp_path) as demo:
        folder = Path(demo.said(r"The data lies in (\S+)\. ")[1])
        assert folder.is_relative_to(tempfile.gettempdir())
        assert folder.exists()
        assert demo.stop()[0] == 0
    assert not folder.exists()


def test_demo_on_a_taken_port_says_which(tmp_path: Path) -> None:
    """A demo without its page is none: it ends with status 1 and a sentence."""
    with blackhole() as other:
        port = urlsplit(other).port
        done = run_command("demo", "--port", str(port), "--data-dir", str(tmp_path / "data"))
    assert done.status == 1
    assert f"another program listens on port {port}" in done.stderr
