"""Power cuts again and again: the bridge is killed while it fills, delivers and starts, and must end up whole.

As a test it is short; for a night: `python -m tests.journey.chaos --rounds 200 --seed 7`.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from adapters.etrel.simulator import SimulatorOptions
from bridge.types.facts import to_epoch_s
from tests.journey.bridge_process import BridgeProcess
from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site, energies_mwh, kept_energies_mwh, settled_at
from tests.journey.waiting import eventually
from tests.sinks.victoria import VictoriaMetrics

SETTLE_LIMIT_S = 90.0
Rows = dict[tuple[str, str, int], float]
"""(charger, measure, start in epoch seconds) → W"""


def suffer(folder: Path, rounds: int, seed: int, days: int, tell: Callable[[str], object]) -> int:
    """Kill the bridge `rounds` times, let it come to rest, compare; return the number of rows compared.

    One round in eight kills the database too. Raises AssertionError when anything is missing, double or different.
    """
    dice = random.Random(seed)
    until_at = settled_at()
    options = SimulatorOptions(days=days, seed=seed, autonomous=False)
    with SimulatedCharger(options) as charger, VictoriaMetrics(folder / "victoria") as victoria:
        site = Site(folder, influx=[{"name": "home", "url": victoria.url, "bucket": "any"}])
        site.add_charger("garage", charger.url, days=days + 1)
        for number in range(1, rounds + 1):
            moment = dice.choice(_MOMENTS)
            with site.start() as bridge:
                said = moment(site, bridge, dice)
                bridge.kill()
            if number % 8 == 0:
                victoria.kill()
                victoria.start()
                said += ", and the database with it"
            tell(f"{number}/{rounds}: killed {said}; the journal is at {site.last_seq()}")
        return _come_to_rest(site, charger, victoria, until_at)


def _at_start(_: Site, bridge: BridgeProcess, __: random.Random) -> str:
    bridge.page_url()
    return "as soon as it had started"


def _while_filling(site: Site, bridge: BridgeProcess, dice: random.Random) -> str:
    """Kill when the journal has grown by a few entries: each commit of a backfill is one."""
    wanted = site.last_seq() + dice.randint(1, 30)
    _wait(site, bridge, lambda: site.last_seq() >= wanted)
    return f"when the journal had reached {wanted}"


def _while_delivering(site: Site, bridge: BridgeProcess, dice: random.Random) -> str:
    """Kill when some points were delivered; a write holds at most 5000."""
    wanted = dice.randint(1, 12_000)
    _wait(site, bridge, lambda: bridge.get("/health")["sinks"][0]["delivered_points"] >= wanted)
    return f"when {wanted} points were delivered"


_MOMENTS: tuple[Callable[[Site, BridgeProcess, random.Random], str], ...] = (
    _at_start,
    _while_filling,
    _while_filling,
    _while_delivering,
)


def _wait(site: Site, bridge: BridgeProcess, reached: Callable[[], bool]) -> None:
    """Wait until a moment is reached, or everything is done and it never will be."""
    bridge.page_url()
    eventually(lambda: reached() or _is_at_rest(site, bridge), "the moment to kill", SETTLE_LIMIT_S)


def _is_at_rest(site: Site, bridge: BridgeProcess) -> bool:
    sink = bridge.get("/health")["sinks"][0]
    idle = bridge.charger("garage")["backfill"] is None and sink["waiting"] == 0
    return idle and sink["last_delivered_at"] is not None and site.is_complete()


def _come_to_rest(site: Site, charger: SimulatedCharger, victoria: VictoriaMetrics, until_at: datetime) -> int:
    to = until_at.isoformat()
    with site.start() as bridge:
        eventually(lambda: _is_at_rest(site, bridge), "everything filled and delivered", SETTLE_LIMIT_S)
        kept = _kept_rows(site, to)
        eventually(lambda: len(_delivered_rows(victoria, until_at)) >= len(kept), "all rows in the database", 30)
        delivered = _delivered_rows(victoria, until_at)
        assert delivered == kept, f"{len(delivered)} rows in the database, {len(kept)} kept"
        status, _ = bridge.stop()
        assert status == 0
    assert site.is_complete()
    assert kept_energies_mwh(site.export("sessions")) == energies_mwh(charger.log())
    from_at = until_at - timedelta(days=2)
    for measure in ("connector1", "building", "cluster"):
        own = charger.profile(measure, from_at, until_at)
        rows = site.export("power", "--from", from_at.isoformat(), "--to", to)
        held = {row["start_at"]: float(row["power_w"]) for row in rows if row["measure"] == measure}
        assert held.keys() == own.keys()
        assert all(abs(held[start] - kw * 1000) < 0.01 for start, kw in own.items())
    return len(kept)


def _kept_rows(site: Site, to: str) -> Rows:
    return {
        (row["charger"], row["measure"], to_epoch_s(datetime.fromisoformat(row["start_at"]))): float(row["power_w"])
        for row in site.export("power", "--to", to)
    }


def _delivered_rows(victoria: VictoriaMetrics, until_at: datetime) -> Rows:
    rows: Rows = {}
    count = 0
    for labels, points in victoria.export("charger_power_power_w"):
        inside = [(at_s, value) for at_s, value in points if at_s < to_epoch_s(until_at)]
        count += len(inside)
        rows.update(((labels["charger"], labels["measure"], at_s), value) for at_s, value in inside)
    assert count == len(rows), "no row may be there twice"
    return rows


def main() -> int:
    """Run as many rounds as asked for and say what was compared."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=400, help="of history (400)")
    given = parser.parse_args()
    if shutil.which("victoria-metrics") is None and shutil.which("victoria-metrics-prod") is None:
        sys.stderr.write("VictoriaMetrics is not installed (Debian: apt-get install victoria-metrics)\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="chargebridge-chaos-") as folder:
        rows = suffer(Path(folder), given.rounds, given.seed, given.days, lambda line: sys.stdout.write(f"{line}\n"))
    sys.stdout.write(f"whole: {rows} rows are kept and delivered, each once\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
