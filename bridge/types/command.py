"""Wishes that fall towards a charger: each is sent once and never repeated by machinery."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from bridge.types.facts import Fact
from bridge.types.words import Ability

ConnectorId = Annotated[int, Field(ge=1)]


class Command(Fact):
    """Base of all commands; an adapter that lacks the ability answers none of them."""

    ability: ClassVar[Ability]


class Restart(Command):
    """Reboot the box."""

    ability = Ability.RESTART


class StartCharging(Command):
    """Let the vehicle at this connector charge, as if its driver had been accepted."""

    ability = Ability.START_CHARGING
    connector_id: ConnectorId
    id_token: str | None = None
    """who asked, where the box can be told"""


class StopCharging(Command):
    """End the charging session at this connector; the vehicle stays plugged in."""

    ability = Ability.STOP_CHARGING
    connector_id: ConnectorId


class LimitCurrent(Command):
    """Offer at most this current at this connector; the limit holds until the next one."""

    ability = Ability.LIMIT_CURRENT
    connector_id: ConnectorId
    limit_a: Annotated[float, Field(ge=0, le=1000)] | None
    """of each phase; 0 pauses and keeps the session, None lifts the limit. 0 < limit < 6 cannot be offered
    [spec: IEC 61851-1] and is never asked for"""


class UnlockConnector(Command):
    """Let go of the cable."""

    ability = Ability.UNLOCK_CONNECTOR
    connector_id: ConnectorId


class SetAvailability(Command):
    """Take a connector out of service, or back into it."""

    ability = Ability.SET_AVAILABILITY
    connector_id: Annotated[int, Field(ge=0)]
    """0 is the whole charger"""
    operative: bool
