"""What truly happens at a charger in a few hours, drawn from a seed: a pure function of time."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bridge.types.charger import ConnectorReading
from bridge.types.session import ChargingSession
from bridge.types.words import ConnectorStatus, IdTokenType, StopReason

BEGIN_AT = datetime(2026, 3, 10, 6, tzinfo=UTC)
LENGTH = timedelta(hours=4)
_W_PER_A = 690.0
_TOKENS = (
    (None, None),
    ("04A2B3C4", IdTokenType.ISO14443),
    ("04A2B3C4D5E6F7", IdTokenType.ISO14443),
    ("a-token-of-more-than-twenty-characters", IdTokenType.LOCAL),
    ("", IdTokenType.NO_AUTHORIZATION),
)
TAGS = frozenset(token for token, _ in _TOKENS if token)


@dataclass(frozen=True, slots=True)
class Visit:
    """One vehicle: it is plugged in, charges at a constant power, and leaves."""

    plugged_at: datetime
    session: ChargingSession
    """as it stands in the log when it is over"""
    ended_at: datetime
    unplugged_at: datetime
    power_w: float
    meter_start_wh: float
    first_started_at: datetime
    """with which the log tells it until `corrected_at`"""
    corrected_at: datetime

    def register_wh(self, at: datetime) -> float:
        """Return where the connector's register stands while it is here."""
        charged_s = (min(max(at, self.session.started_at), self.ended_at) - self.session.started_at).total_seconds()
        return round(self.meter_start_wh + self.power_w * charged_s / 3600, 3)

    def status(self, at: datetime) -> ConnectorStatus:
        """Return the connector's state while it is here."""
        if at < self.session.started_at:
            return ConnectorStatus.PREPARING
        return ConnectorStatus.CHARGING if at < self.ended_at else ConnectorStatus.FINISHING


class Day:
    """All visits to one charger."""

    def __init__(self, seed: int, *, corrects_starts: bool = True) -> None:
        """Draw it; `corrects_starts` lets the log tell some starts wrongly at first."""
        dice = random.Random(f"day/{seed}")
        self.connectors = tuple(range(1, dice.choice((1, 1, 2)) + 1))
        end_at = BEGIN_AT + LENGTH
        self._visits: dict[int, list[Visit]] = {connector_id: [] for connector_id in self.connectors}
        self._first_wh: dict[int, float] = {}
        number = dice.randint(1, 5000)
        for connector_id in self.connectors:
            free_at = BEGIN_AT + timedelta(seconds=dice.uniform(120, 1500))
            register_wh = self._first_wh[connector_id] = round(dice.uniform(0, 9e6), 3)
            while free_at < BEGIN_AT + LENGTH - timedelta(minutes=45):
                number += 1
                visit = _visit(dice, connector_id, str(number), free_at, register_wh)
                if not corrects_starts:
                    visit = replace(visit, first_started_at=visit.session.started_at)
                self._visits[connector_id].append(visit)
                register_wh = visit.register_wh(visit.ended_at)
                free_at = visit.unplugged_at + timedelta(seconds=dice.choice((15, dice.uniform(20, 1800))))
                end_at = max(end_at, visit.unplugged_at + timedelta(minutes=5))
        self.end_at = end_at
        """everybody has left"""

    def first_start(self, session: ChargingSession) -> datetime:
        """Return the start with which the log told a session at first."""
        visits = self._visits[session.connector_id]
        return next(visit.first_started_at for visit in visits if visit.session is session)

    @property
    def sessions(self) -> list[ChargingSession]:
        """The whole log at the end of the day."""
        return [visit.session for visits in self._visits.values() for visit in visits]

    def log(self, at: datetime) -> list[ChargingSession]:
        """Return the charger's log at a moment, newest first, as chargers give it."""
        told = [_so_far(visit, at) for visits in self._visits.values() for visit in visits]
        begun = [session for session in told if session.started_at <= at]
        return sorted(begun, key=lambda session: session.started_at, reverse=True)

    def reading(self, connector_id: int, at: datetime) -> ConnectorReading:
        """Return what the charger says of a connector at a moment."""
        register_wh, here = self._first_wh[connector_id], None
        for visit in self._visits[connector_id]:
            if visit.plugged_at > at:
                break
            register_wh = visit.register_wh(at)
            here = visit if at < visit.unplugged_at else None
        status = ConnectorStatus.AVAILABLE if here is None else here.status(at)
        power_w = 0.0 if here is None or status is not ConnectorStatus.CHARGING else here.power_w
        return ConnectorReading(
            evse_id=connector_id,
            connector_id=connector_id,
            status=status,
            status_raw=status.value,
            power_w=power_w,
            current_a=power_w / _W_PER_A,
            register_wh=register_wh,
            session_id=None if here is None else here.session.session_id,
        )


def _visit(dice: random.Random, connector_id: int, session_id: str, plugged_at: datetime, register_wh: float) -> Visit:
    started_at = _to_ms(plugged_at + timedelta(seconds=dice.uniform(0.5, 90)))
    ended_at = _to_ms(
        started_at + timedelta(seconds=dice.choice((3.0, dice.uniform(30, 600), dice.uniform(600, 3000))))
    )
    power_w = dice.choice((0.0, dice.uniform(1400, 22000), dice.uniform(1400, 22000)))
    token, sort = dice.choice(_TOKENS)
    stop_wh = round(register_wh + power_w * (ended_at - started_at).total_seconds() / 3600, 3)
    session = ChargingSession(
        session_id=session_id,
        connector_id=connector_id,
        started_at=started_at,
        ended_at=ended_at,
        meter_start_wh=register_wh,
        meter_stop_wh=stop_wh,
        energy_wh=round(stop_wh - register_wh, 3),
        id_token=token,
        id_token_type=sort,
        stop_reason=dice.choice((None, StopReason.LOCAL, StopReason.EV_DISCONNECTED, StopReason.REMOTE)),
    )
    unplugged_at = ended_at + timedelta(seconds=dice.choice((1.0, dice.uniform(5, 900))))
    first_started_at, corrected_at = started_at, started_at
    if dice.random() < 0.15:
        first_started_at = _to_ms(plugged_at + (started_at - plugged_at) * dice.uniform(0.1, 0.9))
        corrected_at = started_at + timedelta(seconds=dice.uniform(30, 400))
    return Visit(plugged_at, session, ended_at, unplugged_at, power_w, register_wh, first_started_at, corrected_at)


def _to_ms(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _so_far(visit: Visit, at: datetime) -> ChargingSession:
    if at >= visit.ended_at:
        return visit.session
    open_again: dict[str, object] = {"ended_at": None, "meter_stop_wh": None, "energy_wh": None, "stop_reason": None}
    if at < visit.corrected_at:
        open_again["started_at"] = visit.first_started_at
    return visit.session.model_copy(update=open_again)
