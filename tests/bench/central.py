"""CPU and memory of a central system of many stations that charge, against the `ocpp` package's own example.

Each station tells its meter values every ten seconds. The bridge checks, keeps, makes rows and sessions of them and
shows them; the package's takes and answers. Who tells is in processes of its own and does not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from tests.bench.central_stations import PLUGGED_S
from tests.bench.ocpp_child import Child
from tests.bench.rounds import NO_TARGET, Comparison, Target, alternate, show_all

LOADS = ((500, 12), (500, 4), (100, 12), (100, 4))
"""stations, and values in each message"""
ROUNDS = 3
SAMPLES = 30
"""in a round: five minutes, so that rows and a commit are among them"""
EVERY_S = 10
_TARGET = Target(1 / 3, 1 / 6)
_MOST = max(LOADS)
_SIDES = ("bridge", "package")


class _Side:
    """A central system and its stations."""

    def __init__(self, name: str, stations: int, values: int, stack: ExitStack) -> None:
        self._told = 0
        self._passed_s = 0
        self._server = stack.enter_context(Child(f"central_{name}", stations))
        self._empty_mb: float = self._server.told["empty_mb"]
        self._stations = stack.enter_context(Child("central_stations", self._server.told["url"], stations, values))
        self._count = stations
        self._pass(PLUGGED_S)

    def tell(self, samples: int) -> float:
        """Let all tell so many samples; return the CPU of the central system in ms per message."""
        began_s = self._pass(0)
        for _ in range(samples):
            self._sample()
            self._pass(EVERY_S)
        return (self._pass(0) - began_s) * 1000 / (samples * self._count)

    def _sample(self) -> None:
        self._stations.ask(self._passed_s)
        self._told += self._count

    def _pass(self, seconds: int) -> float:
        self._passed_s += seconds
        used_s: float = self._server.ask(seconds)["cpu_s"]
        return used_s

    def kb_each(self) -> float:
        """Return the memory that a station takes, in kB."""
        grown_mb: float = self._server.ask(0)["mb"] - self._empty_mb
        return grown_mb * 1000 / self._count

    def check(self) -> None:
        """Raise RuntimeError where not everything arrived: such a figure means nothing."""
        found = self._server.ask(None)["told"]
        if found != self._told:
            raise RuntimeError(f"{self._told} messages were told, and {found} are known of")


def measure(loads: Sequence[tuple[int, int]] = LOADS, rounds: int = ROUNDS, samples: int = SAMPLES) -> list[Comparison]:
    """Compare milliseconds of CPU per MeterValues and kB per station, for each (stations, values in a message)."""
    return [found for stations, values in loads for found in _compare(stations, values, rounds, samples)]


def _compare(stations: int, values: int, rounds: int, samples: int) -> list[Comparison]:
    with ExitStack() as stack:
        ours, package = (_Side(name, stations, values, stack) for name in _SIDES)
        cpu_ms = alternate(lambda: ours.tell(samples), lambda: package.tell(samples), rounds)
        kb = [ours.kb_each()], [package.kb_each()]
        for side in (ours, package):
            side.check()
    target = _TARGET if (stations, values) == _MOST else NO_TARGET
    name = f"the `ocpp` package, {stations}"
    return [
        Comparison(f"MeterValues of {values} values, {stations} stations", name, "ms of CPU each", *cpu_ms, target),
        Comparison(f"memory of {stations} stations that tell {values} values", name, "kB each", *kb),
    ]


def main() -> bool:
    """Run it; True when the first target was met."""
    return show_all(measure())
