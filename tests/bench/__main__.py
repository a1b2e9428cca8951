"""`python -m tests.bench NAME`: answer one question about cost, as a ratio against a baseline of the same run."""

from __future__ import annotations

import sys
from importlib import import_module

BENCHES = {
    "poll": "CPU per poll of 50 chargers, whole path, against a plain script (and collectd, where installed)",
    "poll-scale": "CPU per poll at 250 chargers against 10",
    "backfill": "CPU of one charger-year: asked, kept and delivered, against a plain script",
    "delivery": "client CPU per 1000 points into VictoriaMetrics against influxdb-client with Points",
    "memory": "resident memory of `run` with 2 and 100 chargers against bare imports",
    "writes": "bytes written to the disk per day against one commit per poll",
    "validation": "CPU of validating a TransactionEvent against the `ocpp` package's default path",
    "ocpp": "CPU and memory of 100 and 500 OCPP 1.6 stations against the `ocpp` package's own ChargePoint",
    "ocpp-latency": "time from a change at the charger until the central system is told of it",
    "ocpp-backlog": "10,000 messages that waited for a central system, against the `ocpp` package",
    "ocpp201": "the same for OCPP 2.0.1: CPU per TransactionEvent, and memory",
    "ocpp201-backlog": "10,000 messages of OCPP 2.0.1 that waited, against the `ocpp` package",
    "central": "CPU and memory of the central system of 500 and 100 stations that tell MeterValues every 10 s, against"
    " the `ocpp` package's own",
    "startup": "CPU and time until the first poll is kept and the page answers, against bare imports",
}


def main(arguments: list[str]) -> int:
    """Run one bench, or list them all; 0 when it met its first target, 1 when not, 2 for an unknown name."""
    name = arguments[0] if arguments else ""
    if name not in BENCHES:
        print("python -m tests.bench NAME, one of:")
        for known, question in BENCHES.items():
            print(f"  {known:<16}{question}")
        return 2
    print(f"{name}: {BENCHES[name]}", flush=True)
    met: bool = import_module(f"tests.bench.{name.replace('-', '_')}").main()
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
