"""What is true right now, for those who look: one card per charger and one per sink."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bridge.engine.site_limit.card import SiteLimitCard
from bridge.types.charger import ChargerIdentity, Snapshot
from bridge.types.words import Health


@dataclass(slots=True)
class Progress:
    """How far a long work is, in units that only the work knows."""

    done: int = 0
    total: int = 0


@dataclass(slots=True)
class ChargerCard:
    """The present of one charger."""

    charger: str
    poll_s: float
    url: str
    identity: ChargerIdentity | None = None
    snapshot: Snapshot | None = None
    """the last one that was got; see `last_heard_at` for its age"""
    last_heard_at: datetime | None = None
    health: Health = Health.NORMAL
    health_since: datetime | None = None
    error: str | None = None
    """the last failure as a person reads it; None after a success"""
    next_poll_at: datetime | None = None
    leave_alone_until_s: float = 0.0
    """monotonic; the charger asked for patience (Retry-After), and neither poll nor history asks before"""
    backfill: Progress | None = None
    """None when nothing is being filled"""
    backfill_error: str | None = None
    polls: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    """failed polls by reason"""
    remarks: dict[str, int] = field(default_factory=dict)
    """what could not be read in otherwise good answers, such as an unknown status word, and how often"""


@dataclass(slots=True)
class SinkCard:
    """The present of one reader of the journal."""

    sink: str
    url: str
    waiting: int = 0
    """journal entries not delivered yet"""
    delivered_points: int = 0
    set_aside: int = 0
    error: str | None = None
    last_delivered_at: datetime | None = None


class UplinkState(StrEnum):
    """How a station stands towards its central system."""

    CONNECTING = "connecting"
    """no connection; it is tried again and again"""
    BOOTING = "booting"
    """connected, and the central system has not accepted it yet"""
    PENDING = "pending"
    """the central system knows it and wants to configure it first"""
    REJECTED = "rejected"
    """the central system does not want it; it is asked again later"""
    ONLINE = "online"
    HELD = "held"
    """not connected on purpose; `error` says why"""
    STOPPED = "stopped"
    """somebody stopped it over the interface"""


@dataclass(slots=True)
class UplinkCard:
    """The present of one station: a charger as one central system sees it."""

    charger: str
    csms: str
    url: str
    """with the identity; holds no secret"""
    identity: str
    version: str
    control: bool
    """whether this central system may command the charger"""
    state: UplinkState = UplinkState.CONNECTING
    since: datetime | None = None
    waiting: int = 0
    """transactions and events not told yet"""
    open_transactions: int = 0
    """begun at the central system and not ended"""
    dead_letters: int = 0
    """messages that it refused for good"""
    clock_offset_s: float | None = None
    """its clock minus this computer's, as last measured"""
    last_message_at: datetime | None = None
    limit_a: float | None = None
    """what its charging profiles allow now, per phase; None where they do not limit"""
    cost: float | None = None
    """what the central system last said that a transaction costs, in its own currency; OCPP 2.x only"""
    cost_transaction_id: str | None = None
    """of which transaction"""
    error: str | None = None
    """why it is not online, as a person reads it"""


@dataclass(slots=True)
class StationCard:
    """The present of one charger that speaks OCPP with the bridge as its central system."""

    charger: str
    identity: str
    """its name in OCPP"""
    security_profile: int
    version: str | None = None
    """of OCPP, of the connection that stands; None without one"""
    address: str | None = None
    """from where it is connected"""
    since: datetime | None = None
    """when the connection began, or was lost"""
    booted_at: datetime | None = None
    heartbeat_at: datetime | None = None
    last_message_at: datetime | None = None
    connections: int = 0
    """how often it has connected since the bridge started"""
    clock_offset_s: float | None = None
    """its clock minus this computer's, by the last time that it told of the present"""
    was_accepted: bool = False
    """by the owner from the waiting list, and not in the config"""
    remarks: deque[Remark] = field(default_factory=lambda: deque(maxlen=50))
    """what it told beside facts (firmware, logs, security events), the newest last"""
    error: str | None = None
    """why its last connection ended or was refused, as a person reads it"""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that a station told beside facts."""

    at: datetime
    text: str


@dataclass(slots=True)
class WaitingCard:
    """A station that nobody knows and that asks to come in."""

    identity: str
    first_at: datetime
    last_at: datetime
    address: str
    version: str | None = None
    vendor_name: str | None = None
    model: str | None = None
    serial_number: str | None = None
    has_password: bool = False
    """whether it came with a password; accepting it means that password from then on"""
    is_encrypted: bool = False


@dataclass(slots=True)
class Board:
    """All cards; written by the engine and the sinks, read by the page. Lives on the event loop only."""

    started_at: datetime
    site: str
    chargers: dict[str, ChargerCard] = field(default_factory=dict)
    sinks: dict[str, SinkCard] = field(default_factory=dict)
    uplinks: dict[tuple[str, str], UplinkCard] = field(default_factory=dict)
    """by charger and central system"""
    stations: dict[str, StationCard] = field(default_factory=dict)
    """by charger: those that speak OCPP with the bridge"""
    waiting: dict[str, WaitingCard] = field(default_factory=dict)
    """by identity: those that ask to come in"""
    site_limit: SiteLimitCard | None = None
    """None where the site has no limit"""
    notes: dict[str, str] = field(default_factory=dict)
    """what a person should know about the bridge itself, such as a disk that is full, by topic"""
