"""A station that answers from memory, and terms of one that nobody asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bridge.central.operations.wish import Terms
from bridge.central.reports import Reports
from bridge.central.talk import CallRefusedError
from bridge.ocppj.frames import CallError
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.ocpp.version import OcppVersion
from tests.clock import FakeClock

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21
VERSIONS = (V16, V201, V21)
CONNECTORS = ConnectorNumbers([EVSE(id=1, connector_id=1), EVSE(id=2, connector_id=2)])
NOW = datetime(2025, 3, 3, 12, tzinfo=UTC)
UPLOAD_URL = "http://192.0.2.1:8889/one-time-token/"


def terms(version: OcppVersion, running: Mapping[int, str] | None = None, upload_url: str | None = UPLOAD_URL) -> Terms:
    """Return the terms of a station with two connectors; `running` are its transactions by connector."""
    return Terms(
        where="carport",
        version=version,
        connectors=CONNECTORS,
        transaction_id=(running or {}).get,
        new_id=iter(range(1001, 10_000)).__next__,
        now=NOW,
        upload_url=lambda: upload_url,
    )


@dataclass
class FakeStation:
    """Answers each action as told: a payload, or an error that is raised; several are used up one by one."""

    version: OcppVersion
    answers: dict[str, Any] = field(default_factory=dict)
    running: dict[int, str] = field(default_factory=dict)
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """parts of reports that arrive before the answer to the question; the requestId is filled in"""
    url: str | None = UPLOAD_URL
    where: str = "carport (config.yaml:12)"
    connectors: ConnectorNumbers = CONNECTORS
    clock: FakeClock = field(default_factory=FakeClock)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reports = Reports(self.clock)

    def transaction_id(self, connector_id: int) -> str | None:
        """Return what runs there."""
        return self.running.get(connector_id)

    def upload_url(self) -> str | None:
        """Return the folder for uploads."""
        return self.url

    async def call(self, action: str, payload: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
        """Answer as told."""
        assert limit_s > 0
        self.asked.append((action, dict(payload)))
        for told, part in self.told:
            self.reports.take(told, {"requestId": payload.get("requestId"), **part})
        answer = self.answers[action]
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)


def refused(code: str, description: str = "") -> CallRefusedError:
    """Return a CALLERROR."""
    return CallRefusedError(CallError("1", code, description))
