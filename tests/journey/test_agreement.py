from __future__ import annotations

import json
from datetime import datetime, timedelta

import httpx

from adapters.etrel.simulator import SimulatorOptions
from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site, energies_mwh, kept_energies_mwh, settled_at
from tests.journey.waiting import eventually


def test_command_api_and_charger_agree_to_the_letter(site: Site) -> None:
    """`export` and the API give the same rows, in JSON and in CSV, and they are the charger's own."""
    until_at = settled_at()
    span = {"from": f"{until_at - timedelta(days=5):%Y-%m-%dT%H:%M:%SZ}", "to": f"{until_at:%Y-%m-%dT%H:%M:%SZ}"}
    flags = ("--from", span["from"], "--to", span["to"])
    options = SimulatorOptions(days=6, seed=8, connectors=2, autonomous=False)
    with SimulatedCharger(options) as charger:
        site.add_charger("garage", charger.url, days=4)
        with site.start() as bridge:
            eventually(site.is_complete, "all history")
            power = bridge.get("/api/v1/power", **span, resolution="5min")["rows"]
            done = site.command("export", "power", *flags, "--format", "jsonl")
            assert [json.loads(line) for line in done.stdout.splitlines()] == power
            sessions = bridge.get("/api/v1/sessions", **{"from": "2020-01-01"})["sessions"]
            done = site.command("export", "sessions", "--format", "jsonl")
            assert [json.loads(line) for line in done.stdout.splitlines()] == sessions[::-1]
            url = f"{bridge.page_url()}/api/v1/power"
            query = {**span, "resolution": "5min", "format": "csv"}
            downloaded = httpx.get(url, params=query, trust_env=False).text
            exported = site.command("export", "power", *flags).stdout
            assert downloaded.splitlines() == exported.splitlines()
            assert bridge.stop()[0] == 0
        measures = dict.fromkeys(row["measure"] for row in power)
        assert set(measures) == {"connector1", "connector2", "building", "cluster"}
        first_at = min(row["start_at"] for row in power)
        for measure in measures:
            own = charger.profile(measure, datetime.fromisoformat(first_at), until_at)
            kept = {row["start_at"]: row["power_w"] for row in power if row["measure"] == measure}
            assert kept.keys() == own.keys()
            assert all(abs(kept[start] - own_kw * 1000) < 0.01 for start, own_kw in own.items())
        own_log = energies_mwh(row for row in charger.log() if row["chargingStartedTime"] >= first_at[:19])
        assert kept_energies_mwh(site.export("sessions")) == own_log


def test_energies_add_up_to_the_difference_of_the_meter(site: Site) -> None:
    """Over any run of sessions the energies add up to the register's last reading less its first."""
    with SimulatedCharger(SimulatorOptions(days=40, seed=9, autonomous=False)) as charger:
        site.add_charger("garage", charger.url, days=40)
        assert site.command("backfill", "--until-complete").status == 0
        rows = [row for row in site.export("sessions") if row["energy_wh"]]
        assert len(rows) > 10
        starts = [round(float(row["meter_start_wh"]) * 1000) for row in rows]
        stops = [round(float(row["meter_stop_wh"]) * 1000) for row in rows]
        assert starts[1:] == stops[:-1], "the meter does not run between sessions"
        energies = [round(float(row["energy_wh"]) * 1000) for row in rows]
        assert sum(energies) == stops[-1] - starts[0]
