from __future__ import annotations

import re
from datetime import datetime

from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site
from tests.sinks.victoria import free_port


def test_what_the_charger_lacks_is_asked_for_once(site: Site, charger: SimulatedCharger) -> None:
    """Intervals before the charger's birth are noted as not to be had; `--ask-again` asks for them once more."""
    site.add_charger("garage", charger.url, days=30)

    def asked(*arguments: str) -> int:
        before = charger.asked("/api/powerProfile")
        assert site.command("backfill", *arguments).status == 0
        return charger.asked("/api/powerProfile") - before

    assert asked() >= 31
    assert asked() == 0
    assert 24 <= asked("--ask-again") <= 28


def test_a_dead_charger_does_not_keep_the_next_from_being_filled(site: Site, charger: SimulatedCharger) -> None:
    """Each charger is filled for itself; the status is 1 because one could not be."""
    site.add_charger("dead", f"http://127.0.0.1:{free_port()}")
    site.add_charger("garage", charger.url)
    done = site.command("backfill")
    assert done.status == 1
    assert re.search(r"dead \(config\.yaml:\d+\): .*refused", done.stderr)
    assert "not complete; see `chargebridge verify`" in done.stdout
    assert site.is_complete_for("garage")()


def test_sessions_carry_the_charger_s_own_words(site: Site, charger: SimulatedCharger) -> None:
    """What is kept of each session is what the charger's log says: times to the microsecond, power, reason, card."""
    site.add_charger("garage", charger.url, days=6)
    assert site.command("backfill").status == 0
    own = {str(row["chargingSessionId"]): row for row in charger.log()}
    rows = site.export("sessions")
    assert {row["session_id"] for row in rows} == own.keys()
    for row in rows:
        told = own[row["session_id"]]
        assert datetime.fromisoformat(row["started_at"]).replace(tzinfo=None) == _micro(told["chargingStartedTime"])
        assert datetime.fromisoformat(row["ended_at"]).replace(tzinfo=None) == _micro(told["chargingEndedTime"])
        assert abs(float(row["max_power_w"]) - told["maxSessionPower"] * 1000) < 0.01
        assert row["stop_reason_raw"] == told["chargingSessionStopReason"]
        assert row["id_token"] == told["identificationCode"]
        assert int(row["connector_id"]) == told["connectorId"]


def _micro(text: str) -> datetime:
    """Read the charger's time, which has up to seven digits of a second, to the microsecond."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}")
