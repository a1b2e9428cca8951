"""What it costs to validate a TransactionEvent with eight values: our types against the `ocpp` package's default path.

The package's path is the one that its ChargePoint takes by default: a thread of the loop's pool, jsonschema inside.
Ours is `from_ocpp`, which gives the finished type besides. Both get the same payload as it comes out of `json.loads`;
the best of several rounds counts, in one run.
"""

from __future__ import annotations

import asyncio
import time
from importlib import import_module
from typing import Any

from bridge.types.ocpp.base import from_ocpp
from bridge.types.ocpp.transaction import TransactionEventRequest

ROUNDS = 7
CALLS = 60
LEAST_RATIO = 10.0
_MEASURANDS = (
    ("Energy.Active.Import.Register", None, "Wh"),
    ("Power.Active.Import", None, "W"),
    ("Current.Import", "L1", "A"),
    ("Current.Import", "L2", "A"),
    ("Current.Import", "L3", "A"),
    ("Voltage", "L1-N", "V"),
    ("Voltage", "L2-N", "V"),
    ("Voltage", "L3-N", "V"),
)


def transaction_event() -> dict[str, Any]:
    """Return a payload with eight sampled values."""
    sampled = [
        {"value": 230.5, "measurand": measurand, "context": "Sample.Periodic", "unitOfMeasure": {"unit": unit}}
        | ({} if phase is None else {"phase": phase})
        for measurand, phase, unit in _MEASURANDS
    ]
    return {
        "eventType": "Updated",
        "timestamp": "2026-01-31T12:00:00Z",
        "triggerReason": "MeterValuePeriodic",
        "seqNo": 12,
        "transactionInfo": {"transactionId": "5f2d8a4e-0000-4000-8000-000000000000", "chargingState": "Charging"},
        "evse": {"id": 1, "connectorId": 1},
        "meterValue": [{"timestamp": "2026-01-31T12:00:00Z", "sampledValue": sampled}],
    }


def ours_s(payload: dict[str, Any]) -> float:
    """Return the seconds of one validation by our types, best of the rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(CALLS):
            from_ocpp(TransactionEventRequest, payload)
        best = min(best, (time.perf_counter() - start) / CALLS)
    return best


async def theirs_s(payload: dict[str, Any]) -> float:
    """Return the seconds of one validation by the package, best of the rounds."""
    messages: Any = import_module("ocpp.messages")  # it ships no types
    call = messages.Call(unique_id="1", action="TransactionEvent", payload=payload)
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(CALLS):
            await messages.validate_payload(call, "2.0.1")
        best = min(best, (time.perf_counter() - start) / CALLS)
    return best


def measure() -> float:
    """Return how many times cheaper our validation is, and print both."""
    payload = transaction_event()
    ours, theirs = ours_s(payload), asyncio.run(theirs_s(payload))
    ratio = theirs / ours
    print(
        f"TransactionEvent with eight values: {ours * 1e6:.0f} µs here, {theirs * 1e6:.0f} µs there, {ratio:.0f} times"
    )
    return ratio


def main() -> bool:
    """Print the ratio; True when the target was met."""
    return measure() >= LEAST_RATIO
