from __future__ import annotations

from pathlib import Path

from tests.journey.chaos import suffer
from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site, energies_mwh, kept_energies_mwh
from tests.journey.waiting import eventually


def test_after_eight_power_cuts_everything_is_kept_and_delivered_once(tmp_path: Path) -> None:
    """Killed while starting, filling and delivering, the bridge ends up whole, and so does the database."""
    said: list[str] = []
    rows = suffer(tmp_path, rounds=8, seed=3, days=150, tell=said.append)
    assert rows > 3 * 288 * 149
    assert len(said) == 8


def test_a_backfill_by_hand_that_is_killed_goes_on_where_it_was(site: Site, charger: SimulatedCharger) -> None:
    """`backfill` killed after its first commit and started again completes, and asks for no whole day twice."""
    site.add_charger("garage", charger.url, days=6)
    with site.start("backfill") as backfill:
        eventually(lambda: site.last_seq() > 0 or backfill.status is not None, "a first commit")
        backfill.kill()
    assert site.command("backfill", "--until-complete").status == 0
    assert site.verify()["complete"] is True
    asked = charger.asked("/api/powerProfile")
    assert site.command("backfill").status == 0
    assert charger.asked("/api/powerProfile") == asked, "nothing is missing, nothing is asked"
    assert kept_energies_mwh(site.export("sessions")) == energies_mwh(charger.log())
