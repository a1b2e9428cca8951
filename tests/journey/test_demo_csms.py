from __future__ import annotations

from pathlib import Path

from tests.journey.bridge_process import BridgeProcess
from tests.journey.waiting import eventually


def test_demo_with_a_central_system_shows_two_stations_at_work(tmp_path: Path) -> None:
    """Both stations boot; one tells yesterday's sessions, the other is started and limited from afar."""
    with BridgeProcess(["demo", "--csms", "--port", "0", "--data-dir", str(tmp_path / "data")], tmp_path) as demo:
        demo.page_url(15.0)
        demo.said(r"GARAGE-1 StopTransaction transactionId=\d+ .*meterStop=\d+", 60.0)
        demo.said(r"CARPORT-1 answers RemoteStartTransaction: Accepted", 60.0)
        demo.said(r"CARPORT-1 StartTransaction connectorId=1 idTag=DEMO", 60.0)
        demo.said(r"CARPORT-1 answers SetChargingProfile: Accepted", 60.0)
        eventually(lambda: demo.charger("carport")["connectors"][0]["current_offered_a"] == 16.0, "16 A at the charger")
        uplinks = [demo.charger(name)["uplinks"][0] for name in ("garage", "carport")]
        assert [(uplink["state"], uplink["error"], uplink["dead_letters"]) for uplink in uplinks] == [
            ("online", None, 0)
        ] * 2
        assert demo.stop()[0] == 0
