"""CPU and memory of OCPP stations in one process, against the `ocpp` package's own ChargePoint with its defaults."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.types.ocpp.version import OcppVersion
from tests.bench.ocpp_child import Child
from tests.bench.ocpp_csms import METERED, VALUES
from tests.bench.ocpp_site import READINGS
from tests.bench.rounds import NO_TARGET, Comparison, Target, alternate, show_all

STATIONS = (100, 500)
ROUNDS = 5
SAMPLES = 3
_VALUES_EACH = 8
_MESSAGES = {OcppVersion.V16: "MeterValues", OcppVersion.V201: "TransactionEvent"}
_TARGET = Target(1 / 3, 1 / 6)


def measure(
    stations: Sequence[int] = STATIONS,
    rounds: int = ROUNDS,
    samples: int = SAMPLES,
    readings: int = READINGS,
    version: OcppVersion = OcppVersion.V16,
) -> list[Comparison]:
    """Compare milliseconds of CPU per message with values and kB per station, for each number of stations.

    `readings` are kept of each station for one sample.
    """
    return [comparison for count in stations for comparison in _compare(count, rounds, samples, readings, version)]


def _compare(count: int, rounds: int, samples: int, readings: int, version: OcppVersion) -> list[Comparison]:
    told = count * samples
    with (
        Child("ocpp_csms") as csms,
        Child("ocpp_fleet", "ours", csms.told["url"], count, readings, version) as ours,
        Child("ocpp_fleet", "package", csms.told["url"], count, readings, version) as package,
    ):
        cpu_ms = alternate(lambda: ours.ask(samples) * 1000 / told, lambda: package.ask(samples) * 1000 / told, rounds)
        _hold_against(csms.ask(), 2 * (told * (rounds + 1) + count))
        idle_ms = ours.ask(0) * 1000 / count
        ours_kb, package_kb = ([side.told["bytes_per_station"] / 1000] for side in (ours, package))
    print(f"  a minute of a station to which nothing happens, {count}: {idle_ms:.3g} ms of CPU", flush=True)
    name, target = f"the `ocpp` package, {count}", _TARGET if count == max(STATIONS) else NO_TARGET
    return [
        Comparison(f"{_MESSAGES[version]} of {count} stations", name, "ms of CPU each", *cpu_ms, target=target),
        Comparison(f"memory of {count} stations", name, "kB each", ours_kb, package_kb),
    ]


def _hold_against(counts: dict[str, int], expected: int) -> None:
    """Raise RuntimeError where not everything was told: such a figure means nothing."""
    if counts.get(METERED) != expected or counts.get(VALUES) != expected * _VALUES_EACH:
        raise RuntimeError(f"{expected} messages of {_VALUES_EACH} values were to be told, and it was told {counts}")


def main() -> bool:
    """Run it; True when the first target was met."""
    return show_all(measure())
