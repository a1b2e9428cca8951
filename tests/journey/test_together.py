from __future__ import annotations

from contextlib import ExitStack

from adapters.etrel.simulator import SimulatorOptions
from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site, energies_mwh, kept_energies_mwh, settled_at


def test_all_commands_work_at_once_on_one_store(site: Site) -> None:
    """While `run` fills an empty store, backfill, check, verify and export work beside it, and nothing is lost."""
    until_at = settled_at()
    with SimulatedCharger(SimulatorOptions(days=60, seed=4)) as charger, ExitStack() as processes:
        site.add_charger("garage", charger.url, days=61)
        bridge = processes.enter_context(site.start())
        bridge.page_url()
        lines = [("backfill", "--until-complete"), ("check",), ("export", "power"), ("export", "sessions")]
        others = [processes.enter_context(site.start(*line)) for line in [*lines, ("verify",), *lines, ("verify",)]]
        statuses = [other.wait() for other in others]
        assert statuses[:4] == statuses[5:9] == [0, 0, 0, 0], [other.stderr for other in others]
        assert {statuses[4], statuses[9]} <= {0, 1}, "verify only tells what is missing at that moment"
        assert site.verify()["complete"] is True
        assert kept_energies_mwh(site.export("sessions")) == energies_mwh(charger.log())
        from_at = until_at.replace(hour=0, minute=0)
        rows = site.export("power", "--from", from_at.isoformat(), "--to", until_at.isoformat())
        kept = {row["start_at"] for row in rows if row["measure"] == "building"}
        assert kept == charger.profile("building", from_at, until_at).keys()
        assert bridge.stop()[0] == 0
        assert "ERROR" not in bridge.stderr


def test_a_second_run_on_the_same_data_is_refused(site: Site, charger: SimulatedCharger) -> None:
    """The second `run` ends with status 1 and says what to do; the first goes on undisturbed."""
    site.add_charger("garage", charger.url)
    with site.start() as first:
        polls = first.charger("garage")["polls"]
        second = site.command("run")
        assert second.status == 1
        assert str(site.data_dir) in second.stderr
        assert "another `chargebridge run` already uses this data_dir" in second.stderr
        assert "Stop that one first" in second.stderr
        assert first.charger("garage")["polls"] >= polls
        assert first.stop()[0] == 0
    with site.start() as again:
        assert again.page_url(), "and once the first has gone, the place is free"
