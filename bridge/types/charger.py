"""What a charger says about itself and about this moment."""

from __future__ import annotations

from bridge.types.facts import Fact, Instant
from bridge.types.words import CommandStatus, ConnectorStatus


class ChargerIdentity(Fact):
    """Who the box says it is; what it does not say is None."""

    vendor_name: str
    model: str | None = None
    serial_number: str | None = None
    firmware_version: str | None = None
    os_version: str | None = None


class ConnectorReading(Fact):
    """One connector at one moment. Import is positive; None means not reported."""

    evse_id: int
    connector_id: int
    status: ConnectorStatus | None
    """None where the charger's word is not known; `status_raw` has it"""
    status_raw: str | None
    power_w: float | None = None
    current_a: float | None = None
    """current of the first phase"""
    current_l2_a: float | None = None
    current_l3_a: float | None = None
    voltage_l1_v: float | None = None
    """of the first phase against neutral"""
    voltage_l2_v: float | None = None
    voltage_l3_v: float | None = None
    current_offered_a: float | None = None
    """what the charger offers to the vehicle at most"""
    session_id: str | None = None
    register_wh: float | None = None
    """the connector's lifetime energy register, which never starts again"""
    session_energy_wh: float | None = None
    """the session register; many chargers keep the last session's value until the next begins"""
    fault: str | None = None


class Snapshot(Fact):
    """One answer to "how are you": every connector, and what the box measures around it."""

    read_at: Instant
    """the bridge's clock when the answer had arrived"""
    source_at: Instant | None = None
    """the charger's own clock as its answer told it"""
    connectors: tuple[ConnectorReading, ...]
    building_power_w: float | None = None
    cluster_power_w: float | None = None
    reports_to_csms: str | None = None
    """how the box itself is linked to a central system; None when it is not"""
    notes: tuple[str, ...] = ()
    """short sentences on what could not be read in this answer, such as an unknown status word"""


class Outcome(Fact):
    """What became of a command, with a sentence that says why."""

    status: CommandStatus
    detail: str = ""
