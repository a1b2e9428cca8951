"""Whether the central system ended with the truth: every session once, right times, exact energies, in order."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.types.session import ChargingSession
from bridge.types.words import SessionFlag, StopReason
from tests.central.chaos.witness import Place, Witness
from tests.uplink.chaos.day import Day
from tests.uplink.chaos.life import ID_TAG
from tests.uplink.peer.compare import told_tag
from tests.uplink.peer.message_check import V16

_MS = timedelta(milliseconds=1)
_NOT_SEEN = {SessionFlag.START_NOT_SEEN, SessionFlag.END_NOT_SEEN}


@dataclass(frozen=True, slots=True)
class Truth:
    """A session as it stands in the charger's log in the end."""

    session: ChargingSession
    first_start: datetime
    """with which the log told it at first"""
    knows_reason: bool = True
    """whether the log says why it ended"""

    def is_at(self, place: Place) -> bool:
        """Say whether a connector and a start are its."""
        starts = (self.session.started_at, self.first_start)
        return place[0] == self.session.connector_id and any(abs(place[1] - start) < _MS for start in starts)


def truths_of(day: Day) -> list[Truth]:
    """Return the sessions of a drawn day."""
    return [Truth(session, day.first_start(session)) for session in day.sessions]


def judge_central(
    truths: Sequence[Truth], witness: Witness, *, version: str, has_lost: bool = False, dead: Collection[str] = ()
) -> list[str]:
    """Return a sentence for everything that is not as it must be.

    `has_lost` says that the central system has lost its store: then it knows what was told to it since. `dead` are the
    ids of sessions that were refused for good, and told again at the end.
    """
    stored = witness.sessions()
    found: list[str] = []
    matched: set[str] = set()
    for truth in truths:
        mine = [
            each
            for each in stored
            if truth.is_at(witness.places.get(each.session_id, (each.connector_id, each.started_at)))
        ]
        matched |= {each.session_id for each in mine}
        found += _faults(truth, mine, witness, version=version, has_lost=has_lost)
    found += [f"it has a session that never was: {each}" for each in stored if each.session_id not in matched]
    found += [f"it has a session that still runs: {each}" for each in stored if each.ended_at is None]
    if version == V16 and not dead and not has_lost:
        found += _faults_of_numbers(stored)
    return found


def _faults(
    truth: Truth, stored: Sequence[ChargingSession], witness: Witness, *, version: str, has_lost: bool
) -> Iterator[str]:
    session = truth.session
    name = f"session {session.session_id} of connector {session.connector_id}, {session.started_at.isoformat()},"
    told = {kind for place, kinds in witness.answered.items() if truth.is_at(place) for kind in kinds}
    if len(stored) > 1 or (not stored and (not has_lost or told)):
        yield f"{name} is there {len(stored)} times, and told was {sorted(told)}: {stored}"
    for each in stored:
        differences = [*_differences_of_end(truth, each)]
        if not has_lost or "Started" in told:
            differences += _differences(session, each, version)
        elif SessionFlag.START_NOT_SEEN not in each.flags:
            differences.append("its start was lost, and nothing says so")
        yield from (f"{name} transaction {each.session_id}: {difference}" for difference in differences)


def _differences(session: ChargingSession, stored: ChargingSession, version: str) -> Iterator[str]:
    assert session.meter_start_wh is not None
    assert session.meter_stop_wh is not None
    start_wh, stop_wh = math.floor(session.meter_start_wh), math.floor(session.meter_stop_wh)
    if stored.connector_id != session.connector_id:
        yield f"it is at connector {stored.connector_id}"
    if stored.meter_start_wh != start_wh:
        yield f"its register began at {stored.meter_start_wh} Wh, not {start_wh} Wh"
    if stored.energy_wh != stop_wh - start_wh:
        yield f"its energy is {stored.energy_wh} Wh, not {stop_wh - start_wh} Wh"
    if _NOT_SEEN & set(stored.flags):
        yield f"it has the flags {stored.flags}"
    token = told_tag(session, ID_TAG, version)
    if (stored.id_token or "") != token:
        yield f"its tag is {stored.id_token!r}, not {token!r}"


def _differences_of_end(truth: Truth, stored: ChargingSession) -> Iterator[str]:
    session = truth.session
    assert session.ended_at is not None
    assert session.meter_stop_wh is not None
    stop_wh = math.floor(session.meter_stop_wh)
    if stored.ended_at is None or abs(stored.ended_at - session.ended_at) >= _MS:
        yield f"it ended at {stored.ended_at}, not at {session.ended_at}"
    if stored.meter_stop_wh != stop_wh:
        yield f"its register ended at {stored.meter_stop_wh} Wh, not {stop_wh} Wh"
    reason = session.stop_reason or StopReason.OTHER
    if truth.knows_reason and stored.stop_reason != reason:
        yield f"it ended for {stored.stop_reason}, not for {reason}"


def _faults_of_numbers(stored: Sequence[ChargingSession]) -> Iterator[str]:
    """In 1.6 the numbers of one connector ascend with the starts: they were told in order."""
    for connector_id in sorted({each.connector_id for each in stored}):
        numbers = [int(each.session_id) for each in stored if each.connector_id == connector_id]
        if numbers != sorted(numbers):
            yield f"the numbers of connector {connector_id} are not in order: {numbers}"
