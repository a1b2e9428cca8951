from __future__ import annotations

import pytest

from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site, energies_mwh, kept_energies_mwh
from tests.journey.waiting import eventually


@pytest.mark.parametrize(("from_byte", "length"), [(0, 100), (4096, 40_000)], ids=["head", "inside"])
def test_a_damaged_store_is_set_aside_and_fetched_again(
    site: Site, charger: SimulatedCharger, from_byte: int, length: int
) -> None:
    """`run` keeps the damaged file under another name, says so in log and page, and ends up whole again."""
    site.add_charger("garage", charger.url, days=6)
    assert site.command("backfill", "--until-complete").status == 0
    with site.store_file.open("r+b") as file:
        file.seek(from_byte)
        file.write(b"\xa5" * length)
    damaged = site.store_file.read_bytes()
    refused = site.command("verify")
    assert refused.status == 1
    assert "damaged" in refused.stderr
    assert "Start `chargebridge run`" in refused.stderr
    with site.start() as bridge:
        told = bridge.said(r"ERROR   (.*the store was damaged.*)$")[1]
        assert str(site.store_file) in told
        assert "everything that the chargers still have is fetched again" in told
        health = bridge.get("/health")
        assert (health["status"], health["notes"]["store file"]) == ("degraded", told)
        eventually(site.is_complete, "all history")
        assert bridge.stop()[0] == 0
    assert kept_energies_mwh(site.export("sessions")) == energies_mwh(charger.log())
    aside = [path for path in site.data_dir.iterdir() if ".damaged-" in path.name and path.name.endswith("Z")]
    assert [path.read_bytes() == damaged for path in aside] == [True], "nothing is thrown away"
    assert aside[0].name in told
