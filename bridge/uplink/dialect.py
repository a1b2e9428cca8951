"""What a version of OCPP has of its own: how facts are worded, and what its answers say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from bridge.types.charger import ChargerIdentity
from bridge.types.ocpp.boot_notification import BootNotificationResponse
from bridge.types.ocpp.meter_value import MeterValue
from bridge.types.ocpp.security_event import SecurityEvent
from bridge.types.session import ChargingSession
from bridge.types.transaction import StationTransaction
from bridge.uplink.connector_states import ConnectorNotice

Payload = dict[str, Any]


class Wording(NamedTuple):
    """One request to be."""

    action: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class Started:
    """What the central system made of a transaction's start."""

    transaction_id: str | None
    """None where it gave no number that can be used"""
    id_tag_status: str
    """`Accepted`, or why the driver is not"""


class Dialect(Protocol):
    """Words of one version of OCPP. What cannot be said in it is None; `PayloadError` for answers out of shape."""

    subprotocol: str

    def boot(self, identity: ChargerIdentity) -> Wording:
        """Return the BootNotification."""

    def boot_answer(self, payload: object) -> BootNotificationResponse:
        """Read its answer."""

    def heartbeat(self) -> Wording:
        """Return the Heartbeat."""

    def heartbeat_answer(self, payload: object) -> datetime:
        """Read the central system's time out of its answer."""

    def status(self, notice: ConnectorNotice) -> Wording:
        """Return the StatusNotification."""

    def started(self, session: ChargingSession, id_tag: str) -> Wording | str:
        """Return the start of a transaction, or why it cannot be told."""

    def started_answer(self, payload: object) -> Started:
        """Read its answer."""

    def metered(
        self, connector_id: int, transaction: StationTransaction | None, values: Sequence[MeterValue]
    ) -> Wording:
        """Return meter values, of a transaction or of a connector."""

    def ended(
        self,
        session: ChargingSession,
        transaction: StationTransaction,
        register_wh: float,
        values: Sequence[MeterValue],
    ) -> Wording:
        """Return the end of a transaction."""

    def security_event(self, event: SecurityEvent, now: datetime) -> Wording:
        """Return the SecurityEventNotification."""
