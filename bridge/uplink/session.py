"""A station's conversation with its central system: what may be said when. No socket, no store, no clock of its own.

Nothing but BootNotification is said until the central system has accepted the station. While it is Pending the central
system may ask and trigger; while it is Rejected there is silence until the interval is over [spec: OCPP 1.6, 4.2]. A
reconnect is no boot, and no way to be asked earlier. What is urgent goes first: the boot, heartbeats that are due, what
was triggered, states; then, one at a time, what the outbox holds: so neither a long backlog nor a central system that
triggers without end keeps heartbeats away.

The clock of the central system is a measurement: how far it is from ours is told to people, and no time of a fact is
ever changed by it.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bridge.engine.board import UplinkState
from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.events import Answered, Asked, AskedAgain, Malformed, Refused, Unexpected
from bridge.ocppj.exchange import GIVEN_UP_REMEMBERED, Exchange
from bridge.ocppj.frames import Call, CallError
from bridge.types.charger import ChargerIdentity
from bridge.types.ocpp.boot_notification import BootNotificationResponse, RegistrationStatus
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.provisioning.boot_notification import BootReason
from bridge.uplink.dialect import Dialect, Wording
from bridge.uplink.told.connector_states import ConnectorNotice, ConnectorStates
from bridge.uplink.told.outgoing import Outgoing, Purpose, new_call

CALL_LIMIT_S = 30.0
"""how long an answer is waited for, unless a setting says otherwise"""
MOST_SILENCES = 3
"""answers in a row that did not come, after which the line is taken for dead"""
BOOT_RETRY_S = 60.0
"""between boots where the central system names no interval, or does not answer"""
LEAST_INTERVAL_S = 10.0
"""a central system that wants a message every second is misunderstood"""
MOST_ASKED = 100
"""messages that wait because somebody asked for them"""
_AT_ONCE = float("-inf")
_NEVER = float("inf")
_OF_A_BOOT = frozenset({Purpose.BOOT, Purpose.HEARTBEAT, Purpose.STATUS})
"""what an answer to them means ends with a reboot"""


@dataclass(frozen=True, slots=True)
class Settled:
    """The answer to one of our messages, however late."""

    outgoing: Outgoing
    payload: object


@dataclass(frozen=True, slots=True)
class Failed:
    """One of our messages was refused."""

    outgoing: Outgoing
    error: CallError


@dataclass(frozen=True, slots=True)
class Wanted:
    """The central system asks for something; answer with `Session.exchange`."""

    call: Call


@dataclass(frozen=True, slots=True)
class Reply:
    """A text to be sent at once: to a frame that cannot be read, or to a question that came twice."""

    text: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing is to be done, and why."""

    why: str


SessionEvent = Settled | Failed | Wanted | Reply | Nothing


