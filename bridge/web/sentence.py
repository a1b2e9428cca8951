"""One sentence per charger that says in plain words how it is and why."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from bridge.engine.board import ChargerCard
from bridge.types.charger import ConnectorReading
from bridge.types.words import ConnectorStatus, Health

_STATES = {
    ConnectorStatus.AVAILABLE: "Free, nothing is plugged in",
    ConnectorStatus.PREPARING: "A vehicle is plugged in or a card was shown; charging has not begun",
    ConnectorStatus.CHARGING: "A vehicle is plugged in and charging",
    ConnectorStatus.SUSPENDED_EV: "Plugged in; the vehicle takes no power at the moment",
    ConnectorStatus.SUSPENDED_EVSE: "Plugged in; the charger offers no power at the moment",
    ConnectorStatus.FINISHING: "Charging is over; the vehicle is still plugged in",
    ConnectorStatus.RESERVED: "Reserved",
    ConnectorStatus.UNAVAILABLE: "Taken out of service",
    ConnectorStatus.FAULTED: "Out of service by a fault",
}


def charger_sentence(card: ChargerCard, now: datetime, zone: tzinfo) -> str:
    """Return why the charger is in its state; local times, one to a few short sentences."""
    again = _again(card, now)
    if card.last_heard_at is None:
        if card.error is None:
            return "Not heard yet; the first answer is awaited."
        return f"Not heard since the bridge started; {again}."
    if card.health is not Health.NORMAL:
        silent = _length(now - card.last_heard_at)
        since = _moment(card.last_heard_at, now, zone)
        return f"Silent for {silent}, last heard {since}; {again}."
    readings = card.snapshot.connectors if card.snapshot else ()
    told = [_connector(reading) for reading in readings]
    if len(told) > 1:
        told = [f"Connector {r.connector_id}: {text}" for r, text in zip(readings, told, strict=True)]
    if card.error is not None:
        told.append(f"The last question was not answered; {again}.")
    return " ".join(told) or "Heard, but it tells of no connector."


def _again(card: ChargerCard, now: datetime) -> str:
    """Return when it will be asked next; after many failures that is later than its usual beat."""
    wait_s = (card.next_poll_at - now).total_seconds() if card.next_poll_at else 0.0
    return f"asked again in {wait_s:.0f} s" if wait_s >= 1 else "being asked again"


def _connector(reading: ConnectorReading) -> str:
    if reading.status is None:
        return f"Its state «{reading.status_raw or ''}» is not known to the bridge."
    fault = f": {reading.fault}" if reading.fault else ""
    return f"{_STATES[reading.status]}{fault}."


def _moment(at: datetime, now: datetime, zone: tzinfo) -> str:
    local, today = at.astimezone(zone), now.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == today.date() else f"{local:%Y-%m-%d %H:%M}"


def _length(length: timedelta) -> str:
    minutes = max(0, int(length.total_seconds() // 60))
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
