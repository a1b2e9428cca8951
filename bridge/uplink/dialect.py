"""What a version of OCPP has of its own: how facts are worded, and what its answers say."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol

from bridge.types.charger import ChargerIdentity
from bridge.types.ocpp.boot_notification import BootNotificationResponse
from bridge.types.ocpp.id_token import IdToken
from bridge.types.ocpp.meter_value import MeterValue
from bridge.types.ocpp.provisioning.boot_notification import BootReason
from bridge.types.ocpp.security_event import SecurityEvent
from bridge.types.ocpp.text_message import MessageContent
from bridge.types.ocpp.version import OcppVersion
from bridge.types.session import ChargingSession
from bridge.types.transaction import PendingUpdate, StationTransaction
from bridge.uplink.told.connector_states import ConnectorNotice

Payload = dict[str, Any]


class Wording(NamedTuple):
    """One request to be."""

    action: str
    payload: Payload


ACCEPTED: Final = "Accepted"


@dataclass(frozen=True, slots=True)
class EventAnswer:
    """What the central system answered to a message of a transaction."""

    transaction_id: str | None = None
    """its number in 1.6, None where it gave none that can be used; 2.x gives none"""
    id_tag_status: str = ACCEPTED
    """or why the driver is not accepted"""
    total_cost: float | None = None
    """so far, in the central system's currency; 2.x only, as all below"""
    charging_priority: int | None = None
    personal_message: MessageContent | None = None


class Dialect(Protocol):
    """Words of one version of OCPP. What cannot be said in it is None; `PayloadError` for answers out of shape."""

    version: OcppVersion
    subprotocol: str
    numbers_events: bool
    """whether the station names its transactions and numbers their events, so that each is kept before it is sent"""
    walks_states: bool
    """whether connectors go from state to state by the steps of 1.6's table only"""

    def boot(self, identity: ChargerIdentity, reason: BootReason) -> Wording:
        """Return the BootNotification."""

    def boot_answer(self, payload: object) -> BootNotificationResponse:
        """Read its answer."""

    def heartbeat(self) -> Wording:
        """Return the Heartbeat."""

    def heartbeat_answer(self, payload: object) -> datetime:
        """Read the central system's time out of its answer."""

    def told_as(self, notice: ConnectorNotice) -> Hashable | None:
        """Return what a StatusNotification tells of a state, to be compared; None where there is none of it."""

    def status(self, notice: ConnectorNotice) -> Wording:
        """Return the StatusNotification of a state of which there is one."""

    def authorize(self, token: IdToken) -> Wording:
        """Return the question whether a driver may charge."""

    def authorize_answer(self, payload: object) -> str:
        """Read its answer: `Accepted`, or why not."""

    def started(
        self, session: ChargingSession, transaction: StationTransaction, id_tag: str, *, offline: bool = False
    ) -> Wording | str:
        """Return the start of a transaction, or why it cannot be told; `id_tag` is for a driver nobody names."""

    def started_answer(self, payload: object) -> EventAnswer:
        """Read its answer."""

    def metered(
        self,
        connector_id: int,
        transaction: StationTransaction | None,
        values: Sequence[MeterValue],
        *,
        is_aligned: bool = False,
        offline: bool = False,
    ) -> Wording:
        """Return meter values, of a transaction or of a connector."""

    def updated(
        self,
        transaction: StationTransaction,
        update: PendingUpdate,
        values: Sequence[MeterValue],
        *,
        offline: bool = False,
    ) -> Wording | None:
        """Return an Updated; None where there is no message of it."""

    def ended(
        self,
        session: ChargingSession,
        transaction: StationTransaction,
        register_wh: float | None,
        values: Sequence[MeterValue],
        *,
        offline: bool = False,
    ) -> Wording:
        """Return the end of a transaction; the register is known unless events are numbered."""

    def event_answer(self, payload: object) -> EventAnswer | None:
        """Read the answer to another message of a transaction; None where it tells nothing, whatever it is."""

    def security_event(self, event: SecurityEvent, now: datetime) -> Wording:
        """Return the SecurityEventNotification."""
