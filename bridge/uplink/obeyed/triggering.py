"""Messages that a central system asks for out of turn: told from a look at the charger, not from memory.

A look is shared by all who ask within two seconds: central systems are known that ask without end [seen: evcc].
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.types.ocpp.meter_value import Measurand, ReadingContext
from bridge.types.ocpp.provisioning.boot_notification import BootReason
from bridge.uplink.answer import Conversing
from bridge.uplink.dialect import Wording
from bridge.uplink.station import Station
from bridge.uplink.told.live import live_values
from bridge.uplink.told.outgoing import Purpose


def say(station: Station, conversation: Conversing, *wordings: Wording, purpose: Purpose = Purpose.ASKED) -> None:
    """Queue messages; what there is no room for is not sent."""
    for wording in wordings:
        station.session.ask(wording, purpose)
    conversation.look()


async def say_boot(station: Station, conversation: Conversing) -> None:
    """Send a BootNotification; what its answer says counts."""
    wording = station.dialect.boot(station.identity, BootReason.TRIGGERED)
    say(station, conversation, wording, purpose=Purpose.BOOT)


async def say_heartbeat(station: Station, conversation: Conversing) -> None:
    """Send a Heartbeat; its answer tells the time."""
    say(station, conversation, station.dialect.heartbeat(), purpose=Purpose.HEARTBEAT)


async def say_states(station: Station, conversation: Conversing, connector_id: int | None) -> None:
    """Send the state of a connector, or of all, as it is now. Raises StoreError."""
    await look(station)
    station.session.states.tell_again(connector_id)
    conversation.look()


async def say_values(
    station: Station,
    conversation: Conversing,
    connectors: Sequence[int],
    measurands: tuple[Measurand, ...],
    *,
    of_transactions: bool,
) -> None:
    """Send what the charger's meters show now, with the transactions that run or without. Raises StoreError."""
    said = []
    for connector_id in connectors:
        transaction, values = await live_values(station, connector_id, measurands, ReadingContext.TRIGGER)
        if values:
            told_with = transaction if of_transactions else None
            said.append(station.dialect.metered(connector_id, told_with, values))
    say(station, conversation, *said)


async def look(station: Station) -> None:
    """Ask the charger how it is, and take that up; one that does not answer is told as it was. Raises StoreError."""
    await live_values(station, station.connectors[0], (), ReadingContext.TRIGGER)