class Session:
    """Events in, messages out. All moments `now_s` are monotonic seconds.

    `next` gives what may be said, `send` says it, `received` takes what comes, `expire` gives up what is not answered;
    `wake_at_s` is when `next` or `expire` will have something if nothing comes before.
    """

    exchange: Exchange

    def __init__(
        self,
        dialect: Dialect,
        identity: Callable[[], ChargerIdentity],
        now: Callable[[], datetime],
        heartbeat_interval_s: float,
    ) -> None:
        self.states = ConnectorStates(dialect.told_as, walks=dialect.walks_states)
        self.state = UplinkState.CONNECTING
        self.heartbeat_interval_s = heartbeat_interval_s
        """never taken for less than `LEAST_INTERVAL_S`"""
        self.call_limit_s = CALL_LIMIT_S
        self.offline_threshold_s = 0.0
        """of a shorter absence only the states that have changed are told, in 2.x"""
        self.clock_offset_s: float | None = None
        """the central system's clock minus ours, as of the last answer that told it; None before"""
        self.silences = 0
        self.registration: BootNotificationResponse | None = None
        """the last answer to a boot"""
        self._boot_reason = BootReason.APPLICATION_RESET
        self._identity = identity
        self._now = now
        self._registered = False
        self._connected = False
        self._boot_at_s = 0.0
        self._verdict: UplinkState | None = None
        """PENDING or REJECTED where the central system said so, and named a wait before the next boot"""
        self._heard_s = 0.0
        """when the last heartbeat, or the boot, was answered or given up"""
        self._limit_at_s: float | None = None
        self._sent: Outgoing | None = None
        """the message in flight"""
        self._asked: deque[Outgoing] = deque()
        self._outgoing: OrderedDict[str, Outgoing] = OrderedDict()
        """messages whose answers mean something, by id; those that were given up are among them"""
        self._closed_s: float | None = None
        self._begin_speaking(dialect)

    # --- the line ------------------------------------------------------------------------------------------------

    def _begin_speaking(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.exchange = Exchange(dialect.version)
        self.states.says, self.states.walks = dialect.told_as, dialect.walks_states

    def speak(self, dialect: Dialect, now_s: float) -> None:
        """Take the version of the next connection: in another one the central system knows nothing of the station."""
        if dialect.version is self.dialect.version:
            return
        self._outgoing.clear()
        self._begin_speaking(dialect)
        self.reboot(now_s)

    def opened(self, now_s: float) -> None:
        """Take note of a new connection."""
        self._connected = True
        self.silences = 0
        is_short = self._closed_s is not None and now_s - self._closed_s <= self.offline_threshold_s
        only_changed = is_short and not self.dialect.walks_states
        self.states.connected_anew(after_boot=not self._registered, only_changed=only_changed)
        if self._registered:
            self.state = UplinkState.ONLINE
        elif self._verdict is not None and now_s < self._boot_at_s:
            self.state = self._verdict
        else:
            self._boot_at_s = now_s
            self.state = UplinkState.BOOTING

    def closed(self, now_s: float) -> list[Outgoing]:
        """Take note that the connection is gone; returns, once, what was asked for and has no answer."""
        self._connected = False
        self._limit_at_s = None
        self._closed_s = now_s
        self.state = UplinkState.CONNECTING
        self.exchange.disconnected()
        sent, self._sent = self._sent, None
        if sent is not None and sent.notice is not None and sent.call.message_id in self._outgoing:
            self.states.in_doubt(sent.notice)
        lost = [outgoing for outgoing in self._outgoing.values() if outgoing.purpose is Purpose.ASKED]
        for outgoing in lost:
            del self._outgoing[outgoing.call.message_id]
        lost += self._asked
        self._asked.clear()
        return lost

    def reboot(self, now_s: float, reason: BootReason | None = None) -> None:
        """Begin anew as after a start of the station: the next thing said is a BootNotification.

        Without a reason it has that of the boot that was not accepted yet; else it is the station's own.
        """
        if reason is not None or self._registered:
            self._boot_reason = reason or BootReason.APPLICATION_RESET
        self._registered = False
        self._verdict = None
        self._boot_at_s = now_s
        for message_id in [name for name, outgoing in self._outgoing.items() if outgoing.purpose in _OF_A_BOOT]:
            del self._outgoing[message_id]
        if self._connected:
            self.state = UplinkState.BOOTING
        self.states.connected_anew(after_boot=True)

    @property
    def may_tell(self) -> bool:
        """Whether a message of the outbox may be sent now."""
        return self._connected and self._registered and self.exchange.in_flight is None

    @property
    def is_registered(self) -> bool:
        """Whether the central system has accepted the station, connected now or not."""
        return self._registered

    @property
    def room(self) -> int:
        """How many messages may still wait because somebody asks for them."""
        return MOST_ASKED - len(self._asked)

    @property
    def may_answer(self) -> bool:
        """Whether the central system's questions may be answered."""
        return self.state is not UplinkState.REJECTED

    # --- out -----------------------------------------------------------------------------------------------------

    def ask(self, wording: Wording, purpose: Purpose = Purpose.ASKED) -> Outgoing | None:
        """Queue a message that somebody waits for or has triggered; None where too many wait or nobody listens."""
        if not self._connected or len(self._asked) >= MOST_ASKED:
            return None
        outgoing = Outgoing(new_call(wording), purpose)
        self._asked.append(outgoing)
        return outgoing

    def next(self, now_s: float, minimum_status_s: float) -> Outgoing | None:
        """Return what may be sent now, the outbox apart."""
        if not self._connected or self.exchange.in_flight is not None:
            return None
        if not self._registered:
            if now_s >= self._boot_at_s:
                return self._boot()
            return self._triggered(now_s, minimum_status_s) if self.state is UplinkState.PENDING else None
        if now_s >= self._heartbeat_at_s:
            return Outgoing(new_call(self.dialect.heartbeat()), Purpose.HEARTBEAT)
        if self._asked:
            return self._asked.popleft()
        notice = self.states.next(now_s, minimum_status_s)
        return None if notice is None else self.status(notice)

    def _triggered(self, now_s: float, minimum_status_s: float) -> Outgoing | None:
        if self._asked:
            return self._asked.popleft()
        notice = self.states.next(now_s, minimum_status_s, asked_for_only=True)
        return None if notice is None else self.status(notice)

    @property
    def _heartbeat_at_s(self) -> float:
        return self._heard_s + max(self.heartbeat_interval_s, LEAST_INTERVAL_S)

    def _boot(self) -> Outgoing:
        return Outgoing(new_call(self.dialect.boot(self._identity(), self._boot_reason)), Purpose.BOOT)

    def status(self, notice: ConnectorNotice) -> Outgoing:
        """Return the message that tells a state."""
        return Outgoing(new_call(self.dialect.status(notice)), Purpose.STATUS, notice=notice)

    def send(self, outgoing: Outgoing, now_s: float) -> str:
        """Put a message in flight and return its text."""
        text = self.exchange.call(outgoing.call)
        self._sent = self._outgoing[outgoing.call.message_id] = outgoing
        self._outgoing.move_to_end(outgoing.call.message_id)
        if len(self._outgoing) > GIVEN_UP_REMEMBERED + 1:
            self._outgoing.popitem(last=False)
        self._limit_at_s = now_s + self.call_limit_s
        return text

    def expire(self, now_s: float) -> Outgoing | None:
        """Give up the message in flight when its time is over; its answer is taken all the same if it still comes."""
        outgoing = self._sent
        if outgoing is None or self._limit_at_s is None or now_s < self._limit_at_s:
            return None
        self._limit_at_s = self._sent = None
        self.silences += 1
        self.exchange.give_up()
        if outgoing.call.message_id in self._outgoing:
            self._put_off(outgoing, now_s)
        return outgoing

    def _put_off(self, outgoing: Outgoing, now_s: float) -> None:
        """Wait before a message of our own is repeated that was not answered well."""
        if outgoing.purpose is Purpose.BOOT:
            self._boot_at_s = now_s + BOOT_RETRY_S
        elif outgoing.purpose is Purpose.HEARTBEAT:
            self._heard_s = now_s
        elif outgoing.purpose is Purpose.STATUS and outgoing.notice is not None:
            self.states.told(outgoing.notice)  # states are not queued: the next change is told, or all at a reconnect

    def wake_at_s(self, minimum_status_s: float) -> float:
        """Return the monotonic moment from which `next` or `expire` has something, the outbox apart.

        It lies in the past when that is so now.
        """
        if not self._connected:
            return _NEVER
        if self.exchange.in_flight is not None:
            return _AT_ONCE if self._limit_at_s is None else self._limit_at_s
        if not self._registered:
            is_triggered = self.state is UplinkState.PENDING and bool(self._asked or self.states.has_asked_for)
            return _AT_ONCE if is_triggered else self._boot_at_s
        if self._asked:
            return _AT_ONCE
        status_s = self.states.wake_at_s(minimum_status_s)
        return min(self._heartbeat_at_s, _NEVER if status_s is None else status_s)

    # --- in ------------------------------------------------------------------------------------------------------

    def received(  # noqa: PLR0911 -- one line per thing that may come
        self, text: str | bytes, now_s: float
    ) -> SessionEvent:
        """Take a text from the other side; whatever it is, nothing is raised."""
        event = self.exchange.receive(text)
        match event:
            case Answered():
                self.silences = 0
                return self._answered(event, now_s)
            case Refused():
                self.silences = 0
                outgoing = self._settle(event.call, late=event.late)
                if outgoing is None:
                    return Nothing("a refusal of something that is not remembered")
                if not event.late:
                    self._put_off(outgoing, now_s)
                return Failed(outgoing, event.error)
            case Asked() if self.may_answer:
                return Wanted(event.call)
            case Asked():
                # unsent: it only keeps the question from waiting for an answer for ever
                self.exchange.refuse(event.call, ErrorCode.GENERIC_ERROR, "The station was rejected.")
                return Nothing("the station was rejected and is silent")
            case AskedAgain(reply=str(reply)) | Malformed(reply=str(reply)) if self.may_answer:
                return Reply(reply)
            case Malformed() | Unexpected():
                return Nothing(event.why)
        return Nothing("nothing that a station answers")

    def _settle(self, call: Call, *, late: bool) -> Outgoing | None:
        if not late:
            self._limit_at_s = self._sent = None
        return self._outgoing.pop(call.message_id, None)

    def _answered(self, event: Answered, now_s: float) -> SessionEvent:
        outgoing = self._settle(event.call, late=event.late)
        if outgoing is None:
            return Nothing("an answer to something that is not remembered")
        try:
            self._take_answer(outgoing, event, now_s)
        except PayloadError as error:
            if not event.late:
                self._put_off(outgoing, now_s)
            return Nothing(f"the answer to {outgoing.call.action} cannot be read: {error.seen}")
        return Settled(outgoing, event.payload)

    def _take_answer(self, outgoing: Outgoing, event: Answered, now_s: float) -> None:
        # An answer that is late tells an old time, and a state that others may have followed.
        match outgoing.purpose:
            case Purpose.BOOT:
                self._booted(event, now_s)
            case Purpose.HEARTBEAT if not event.late:
                self._heard_s = now_s
                self._compare_clocks(self.dialect.heartbeat_answer(event.payload))
            case Purpose.STATUS if outgoing.notice is not None and not event.late:
                self.states.told(outgoing.notice)

    def _booted(self, event: Answered, now_s: float) -> None:
        if self._registered:
            return  # a late answer to an earlier boot, or one that was triggered
        answer = self.registration = self.dialect.boot_answer(event.payload)
        if not event.late:
            self._compare_clocks(answer.current_time)
        interval_s = max(float(answer.interval), LEAST_INTERVAL_S) if answer.interval else None
        if answer.status is RegistrationStatus.ACCEPTED:
            self._registered = True
            self._verdict = None
            self.states.connected_anew(after_boot=True)  # those that were triggered before too [spec: B01]
            self._heard_s = now_s
            self.heartbeat_interval_s = interval_s or self.heartbeat_interval_s
            self.state = UplinkState.ONLINE
            return
        self._boot_at_s = now_s + (interval_s or BOOT_RETRY_S)
        is_pending = answer.status is RegistrationStatus.PENDING
        self.state = self._verdict = UplinkState.PENDING if is_pending else UplinkState.REJECTED

    def _compare_clocks(self, their_now: datetime) -> None:
        self.clock_offset_s = (their_now - self._now()).total_seconds()
