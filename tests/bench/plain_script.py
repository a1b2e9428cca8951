"""The named baseline: what a person writes in an afternoon, with requests and the InfluxDB client's Points.

Kind to itself: it keeps its connections, one session per charger, and catches no error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import requests
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write.point import Point as _Point
from influxdb_client.client.write_api import SYNCHRONOUS

Point: Any = _Point
"""the library's annotations are partial"""
MEASURES = ("connector1", "building", "cluster")
_TIMEOUT_S = 30
_DAY_S = 86_400


class PlainPoller:
    """Asks chargers one after the other and makes line protocol of the answers; keeps nothing."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._sessions = [(url, requests.Session()) for url in urls]
        self.lines: list[str] = []

    def poll_all(self, times: int) -> None:
        """Ask every charger so many times."""
        for _ in range(times):
            self.lines.clear()
            for number, (url, session) in enumerate(self._sessions):
                status = session.get(f"{url}/api/generalStatus/", timeout=_TIMEOUT_S).json()
                self.lines += [point.to_line_protocol() for point in _status_points(f"charger{number}", status)]

    def close(self) -> None:
        """Close the connections."""
        for _, session in self._sessions:
            session.close()


def _status_points(charger: str, status: Any) -> Iterator[Any]:
    now = datetime.now(UTC)  # noqa: TID251 -- a plain script asks the time wherever it likes
    for evse in status["evses"]:
        for connector in evse["connectors"]:
            online = connector["onlineData"]
            point = Point("charger_status").tag("charger", charger).tag("connector", connector["connectorId"])
            point.field("status", online["status"]).field("power", online["power"])
            point.field("current", online["phase1Current"]).field("energy", online["consumedEnergy"])
            yield point.time(now, "s")
    management = status["powerManagement"]
    point = Point("charger_building").tag("charger", charger)
    point.field("building", management["loadGuard"]["buildingTotalPower"])
    point.field("cluster", management["cluster"]["totalPower"])
    yield point.time(now, "s")


class PlainWriter:
    """Writes Points one request at a time."""

    def __init__(self, url: str) -> None:
        library: Any = InfluxDBClient
        self._client = library(url=url, token="none", org="-")
        self._write = self._client.write_api(write_options=SYNCHRONOUS).write

    def write(self, points: list[Any]) -> None:
        """Send them and wait for the answer."""
        self._write(bucket="bench", record=points, write_precision="s")

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def power_point(charger: str, at: str | int, values: dict[str, float]) -> Any:
    """Return a Point with one field per measure."""
    point = Point("plain_power").tag("charger", charger)
    for measure, value in values.items():
        point.field(measure, value)
    return point.time(at, "s")


def copy_history(url: str, write_url: str, from_s: int, days: int) -> int:
    """Ask a charger for its history day by day and write each day; return the number of rows."""
    writer = PlainWriter(write_url)
    rows_written = 0
    with requests.Session() as session:
        for number in range(days):
            start = datetime.fromtimestamp(from_s + number * _DAY_S, UTC)
            end = datetime.fromtimestamp(from_s + (number + 1) * _DAY_S - 1, UTC)
            query = {"measure": ",".join(MEASURES), "fromTime": _instant(start), "toTime": _instant(end)}
            rows = session.get(f"{url}/api/powerProfile/", params=query, timeout=_TIMEOUT_S).json()
            points = [power_point("plain", row["time"], {m: row[m] for m in MEASURES}) for row in rows]
            writer.write(points)
            rows_written += len(rows)
    writer.close()
    return rows_written


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
