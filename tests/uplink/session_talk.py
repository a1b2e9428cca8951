"""A session with a central system that a test plays by hand; both clocks are moved by the test."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.engine.board import UplinkState
from bridge.types.charger import ChargerIdentity
from bridge.types.words import ConnectorStatus
from bridge.uplink.dialect import Wording
from bridge.uplink.session import Session, SessionEvent
from bridge.uplink.told.connector_states import ConnectorNotice
from bridge.uplink.told.outgoing import Outgoing, Purpose, new_call
from bridge.uplink.v16.dialect import DialectV16

BEGIN = datetime(2025, 3, 3, 12, tzinfo=UTC)


class Talk:
    """The station's session, and what the central system hears of it."""

    def __init__(self, heartbeat_interval_s: float = 300.0) -> None:
        self.now_s = 1000.0
        self.minimum_s = 0.0
        self.theirs_ahead_s = 0.0
        """the central system's clock minus the bridge's"""
        self.heard: list[str] = []
        """actions, in order"""
        self.last_id = ""
        self.session = Session(
            DialectV16(),
            lambda: ChargerIdentity(vendor_name="Maker"),
            lambda: self.now,
            heartbeat_interval_s,
        )

    @property
    def now(self) -> datetime:
        """The bridge's wall clock."""
        return BEGIN + timedelta(seconds=self.now_s)

    @property
    def their_now(self) -> str:
        """The central system's wall clock as it tells it."""
        return (self.now + timedelta(seconds=self.theirs_ahead_s)).isoformat()

    def is_in(self, state: UplinkState) -> bool:
        """Tell whether the station stands so now."""
        return self.session.state is state

    def next(self) -> str | None:
        """Send what is due and return its action; None when nothing is."""
        outgoing = self.session.next(self.now_s, self.minimum_s)
        return None if outgoing is None else self.send(outgoing)

    def send(self, outgoing: Outgoing) -> str:
        """Send a message and return its action."""
        kind, self.last_id, action, payload = json.loads(self.session.send(outgoing, self.now_s))
        assert (kind, payload) == (2, outgoing.call.payload)
        self.heard.append(action)
        return str(action)

    def send_of_outbox(self) -> str:
        """Send something that waits in the outbox, as the owner of a session does when it may."""
        assert self.session.may_tell
        call = new_call(Wording("StopTransaction", {"transactionId": 1, "meterStop": 1, "timestamp": self.their_now}))
        return self.send(Outgoing(call, Purpose.STOP))

    def answer(self, payload: Any = None, message_id: str | None = None) -> SessionEvent:
        """Let the central system answer the last message, or an earlier one."""
        return self.receive([3, message_id or self.last_id, {} if payload is None else payload])

    def refuse(self, code: str = "InternalError", message_id: str | None = None) -> SessionEvent:
        """Let the central system answer the last message with a CALLERROR."""
        return self.receive([4, message_id or self.last_id, code, "no", {}])

    def ask(self, action: str = "ClearCache", message_id: str = "q1") -> SessionEvent:
        """Let the central system ask."""
        return self.receive([2, message_id, action, {}])

    def receive(self, frame: Any) -> SessionEvent:
        """Let a frame arrive."""
        return self.session.received(json.dumps(frame), self.now_s)

    def boot_answer(self, status: str = "Accepted", interval: Any = 300) -> SessionEvent:
        """Let the central system answer a boot."""
        return self.answer({"status": status, "currentTime": self.their_now, "interval": interval})

    def accepted(self, interval: int = 300) -> Talk:
        """Connect and be accepted."""
        self.session.opened(self.now_s)
        assert self.next() == "BootNotification"
        self.boot_answer(interval=interval)
        return self

    def becomes(self, status: ConnectorStatus, connector_id: int = 1) -> None:
        """Let a connector's state become true."""
        self.session.states.note(ConnectorNotice(connector_id, status, self.now), self.now_s)

    def expire(self) -> Outgoing | None:
        """Wait until the message in flight is given up."""
        self.now_s = self.session.wake_at_s(self.minimum_s)
        return self.session.expire(self.now_s)
