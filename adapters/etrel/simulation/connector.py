"""One connector: its state at any time, and what may be wished of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from adapters.etrel.simulation.cards import WEB_START, Card
from adapters.etrel.simulation.curve import Curve
from adapters.etrel.simulation.sessions import NOTED_AFTER, STOP_UNPLUGGED, Session, Stay, Stretch
from adapters.etrel.simulation.ticks import seconds
from adapters.etrel.simulation.visits import STOP_CARD, Visit
from adapters.simulation.wishes import WishError
from bridge.types.words import ConnectorStatus

CARD_VALID = seconds(60)
"""how long the charger waits for a plug after a card was shown"""
STOP_INTERNAL_FAULT = "FaultOccuredSystemInternalFault"
_ENDING = "the plug was just pulled and the session is ending; two seconds later the place is free"


@dataclass(frozen=True, slots=True)
class _Shown:
    card: Card
    at: int


class Connector:
    """State of one connector. All instants in ticks; wishes come in the order of time."""

    def __init__(self, connector_id: int, meter_mwh: int, next_id: Callable[[], int]) -> None:
        self.connector_id = connector_id
        self.sessions: list[Session] = []
        """every session, by start; those whose start lies ahead are plans"""
        self.faulted = False
        self.disabled = False
        self._meter_mwh = meter_mwh
        self._next_id = next_id
        self._stay: Stay | None = None
        self._shown: _Shown | None = None
        self._settled = (0, 0)
        """how many sessions, all but the last, took how many ticks: asked for with every status"""

    # --- what is -------------------------------------------------------------------------------------------

    def session(self, at: int) -> Session | None:
        """Return the latest session that has begun, running or over."""
        return next((s for s in reversed(self.sessions) if s.has_started(at)), None)

    def running(self, at: int) -> Session | None:
        """Return the running session."""
        session = self.session(at)
        return session if session is not None and session.is_running(at) else None

    def steps_at(self, at: int) -> int:
        """Return the power, in steps."""
        session = self.running(at)
        return session.steps_at(at) if session else 0

    def meter_mwh(self, at: int) -> int:
        """Return the energy register, which never falls."""
        session = self.session(at)
        return session.meter_mwh(at) if session else self._meter_mwh

    def operated(self, at: int) -> int:
        """Return the ticks of all sessions together, for a present `at`."""
        older = len(self.sessions) - 1
        if older < 0:
            return 0
        if self._settled[0] != older:
            self._settled = (older, sum(s.lasted(at) for s in self.sessions[:older]))
        return self._settled[1] + max(0, self.sessions[-1].lasted(at))

    def status(self, at: int) -> ConnectorStatus:
        """Return the state in OCPP's words."""
        if self.disabled:
            return ConnectorStatus.UNAVAILABLE
        if self.faulted:
            return ConnectorStatus.FAULTED
        running = self.running(at)
        if running is not None:
            return self._status_of(running, at)
        stay = self._plugged(at)
        if stay is None:
            return ConnectorStatus.PREPARING if self._shown_card(at) else ConnectorStatus.AVAILABLE
        latest = self.session(at)
        return ConnectorStatus.FINISHING if latest and latest.stay is stay else ConnectorStatus.PREPARING

    def _status_of(self, running: Session, at: int) -> ConnectorStatus:
        if not running.stay.is_plugged(at):
            return ConnectorStatus.FINISHING
        if not running.is_flowing(at):
            return ConnectorStatus.SUSPENDED_EVSE
        return ConnectorStatus.SUSPENDED_EV if running.is_full(at) else ConnectorStatus.CHARGING

    def awaits_plug(self, at: int) -> bool:
        """Tell whether a card was shown and no plug is in yet."""
        return self._plugged(at) is None and self._shown_card(at) is not None

    # --- cars that come by themselves ----------------------------------------------------------------------

    def admit(self, visit: Visit) -> None:
        """Let a planned car in, unless the place is taken or out of order when it comes."""
        at = visit.connected_at
        if self.faulted or self.disabled or self._present(at):
            return
        self._stay = Stay(at, visit.curve, visit.unplugged_at)
        session = self._begin(visit.started_at, visit.card, visit.mode)
        session.stretches = [Stretch(visit.started_at, visit.flow_until)]
        session.ended_at = visit.ended_at
        session.stop_reason = visit.stop_reason

    # --- wishes --------------------------------------------------------------------------------------------

    def plug_in(self, at: int, curve: Curve) -> None:
        """Plug a car in; a card that was just shown starts the session."""
        if self._plugged(at):
            raise WishError("a car is plugged in already; unplug it first")
        if self.running(at):
            raise WishError(_ENDING)
        self._stay = Stay(at, curve)
        shown = self._shown_card(at)
        self._shown = None
        if shown and not self.faulted and not self.disabled:
            self._begin(at, shown, "Fast")

    def swipe(self, at: int, card: Card) -> None:
        """Show a card: it starts a session, ends its own, or is remembered until the plug comes."""
        self._in_order()
        running = self.running(at)
        if running is None:
            if self._plugged(at):
                self._begin(at, card, "Fast")
            else:
                self._shown = _Shown(card, at)
        elif running.card.code == card.code:
            self._end(running, at, STOP_CARD)
        else:
            raise WishError("the session belongs to another card; only that one ends it")

    def start(self, at: int, card: Card | None) -> None:
        """Start a session from afar."""
        self._in_order()
        if self.running(at):
            raise WishError("a session is running already; stop it first")
        if not self._plugged(at):
            raise WishError("no car is plugged in; plug one in first")
        self._begin(at, card or WEB_START, "Fast")

    def pause(self, at: int) -> None:
        """Let no energy flow for a while."""
        running = self._running_plugged(at)
        if not running.is_flowing(at):
            raise WishError("the session is paused already")
        running.cut_flow(at)
        running.plan_end_with_stay()

    def resume(self, at: int) -> None:
        """Let energy flow again."""
        running = self._running_plugged(at)
        if running.is_flowing(at):
            raise WishError("the session is not paused")
        running.stretches.append(Stretch(at, running.stay.unplugged_at))

    def stop(self, at: int, reason: str) -> None:
        """End the session; the car stays plugged in."""
        self._end(self._running_plugged(at), at, reason)

    def fault(self, at: int) -> None:
        """Break down: a running session ends."""
        if self.faulted:
            raise WishError("the connector is faulted already; clear_fault ends that")
        self.faulted = True
        self._shown = None
        self._forget_plan(at)
        running = self.running(at)
        if running:
            self._end(running, at, STOP_INTERNAL_FAULT)

    def clear_fault(self) -> None:
        """Be in order again."""
        if not self.faulted:
            raise WishError("the connector has no fault")
        self.faulted = False

    def unplug(self, at: int) -> None:
        """Pull the plug; the end of a running session is noted about two seconds later."""
        stay = self._plugged(at)
        if stay is None:
            raise WishError("no car is plugged in")
        self._forget_plan(at)
        running = self.running(at)
        if running:
            self._end(running, at, STOP_UNPLUGGED)
            running.ended_at = at + NOTED_AFTER
        stay.unplugged_at = at

    def disable(self, at: int) -> None:
        """Go out of service by intent; not while a session runs."""
        if self.running(at):
            raise WishError("a session is running; stop it first")
        self._forget_plan(at)
        self._shown = None
        self.disabled = True

    def enable(self) -> None:
        """Come back into service."""
        if not self.disabled:
            raise WishError("the connector is in service already")
        self.disabled = False

    def note_failed_attempt(self, at: int, card: Card) -> None:
        """Put a session of one second without energy into the log, just ended."""
        started = at - seconds(1)
        attempt = Session(
            session_id=self._next_id(),
            connector_id=self.connector_id,
            stay=Stay(started - seconds(2), Curve([(seconds(1), 0)]), at),
            card=card,
            mode="Fast",
            started_at=started,
            meter_start_mwh=self.meter_mwh(started),
            ended_at=at,
            stop_reason=STOP_INTERNAL_FAULT,
        )
        # Before those of a car that is here, which must stay the latest; the log is sorted when it is read.
        present = self._present(at)
        place = len(self.sessions)
        while place and self.sessions[place - 1].stay is present:
            place -= 1
        self.sessions.insert(place, attempt)

    # --- within --------------------------------------------------------------------------------------------

    def _begin(self, at: int, card: Card, mode: str | None) -> Session:
        stay = self._stay
        assert stay is not None
        self._forget_plan(at)
        previous = self.sessions[-1] if self.sessions else None
        session = Session(
            session_id=self._next_id(),
            connector_id=self.connector_id,
            stay=stay,
            card=card,
            mode=mode,
            started_at=at,
            meter_start_mwh=previous.meter_mwh(at) if previous else self._meter_mwh,
            charged_before=previous.charged(at) if previous and previous.stay is stay else 0,
            stretches=[Stretch(at, stay.unplugged_at)],
        )
        session.plan_end_with_stay()
        self.sessions.append(session)
        return session

    def _end(self, session: Session, at: int, reason: str) -> None:
        session.cut_flow(at)
        session.ended_at = at
        session.stop_reason = reason

    def _forget_plan(self, at: int) -> None:
        if self.sessions and not self.sessions[-1].has_started(at):
            self.sessions.pop()

    def _plugged(self, at: int) -> Stay | None:
        return self._stay if self._stay is not None and self._stay.is_plugged(at) else None

    def _present(self, at: int) -> Stay | None:
        """Return the car that is plugged in, or that was unplugged while its session is still ending."""
        running = self.running(at)
        return running.stay if running else self._plugged(at)

    def _shown_card(self, at: int) -> Card | None:
        return self._shown.card if self._shown and at < self._shown.at + CARD_VALID else None

    def _running_plugged(self, at: int) -> Session:
        running = self.running(at)
        if running is None:
            raise WishError("no session is running; start one first")
        if not running.stay.is_plugged(at):
            raise WishError(_ENDING)
        return running

    def _in_order(self) -> None:
        if self.faulted:
            raise WishError("the connector is faulted; clear_fault first")
        if self.disabled:
            raise WishError("the connector is out of service; enable it first")
