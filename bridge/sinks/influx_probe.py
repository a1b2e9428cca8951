"""The proof that a server keeps what it takes: a test point is written and read back. Imports the client library.

An answer of 204 proves little: VictoriaMetrics gives it to garbage as well [seen].
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable

from bridge.errors import SinkError, SinkRefusedError
from bridge.sinks.influx_client import InfluxClient
from bridge.sinks.lines import tag_value

MEASUREMENT = "chargebridge_check"
LIMIT_S = 60.0
"""for all of it, beside the time limit of a single request"""
_INFLUXQL = f'SELECT "value" FROM "{MEASUREMENT}" WHERE time > now() - 5m'  # noqa: S608 -- built from a constant
_TRIES = 25
_PAUSE_S = 0.5
_EXPORT_PAUSE_S = 1.5
"""VictoriaMetrics shows a point after a second; who asks earlier is told "nothing" for ten more [seen, 1.79]"""


def probe(client: InfluxClient, site: str) -> str:
    """Write a point with a number that nobody else writes and find it; return a sentence on what was seen.

    Raises what `InfluxClient.write` raises, and SinkRefusedError when the point cannot be read back.
    """
    number = float(1 + secrets.randbelow(1_000_000_000))
    # Without a time the server puts its own, so that its clock need not agree with ours.
    client.write(f"{MEASUREMENT},site={tag_value(site)} value={number!r}".encode())
    ways: list[tuple[str, float, Callable[[InfluxClient], list[float]]]] = [
        ("Flux", 0.0, _by_flux),
        ("/api/v1/export", _EXPORT_PAUSE_S, _by_export),
        ("InfluxQL", 0.0, _by_influxql),
    ]
    refusals = []
    for name, pause_s, read in ways:
        try:
            time.sleep(pause_s)
            found = _is_found(client, read, number)
        except (SinkError, ValueError, LookupError, TypeError) as error:
            refusals.append(f"{name}: {error.seen if isinstance(error, SinkError) else 'not understood'}")
            continue
        if found:
            return f"{client.where}: a test point was written and read back by {name}"
        refusals.append(f"{name}: not found")
    raise SinkRefusedError(
        client.where,
        f"a test point was taken and could not be read back ({'; '.join(refusals)})",
        todo="Check the bucket's retention, and for the proof give the token the right to read",
    )


def _is_found(client: InfluxClient, read: Callable[[InfluxClient], list[float]], number: float) -> bool:
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE_S)
        if number in read(client):
            return True
    return False


def _by_flux(client: InfluxClient) -> list[float]:
    bucket = json.dumps(client.bucket)
    return client.flux(
        f'from(bucket: {bucket}) |> range(start: -5m) |> filter(fn: (r) => r._measurement == "{MEASUREMENT}")'
    )


def _by_export(client: InfluxClient) -> list[float]:
    text = client.get("/api/v1/export", {"match[]": f"{MEASUREMENT}_value", "start": "-5m"})
    return [value for line in text.splitlines() for value in json.loads(line)["values"]]


def _by_influxql(client: InfluxClient) -> list[float]:
    database, _, policy = client.bucket.partition("/")
    query = {"db": database, "q": _INFLUXQL}
    if policy:
        query["rp"] = policy
    found = json.loads(client.get("/query", query))["results"][0].get("series", [])
    return [row[1] for series in found for row in series["values"]]
