r"""InfluxDB line protocol: three measurements whose names, units and types never change.

| measurement | tags | time | fields |
|---|---|---|---|
| `charger_power` | charger, measure, site | start of the interval | `power_w`: mean of [start, start + 300 s) |
| `charging_session` | charger, connector, site, twin | start of the session | see `session` |
| `charger_status` | charger, connector, site | when it was seen | see `status`, `reading`, `health` |

Times are whole seconds (`precision=s`). Every number is a float; every state is sent as a word and as a code
beside it, because VictoriaMetrics keeps no text. What was not reported is left out.

Decisions:

- A tag and a field never share a name: InfluxDB 3 allows none.
- The set of tags of a measurement never varies, so `charger_status` of the charger as a whole has connector
  `0`, as OCPP numbers it [spec].
- A session's id is a field. As a tag each session would be a series of its own, of which InfluxDB bears few.
  But two sessions of one connector may begin in the same second and would then overwrite each other, so the
  tag `twin` counts them: `0` for nearly all, then `1`, `2`, ….
- A session is written again while it runs. InfluxDB replaces the earlier point; VictoriaMetrics keeps one of
  equal time, by version the last [seen, 1.79] or the greatest [doc]. Hence `ended` (0 running, 1 ended) and not
  its opposite: all fields only grow.
- Backslashes in a tag become slashes, and control characters anywhere become spaces: servers read `\\` in a
  tag differently, and VictoriaMetrics ends a line at every newline, quoted or not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from bridge.ports import ReadingRow
from bridge.types.facts import to_epoch_s
from bridge.types.session import ChargingSession
from bridge.types.words import CONNECTOR_STATUS_CODES, HEALTH_CODES, ConnectorStatus, Health, StopReason

STOP_REASON_CODES = {word: code for code, word in enumerate(StopReason)}
"""0 DeAuthorized … 18 Timeout, in the order of `StopReason`; never renumbered."""

WHOLE_CHARGER = 0
"""the connector number that stands for the charger as a whole [spec: OCPP 1.6, StatusNotification]"""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TAG_SPECIAL = re.compile(r"([,= ])")
_STRING_SPECIAL = re.compile(r'(["\\])')


def tag_value(text: str) -> str:
    """Return text as it may stand behind `tag=`; never empty."""
    plain = _CONTROL.sub(" ", text).replace("\\", "/")
    return _TAG_SPECIAL.sub(r"\\\1", plain) or "-"


def string_value(text: str) -> str:
    """Return text as a quoted field value."""
    return '"' + _STRING_SPECIAL.sub(r"\\\1", _CONTROL.sub(" ", text)) + '"'


def _fields(numbers: dict[str, float | None], strings: dict[str, str | None]) -> str:
    parts = [f"{name}={value}" for name, value in numbers.items() if value is not None]
    parts += [f"{name}={string_value(value)}" for name, value in strings.items() if value is not None]
    return ",".join(parts)


class LineProtocol:
    """`bridge.sinks.sink.Wording` for everything that takes line protocol, for one site."""

    def __init__(self, site: str) -> None:
        self._site = tag_value(site)
        self._power_prefixes: dict[tuple[str, str], str] = {}

    def power(self, charger: str, measure: str, points: Sequence[tuple[int, float]]) -> list[str]:
        """Word one line per (start in epoch seconds, W)."""
        prefix = self._power_prefixes.get((charger, measure))
        if prefix is None:
            tags = f"charger={tag_value(charger)},measure={tag_value(measure)},site={self._site}"
            prefix = self._power_prefixes[charger, measure] = f"charger_power,{tags} power_w="
        return [f"{prefix}{power_w!r} {start_s}" for start_s, power_w in points]

    def session(self, charger: str, session: ChargingSession, twin: int) -> str:
        """Word a charging session.

        Fields: `ended` 0 or 1, `energy_wh`, `meter_start_wh`, `meter_stop_wh`, `max_power_w`, `duration_s`
        (once ended), `stop_reason`, `stop_reason_code`, `id_token`, `session_id`.
        """
        ended, reason = session.ended_at, session.stop_reason
        fields = _fields(
            {
                "ended": 0.0 if ended is None else 1.0,
                "energy_wh": session.energy_wh,
                "meter_start_wh": session.meter_start_wh,
                "meter_stop_wh": session.meter_stop_wh,
                "max_power_w": session.max_power_w,
                "duration_s": None if ended is None else (ended - session.started_at).total_seconds(),
                "stop_reason_code": None if reason is None else float(STOP_REASON_CODES[reason]),
            },
            {"stop_reason": reason, "id_token": session.id_token, "session_id": session.session_id},
        )
        tags = f"charger={tag_value(charger)},connector={session.connector_id},site={self._site},twin={twin}"
        return f"charging_session,{tags} {fields} {to_epoch_s(session.started_at)}"

    def status(
        self, charger: str, connector_id: int, at: datetime, status: ConnectorStatus | None, raw: str | None
    ) -> list[str]:
        """Word a change of a connector's state: `status` and `status_code`, or `status_raw` alone.

        `status_raw` is the vendor's own word and stands only where it could not be translated.
        """
        if status is None:
            return self._status(charger, connector_id, at, _fields({}, {"status_raw": raw}))
        fields = _fields({"status_code": float(CONNECTOR_STATUS_CODES[status])}, {"status": status})
        return self._status(charger, connector_id, at, fields)

    def reading(self, charger: str, reading: ReadingRow) -> list[str]:
        """Word a reading: `status`, `status_code`, `power_w`, `current_a`, `session_energy_wh`."""
        status = reading.status
        fields = _fields(
            {
                "status_code": None if status is None else float(CONNECTOR_STATUS_CODES[status]),
                "power_w": reading.power_w,
                "current_a": reading.current_a,
                "session_energy_wh": reading.session_energy_wh,
            },
            {"status": status},
        )
        return self._status(charger, reading.connector_id, reading.at, fields)

    def health(self, charger: str, at: datetime, health: Health) -> str:
        """Word a change of a charger's health: `health` and `health_code`, under connector 0."""
        fields = _fields({"health_code": float(HEALTH_CODES[health])}, {"health": health})
        return self._status(charger, WHOLE_CHARGER, at, fields)[0]

    def _status(self, charger: str, connector_id: int, at: datetime, fields: str) -> list[str]:
        if not fields:
            return []
        tags = f"charger={tag_value(charger)},connector={connector_id},site={self._site}"
        return [f"charger_status,{tags} {fields} {to_epoch_s(at)}"]
