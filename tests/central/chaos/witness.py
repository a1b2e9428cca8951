"""Sees every frame between the two ends, and looks into the store when an answer leaves the central system."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bridge.store.sqlite import SqliteStore, open_store
from bridge.types.session import ChargingSession
from bridge.types.words import SessionFlag
from tests.central.chaos.life import CHARGER
from tests.uplink.peer.fault_plan import Way
from tests.uplink.peer.frames import CALLRESULT
from tests.uplink.peer.message_check import parse_timestamp
from tests.uplink.peer.wire import Passing

Payload = dict[str, Any]
Place = tuple[int, datetime]
"""connector and start: what names a session in all versions"""
_TOLD = ("StartTransaction", "StopTransaction", "TransactionEvent")


@dataclass
class Witness:
    """One run's. `problems` get a sentence for everything that is not as it must be at any moment."""

    folder: Path
    """of the central system's store"""
    problems: list[str]
    calls: int = 0
    places: dict[str, Place] = field(default_factory=dict)
    """id of a transaction → the session that it is"""
    answered: dict[Place, set[str]] = field(default_factory=dict)
    """session → what was answered of it since the store was lost last: Started, Ended"""
    stored_starts: int = 0
    _asked: dict[tuple[int, str], Payload] = field(default_factory=dict)
    _waiting: list[tuple[int, asyncio.Event]] = field(default_factory=list)
    _store: SqliteStore | None = None
    _blind_until: int = 0
    """the last connection before the store was lost"""
    _newest: int = 0
    _over: dict[tuple[str, datetime], ChargingSession] = field(default_factory=dict)

    async def calls_come(self, number: int) -> None:
        """Wait until the station has sent so many further CALLs."""
        event = asyncio.Event()
        self._waiting.append((self.calls + number, event))
        await event.wait()

    # --- frames ------------------------------------------------------------------------------------------------------

    def see(self, passing: Passing) -> None:
        """Take a frame that arrived at the proxy."""
        self._newest = max(self._newest, passing.connection)
        if passing.is_call and passing.way is Way.UP:
            self.calls += 1
            for wanted, event in self._waiting:
                if self.calls >= wanted:
                    event.set()
            if passing.action in _TOLD:
                self._take_call(passing)
        elif passing.is_answer and passing.way is Way.DOWN and passing.action in _TOLD:
            frame = json.loads(passing.text)
            payload = self._asked.get((passing.connection, passing.message_id))
            if frame[0] == CALLRESULT and payload is not None:
                self._take_answer(passing, payload, frame[2])

    def _take_call(self, passing: Passing) -> None:
        payload = json.loads(passing.text)[3]
        self._asked[passing.connection, passing.message_id] = payload
        if payload.get("eventType") == "Started":
            place = payload["evse"]["id"], parse_timestamp(payload["timestamp"])
            self._name(payload["transactionInfo"]["transactionId"], place)

    def _take_answer(self, passing: Passing, payload: Payload, answer: Payload) -> None:
        """Take an answer: what it stands for must be stored."""
        match passing.action:
            case "StartTransaction":
                kind, name = "Started", str(answer["transactionId"])
                self._name(name, (payload["connectorId"], parse_timestamp(payload["timestamp"])))
            case "StopTransaction":
                kind, name = "Ended", str(payload["transactionId"])
            case _:
                kind, name = payload["eventType"], payload["transactionInfo"]["transactionId"]
        if passing.connection <= self._blind_until:
            return
        place = self.places.get(name)
        if place is None:
            self.problems.append(f"{kind} of transaction {name}, which nobody has begun")
            return
        self.answered.setdefault(place, set()).add(kind)
        found = self._stored(name)
        if len(found) != 1:
            self.problems.append(f"{kind} of transaction {name} was answered, and is stored {len(found)} times")
            return
        self.stored_starts += kind == "Started"
        if kind == "Started" and (SessionFlag.START_NOT_SEEN in found[0].flags or found[0].started_at != place[1]):
            self.problems.append(f"the start of transaction {name} was answered, and is stored as {found[0]}")
        if kind == "Ended" and (found[0].ended_at is None or found[0].stop_reason is None):
            self.problems.append(f"the end of transaction {name} was answered, and is stored as {found[0]}")

    def _name(self, name: str, place: Place) -> None:
        known = self.places.setdefault(name, place)
        if known != place:
            self.problems.append(f"transaction {name} is {known}, and {place} too")

    # --- the store ---------------------------------------------------------------------------------------------------

    def sessions(self) -> Sequence[ChargingSession]:
        """Return what is stored, oldest start first."""
        if self._store is None:
            self._store = open_store(self.folder, read_only=True)
        return [session for _, session in self._store.sessions(CHARGER)][::-1]

    def _stored(self, name: str) -> list[ChargingSession]:
        return [session for session in self.sessions() if session.session_id == name]

    def look(self) -> None:
        """See that no session is there twice, and that what was told to be over is as it was."""
        sessions = self.sessions()
        names = [session.session_id for session in sessions]
        self.problems += [f"transaction {name} is stored twice" for name in set(names) if names.count(name) > 1]
        now = {(session.session_id, session.started_at): session for session in sessions}
        for key, before in self._over.items():
            if now.get(key) != before:
                self.problems.append(f"transaction {key[0]} was over as {before}, and then was {now.get(key)}")
        self._over |= {
            key: session for key, session in now.items() if session.ended_at is not None and session.stop_reason
        }

    def lose(self) -> None:
        """Take note that the store is lost."""
        self.close()
        self._blind_until = self._newest
        self.answered.clear()
        self._over.clear()

    def close(self) -> None:
        """Let go of the store."""
        if self._store is not None:
            self._store.close()
        self._store = None
