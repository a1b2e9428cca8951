from __future__ import annotations

from adapters.etrel.simulator import FaultKind
from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site
from tests.sinks.victoria import free_port


def test_table_and_json_tell_the_same_and_add_up(site: Site, charger: SimulatedCharger) -> None:
    """Present, not to be had and missing add up to expected; both forms show the same numbers and status 0."""
    site.add_charger("garage", charger.url, days=10)
    assert site.command("backfill", "--until-complete").status == 0
    found = site.verify()
    table = site.command("verify")
    assert table.status == 0
    assert table.stdout.splitlines()[-1] == "complete"
    assert [series["measure"] for series in found["series"]] == ["connector1", "cluster", "building"]
    for series in found["series"]:
        assert series["present"] + series["not_to_be_had"] + series["missing"] == series["expected"]
        assert series["missing"] == 0
        assert series["not_to_be_had"] >= 4 * 288, "the charger is younger than what was asked for"
        line = next(line for line in table.stdout.splitlines() if f" {series['measure']} " in line)
        numbers = [int(word.replace(",", "")) for word in line.split()[2:]]
        keys = ("expected", "present", "filled_later", "not_to_be_had", "missing")
        assert numbers == [series[key] for key in keys]
    kept = len(charger.log())
    assert found["sessions"] == [
        {"charger": "garage", "kept": kept, "running": 0, "flagged": found["sessions"][0]["flagged"]}
    ]
    assert f"garage: {kept} sessions, 0 running" in table.stdout


def test_a_hole_is_found_and_named(site: Site, charger: SimulatedCharger) -> None:
    """While some days could not be read the status is 1, their intervals are missing, and the way out is named."""
    site.add_charger("garage", charger.url, days=4)
    charger.fail(FaultKind.INVALID_JSON, path="/api/powerProfile", times=3)
    try:
        assert site.command("backfill").status == 1
    finally:
        charger.heal()
    table = site.command("verify")
    assert table.status == 1
    assert "not complete: `chargebridge backfill` fetches what is missing" in table.stdout
    missing = [series["missing"] for series in site.verify()["series"]]
    assert all(0 < count <= 288 for count in missing), missing
    assert site.command("backfill").status == 0
    assert site.verify()["complete"] is True


def test_a_charger_never_heard_is_not_complete(site: Site, charger: SimulatedCharger) -> None:
    """A charger of which nothing was ever read is named, though it has no line in the table."""
    site.add_charger("garage", charger.url)
    site.add_charger("carport", f"http://127.0.0.1:{free_port()}")
    assert site.command("backfill", "--charger", "garage").status == 0
    done = site.command("verify")
    assert done.status == 1
    assert "carport: nothing was ever read; see `chargebridge check`" in done.stdout
