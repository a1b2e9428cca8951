"""The book-keeping of a strict central system, as far as all versions of OCPP share it. No I/O."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from tests.uplink.peer.ledger import BootRecord, Ledger, Payload, StatusRecord

ACCEPTED = {"status": "Accepted"}


class BookKeeping(ABC):
    """The ledgers of all stations. Payloads come in validated by the schemas."""

    others: ClassVar[Mapping[str, Payload]]
    """what has no book of its own → the answer"""

    def __init__(self, now: Callable[[], datetime], *, heartbeat_interval_s: int, lossy: bool) -> None:
        self.ledgers: dict[str, Ledger] = {}
        self.unknown_tags: set[str] = set()
        """tags that are answered Invalid"""
        self.lossy = lossy
        self._now = now
        self._heartbeat_interval_s = heartbeat_interval_s
        self._unsure: set[str] = set()
        self._asked: set[tuple[str, str, int | None]] = set()
        self._order = 0
        self._entries: dict[str, Callable[[Ledger, Payload, str], Payload]] = {
            "Heartbeat": self._heartbeat,
            "SecurityEventNotification": self._security_event,
        }

    @abstractmethod
    def place_of(self, payload: Payload) -> int | None:
        """Return the number of the connector of which a message or a TriggerMessage speaks; None for none."""

    @abstractmethod
    def ended_by(self, action: str, payload: Payload) -> str | int | None:
        """Return the id of the transaction whose end a message tells; None for any other message."""

    def ledger(self, identity: str) -> Ledger:
        """Return the ledger of a station, opened when it is asked for first."""
        return self.ledgers.setdefault(identity, Ledger(identity))

    def knows(self, action: str) -> bool:
        """Say whether a station may call this action."""
        return action == "BootNotification" or action in self._entries or action in self.others

    def admit(self, identity: str, action: str) -> bool:
        """Say whether the station may say this now, and note it when it may not: it must have been accepted first."""
        ledger = self.ledger(identity)
        if action == "BootNotification" or ledger.accepted or self._was_asked(identity, action):
            return True
        state = f"answered {ledger.boots[-1].answer or 'with nothing'}" if ledger.boots else "never sent"
        ledger.violations.append(f"{action} while the BootNotification was {state}")
        return False

    def boot(self, identity: str, payload: Payload, status: str, interval_s: int | None, at_s: float) -> Payload:
        """Enter a BootNotification and answer it; an empty status means that nothing will be answered."""
        self._order += 1
        self.ledger(identity).boots.append(BootRecord(self._order, status, at_s, payload))
        interval_s = self._heartbeat_interval_s if interval_s is None else interval_s
        return {"status": status, "currentTime": self.now_text(), "interval": interval_s}

    def enter(self, identity: str, action: str, payload: Payload, message_id: str) -> Payload:
        """Enter any other message and return the answer."""
        self._order += 1
        ledger = self.ledger(identity)
        if action in self.others:
            ledger.others.append((action, payload))
            return self.others[action]
        return self._entries[action](ledger, payload, message_id)

    def refuse(self, identity: str, action: str, payload: Payload) -> None:
        """Note what is answered with a CALLERROR."""
        ledger = self.ledger(identity)
        ledger.refused.append((action, payload))
        self.doubt(identity, action, payload)
        transaction_id = self.ended_by(action, payload)
        if transaction_id is not None and transaction_id in ledger.sessions:
            ledger.sessions[transaction_id].stop_refused = True

    def doubt(self, identity: str, action: str, payload: Payload) -> None:
        """Note that the station cannot know whether this was taken: to say it again is right."""
        self._unsure.add(_key(identity, action, payload))
        if action == "StatusNotification":
            self._asked.add((identity, action, self.place_of(payload)))

    def asked(self, identity: str, payload: Payload) -> None:
        """Note a TriggerMessage: what it asks for may come, a status unchanged or before the boot is accepted."""
        action, connector_id = str(payload.get("requestedMessage")), self.place_of(payload)
        connector_ids = [*self.ledger(identity).statuses] if connector_id is None else [connector_id]
        self._asked |= {(identity, action, each) for each in [None, *connector_ids]}

    def now_text(self) -> str:
        """Return this instant as OCPP writes it."""
        return self._now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _repeats(self, ledger: Ledger, last: StatusRecord, connector_id: int) -> tuple[bool, bool]:
        """Say whether a status that was lost or asked for may come again, and whether it is the first on its line."""
        asked = (ledger.identity, "StatusNotification", connector_id)
        lost = asked in self._asked
        self._asked.discard(asked)
        return lost, last.connection != ledger.connections

    def _heartbeat(self, ledger: Ledger, _payload: Payload, _: str) -> Payload:
        ledger.heartbeats += 1
        return {"currentTime": self.now_text()}

    @staticmethod
    def _security_event(ledger: Ledger, payload: Payload, _: str) -> Payload:
        ledger.security_events.append(payload)
        return {}

    def _was_asked(self, identity: str, action: str) -> bool:
        return any(asked[:2] == (identity, action) for asked in self._asked)

    def _may_repeat(self, ledger: Ledger, action: str, payload: Payload) -> bool:
        return self.lossy or _key(ledger.identity, action, payload) in self._unsure


def _key(identity: str, action: str, payload: Payload) -> str:
    key: Any = [identity, action, payload]
    return json.dumps(key, sort_keys=True)
