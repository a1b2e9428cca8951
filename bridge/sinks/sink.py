"""What the pump needs of a server that data is delivered to: where it is, how it is worded, and a write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bridge.ports import ReadingRow
from bridge.types.session import ChargingSession
from bridge.types.words import ConnectorStatus, Health


class Wording(Protocol):
    """Turns what the store holds into lines, each of which stands for itself and may be sent twice."""

    def power(self, charger: str, measure: str, points: Sequence[tuple[int, float]]) -> list[str]:
        """Word one line per (start in epoch seconds, W)."""

    def session(self, charger: str, session: ChargingSession, twin: int) -> str:
        """Word a charging session; `twin` tells apart those that began in the same second (0, 1, …)."""

    def status(
        self, charger: str, connector_id: int, at: datetime, status: ConnectorStatus | None, raw: str | None
    ) -> list[str]:
        """Word a change of a connector's state; nothing when neither word is known."""

    def reading(self, charger: str, reading: ReadingRow) -> list[str]:
        """Word one reading of a connector; nothing when nothing was reported."""

    def health(self, charger: str, at: datetime, health: Health) -> str:
        """Word a change of a charger's health."""


class Sink(Protocol):
    """One server. Only its own pump calls it, one call at a time."""

    name: str
    """unique among the sinks; also the name of its cursor"""
    url: str
    """without any secret"""

    @property
    def wording(self) -> Wording:
        """How this server wants things told."""

    async def write(self, lines: Sequence[str]) -> bool:
        """Deliver all lines at once, within a time limit of the sink's own.

        True when a connection had to be opened for it, which the pump takes as a sign that the server may
        have been restarted since the last write.

        Raises SinkUnavailableError, SinkRefusedError or SinkRejectedError; after any of them some lines may
        nevertheless have arrived, so every line must be harmless when it arrives again.
        """

    async def aclose(self) -> None:
        """Let go of the connection, within two seconds whatever the server does."""
