"""The charging sessions of one connector whose charger keeps no log, noted from what its polls say. Pure.

A session begins when the connector is seen charging, and goes on through every pause. It ends when the vehicle is gone,
when the box says that it is over, at a fault, and after a stop that was commanded. Energy is the difference of the
lifetime register. It flowed already when charging is first seen, so a session starts at the register of the poll
before; a poll or two of the vehicle's idle draw is the price.

Nothing is counted twice: a session never starts below the register at which anything was seen before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bridge.engine.observed_facts import ConnectorMemory, flagged, higher, measured, with_end_flags
from bridge.engine.observed_look import FLOWED_WH, Look, look_at
from bridge.types.charger import ConnectorReading
from bridge.types.command import Command, StartCharging, StopCharging
from bridge.types.facts import to_epoch_s
from bridge.types.series import floor_interval_s
from bridge.types.session import ChargingSession
from bridge.types.words import CommandStatus, ConnectorStatus, SessionFlag, StopReason

STOP_SETTLES = timedelta(seconds=30)
"""a box that was told to stop may say for a while that it charges"""
TOKEN_HOLDS = timedelta(minutes=10)
"""how long whoever had charging begun may take to plug in"""
_CLOCK_SET_BACK = timedelta(hours=1)
"""a clock that goes back by more is believed; by less, the order of sessions matters more"""

_SUSPENDED = {ConnectorStatus.SUSPENDED_EV, ConnectorStatus.SUSPENDED_EVSE}
_UNPLUGGED = {ConnectorStatus.AVAILABLE, ConnectorStatus.RESERVED}
_PLUGGED = {ConnectorStatus.PREPARING, ConnectorStatus.CHARGING, ConnectorStatus.FINISHING, *_SUSPENDED}
_GOES_ON = {None, ConnectorStatus.CHARGING, *_SUSPENDED}
"""the states in which a session may be; None is a word that is not known"""


@dataclass(frozen=True, slots=True)
class Noticed:
    """One poll of one connector: the reading made sane, the sessions that are new or have changed, and the edge."""

    reading: ConnectorReading
    sessions: tuple[ChargingSession, ...]
    edge: bool
    """whether a session began or ended, or the state is another"""
    due: bool
    """whether sessions and memory should be kept now"""


class ObservedConnector:
    """The state machine of one connector. Polls go in by their time; `gap` apart they are not one look any more."""

    def __init__(
        self, connector_id: int, gap: timedelta, memory: ConnectorMemory | None, running: ChargingSession | None
    ) -> None:
        self.memory = memory or ConnectorMemory(connector_id)
        self.running = running
        self._gap = gap
        self._told_in_s: int | None = None
        self._is_new = False
        self._max_power_w = running.max_power_w if running else None
        if running is not None and self.memory.seen_at is None:
            self.memory.seen_at = self.memory.started_at = running.started_at
            self.memory.register_wh = running.meter_start_wh if running.meter_stop_wh is None else running.meter_stop_wh
            self.memory.session_id = running.session_id

    def take(self, reading: ConnectorReading, read_at: datetime) -> Noticed:
        """Go on by one poll."""
        memory = self.memory
        look = look_at(memory, reading, read_at, self._gap)
        told: list[ChargingSession] = []
        if look.fell and self.running is not None:
            self.running = flagged(self.running, SessionFlag.REGISTER_FELL)
        if look.gap:
            told += self._end_unseen(look)
        told += self._end_seen(look)
        if look.status in _UNPLUGGED:
            self._forget_plug()
        elif memory.status in _UNPLUGGED and look.status in _PLUGGED and not look.gap:
            memory.connected_at = read_at
        if self.running is None and _begins(look):
            self._begin(look)
        elif self.running is not None and look.status is ConnectorStatus.CHARGING:
            self._max_power_w = higher(self._max_power_w, reading.power_w)
        status = self._sane(look.status)
        edge = bool(told) or self._is_new or status is not memory.status
        memory.seen_at, memory.status = read_at, status
        memory.register_wh = look.register_wh if look.register_wh is not None else memory.register_wh
        memory.session_energy_wh = reading.session_energy_wh
        due = self._note_running(look, told) or edge
        return Noticed(self._as_read(reading, status), tuple(told), edge, due)

    def note_command(self, command: Command, status: CommandStatus, at: datetime) -> None:
        """Take into account what was commanded: a stop ends the session, a start says who had it begun."""
        memory = self.memory
        if status is CommandStatus.REFUSED:
            return
        confirmed = status is CommandStatus.DONE
        if isinstance(command, StopCharging) and self.running is not None:
            # What may have been done shows only where charging was going on.
            if confirmed or memory.status is ConnectorStatus.CHARGING:
                memory.stop_at, memory.stop_confirmed = at, confirmed
        elif isinstance(command, StartCharging):
            if self.running is None or memory.stop_at is not None:
                memory.id_token, memory.token_at = command.id_token, at
            if memory.stop_at is not None and confirmed:
                memory.stop_at = at - STOP_SETTLES  # whatever charges from now on is another session

    def end_stray(self) -> ChargingSession | None:
        """End a running session that nothing will be seen of any more."""
        if self.running is None:
            return None
        return self._end(self.memory.seen_at or self.running.started_at, self.memory.register_wh, None, unseen=True)

    # --- one poll -----------------------------------------------------------------------------------------

    def _end_unseen(self, look: Look) -> list[ChargingSession]:
        """End what ended while nobody looked."""
        memory = self.memory
        ended: list[ChargingSession] = []
        stopped = memory.stop_at is not None and memory.stop_confirmed
        if self.running is not None and (look.other_plug or stopped or look.status not in _GOES_ON):
            stop_wh = look.register_wh
            if look.other_plug:
                stop_wh = look.before_this_plug_wh()
            elif look.status is ConnectorStatus.CHARGING:  # it began after the stop
                stop_wh = look.before_wh
            stop_wh = look.before_wh if stop_wh is None else stop_wh
            seen_at = max(memory.seen_at or self.running.started_at, memory.stop_at or self.running.started_at)
            ended.append(self._end(seen_at, stop_wh, StopReason.REMOTE if stopped else None, unseen=True))
            look.before_wh = stop_wh
        if look.other_plug:
            self._forget_plug()
        return ended

    def _end_seen(self, look: Look) -> list[ChargingSession]:
        if self.running is None:
            return []
        reason = self._stopped(look) if look.status in _GOES_ON else self._over(look)
        if reason is None:
            return []
        stop_wh = look.register_wh if look.register_wh is not None else look.before_wh
        unplugged = look.status in _UNPLUGGED
        faulted = look.status is ConnectorStatus.FAULTED
        ended = self._end(look.read_at, stop_wh, reason, unplugged=unplugged, faulted=faulted, raw=look.reading.fault)
        look.before_wh = stop_wh
        return [ended]

    def _over(self, look: Look) -> StopReason:
        if look.status is ConnectorStatus.FAULTED:
            return StopReason.OTHER
        if self.memory.stop_at is not None:
            return StopReason.REMOTE
        return StopReason.EV_DISCONNECTED if look.status in _UNPLUGGED else StopReason.LOCAL

    def _stopped(self, look: Look) -> StopReason | None:
        """Return why a session is over that could go on by its state: the stop that was commanded has settled."""
        memory = self.memory
        if memory.stop_at is None or look.status is None:
            return None
        if look.status in _SUSPENDED:
            return StopReason.REMOTE
        if look.read_at - memory.stop_at < STOP_SETTLES:
            return None
        if memory.stop_confirmed:
            return StopReason.REMOTE  # and what still charges is another session
        memory.stop_at = None
        return None

    def _end(
        self,
        at: datetime,
        stop_wh: float | None,
        reason: StopReason | None,
        *,
        unseen: bool = False,
        unplugged: bool = False,
        faulted: bool = False,
        raw: str | None = None,
    ) -> ChargingSession:
        assert self.running is not None
        memory = self.memory
        ended_at = max(at, self.running.started_at)
        changes: dict[str, Any] = {"ended_at": ended_at, "stop_reason": reason}
        if unplugged:
            changes["disconnected_at"] = ended_at
        if faulted:
            changes["stop_reason_raw"] = raw
        told = measured(self.running, stop_wh, self._max_power_w).model_copy(update=changes)
        told = with_end_flags(told, end_seen=not unseen, faulted=faulted)
        self.running, self._max_power_w = None, None
        memory.ended_at, memory.ended_in_plug, memory.stop_at = ended_at, True, None
        return told

    def _begin(self, look: Look) -> None:
        memory = self.memory
        if look.gap:
            start_wh = look.before_this_plug_wh()
        else:
            start_wh = look.before_wh if look.before_wh is not None else look.register_wh
        started_at = self._start_after_the_last(look.read_at)
        flags = (SessionFlag.START_NOT_SEEN,) if look.gap else ()
        self.running = ChargingSession(
            session_id=f"{started_at:%Y%m%dT%H%M%SZ}-{memory.connector_id}",
            connector_id=memory.connector_id,
            started_at=started_at,
            connected_at=memory.connected_at,
            meter_start_wh=None if start_wh is None else round(start_wh, 3),
            id_token=self._take_token(look.read_at),
            flags=flags,
        )
        self._is_new = True
        self._max_power_w = look.reading.power_w
        memory.session_id, memory.started_at = self.running.session_id, started_at
        memory.base_wh = 0.0
        if memory.ended_in_plug:
            memory.base_wh = (look.told_wh if look.gap else memory.session_energy_wh) or 0.0

    def _start_after_the_last(self, at: datetime) -> datetime:
        """Return the start of a session that begins now: after every earlier one, and in a second of its own."""
        for earlier, step in ((self.memory.started_at, timedelta(seconds=1)), (self.memory.ended_at, timedelta(0))):
            if earlier is None or earlier - at > _CLOCK_SET_BACK:
                continue
            if step and to_epoch_s(at) <= to_epoch_s(earlier):
                at = earlier.replace(microsecond=0) + step
            at = max(at, earlier)
        return at

    def _take_token(self, at: datetime) -> str | None:
        memory = self.memory
        token, token_at = memory.id_token, memory.token_at
        memory.id_token = memory.token_at = None
        return token if token_at is not None and at - token_at <= TOKEN_HOLDS else None

    def _note_running(self, look: Look, told: list[ChargingSession]) -> bool:
        """Tell how far the running session is, when it is new and every five minutes: each time is a commit."""
        if self.running is None:
            self._told_in_s = None
            return False
        interval_s = floor_interval_s(to_epoch_s(look.read_at))
        if self.running.meter_start_wh is None and look.register_wh is not None:
            self.running = self.running.model_copy(update={"meter_start_wh": round(look.register_wh, 3)})
        if interval_s == self._told_in_s and not self._is_new:
            return False
        self._told_in_s, self._is_new = interval_s, False
        self.running = measured(self.running, self.memory.register_wh, self._max_power_w)
        told.append(self.running)
        return True

    def _forget_plug(self) -> None:
        memory = self.memory
        memory.ended_in_plug, memory.connected_at, memory.base_wh = False, None, 0.0
        memory.session_id = None

    # --- what readers see ---------------------------------------------------------------------------------

    def _sane(self, status: ConnectorStatus | None) -> ConnectorStatus | None:
        """Return the state with what one answer alone cannot tell: whether this vehicle has charged already."""
        if status in _SUSPENDED and self.running is None:
            return ConnectorStatus.FINISHING if self.memory.ended_in_plug else ConnectorStatus.PREPARING
        return status

    def _as_read(self, reading: ConnectorReading, status: ConnectorStatus | None) -> ConnectorReading:
        energy_wh = reading.session_energy_wh
        if energy_wh is not None and self.memory.base_wh:
            energy_wh = round(max(energy_wh - self.memory.base_wh, 0.0), 6)
        changes = {"status": status, "session_id": self.memory.session_id, "session_energy_wh": energy_wh}
        return reading.model_copy(update=changes)


def _begins(look: Look) -> bool:
    """Return whether a session begins, or began while nobody looked and pauses now."""
    if look.status is ConnectorStatus.CHARGING:
        return True
    return look.gap and look.status in _SUSPENDED and (look.flowed_wh() or 0.0) >= FLOWED_WH
