"""Keeps what all chargers of the site may take together within its limit.

A promise is the most that a connector may be offering: what it last confirmed, and what it may have taken besides.
The sum of all promises is what is held against the limit. So what there is to give is first taken away elsewhere, and
given only when that was confirmed; a lowering that was not confirmed leaves the old promise counted, a raising counts
before it is sent. A charger that does not answer stays at its last promise, one that cannot be limited at all that
its wires give.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bridge.engine.board import Board, ChargerCard
from bridge.engine.recorder import Recorder
from bridge.engine.site_limit.caps import ORIGIN, Caps, Place
from bridge.engine.site_limit.card import SeatCard, SiteLimitCard
from bridge.engine.site_limit.headroom import LOST_S, Headroom, Sight
from bridge.engine.site_limit.options import Shares, SiteLimitOptions
from bridge.engine.site_limit.seat import Seat
from bridge.engine.site_limit.shares import Budget, Claim, share
from bridge.engine.site_limit.told import LEAST_A
from bridge.engine.waking import sleep_unless
from bridge.errors import BridgeError, StoreError
from bridge.ports import Clock, Commander
from bridge.types.charger import Snapshot
from bridge.types.charger_options import SupplyOptions
from bridge.types.command import LimitCurrent
from bridge.types.words import Ability, CommandStatus

_LOG = logging.getLogger(__name__)
NOTE = "site limit"
"""topic of the note on the board"""
RETRY_S = 30.0
"""until a charger that did not take its limit is told it again"""
_SILENT_S = 30.0
_SILENT_POLLS = 3
_PATIENCE_S = 20.0
"""after a start the chargers have not been heard yet, which is no problem"""
_LOOK_S = 10.0
"""between two looks for which nobody called"""
_APART_S = 1.0
"""between two looks, however often somebody calls"""
_STEP_A = 2.0
"""by less a limit is not raised because the building takes a little less"""


@dataclass(frozen=True, slots=True)
class Sited:
    """A charger under the limit."""

    charger: str
    supply: SupplyOptions
    """of each connector"""
    forgets_pause: bool = True
    """whether its pause is one switch with start and stop, and ends by itself when the vehicle leaves (go-e); a
    charger of which that is not known is best taken for one that does"""


class SiteLimit:
    """Lives on the event loop. Built when the commander has restored what the chargers were told."""

    def __init__(
        self,
        options: SiteLimitOptions,
        chargers: Sequence[Sited],
        *,
        caps: Caps,
        commander: Commander,
        board: Board,
        recorder: Recorder,
        clock: Clock,
    ) -> None:
        self._options = options
        self._sited: dict[str, Sited] = {}
        self._caps = caps
        self._commander = commander
        self._board = board
        self._recorder = recorder
        self._clock = clock
        self._began_s = clock.monotonic_s()
        self._headroom = Headroom(options, self._began_s)
        self._building: tuple[float | None, float] | None = None
        """a reading of the building not taken yet, and when it was read"""
        self._seats: dict[Place, Seat] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._due = asyncio.Event()
        self._note = ""
        self._troubled_s: float | None = None
        self.card = SiteLimitCard(
            options.max_current_a, options.max_power_w, options.shares.value, options.raise_after_s, options.building
        )
        for sited in chargers:
            self.add(sited)
        caps.on_change(self._commanded)

    def add(self, sited: Sited) -> None:
        """Put a charger under the limit; from now on it is allowed what it was told last, if ever, and no more."""
        self._sited[sited.charger] = sited
        self._caps.guard(sited.charger, forgets_pause=sited.forgets_pause)
        for place in self._caps.places(sited.charger):
            if sited.forgets_pause:  # nobody looked while the bridge was not running
                self._caps.forgot(place)
            may_a = self._caps.told(place).may_a
            if may_a is not None:
                self._caps.allow(place, min(may_a, sited.supply.max_current_a))
        self._recorder.on_snapshot(sited.charger, self._due.set)
        self._due.set()

    async def run(self) -> None:
        """Share what there is, until cancelled."""
        try:
            while True:
                self._due.clear()
                self._look()
                await self._clock.sleep(_APART_S)
                await sleep_unless(self._due, _LOOK_S, self._clock)
        finally:
            sending = tuple(self._sending.values())
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)

    def _commanded(self, charger: str) -> None:
        now_s = self._clock.monotonic_s()
        for seat in self._seats_of(charger):
            seat.told_s = now_s
        self._due.set()

    # --- what is known ---------------------------------------------------------------------------------------------

    def _look(self) -> None:
        now_s = self._clock.monotonic_s()
        for sited in self._sited.values():
            self._take(sited, now_s)
        self._measure(now_s)
        budget, sight = self._headroom.budget(now_s), self._headroom.sight(now_s)
        movable = {place: seat for place, seat in self._seats.items() if self._is_movable(seat, now_s)}
        left = budget
        for place, seat in self._seats.items():
            if place not in movable:
                seat.trim()
                if seat.forgets_pause and seat.cap_a < LEAST_A:  # a pause is believed where it could be told again
                    self._caps.forgot(place)
                left = left.less(seat.held_a, seat.w_per_a)
        claims = {place: _dimmed(seat.claim(), sight) for place, seat in movable.items()}
        targets = share(claims.values(), left, by_priority=self._options.shares is Shares.PRIORITY)
        self._lower(movable, targets, now_s)
        free = None if sight is Sight.DIM else budget
        self._raise(movable, targets, claims, free, now_s)
        self._send_due(movable, now_s)
        self._tell(budget, left, sight, now_s)

    def _take(self, sited: Sited, now_s: float) -> None:
        """Take what is new of a charger."""
        card = self._board.chargers[sited.charger]
        snapshot = card.snapshot
        self._find_seats(sited, snapshot)
        if snapshot is not None and snapshot is not self._snapshots.get(sited.charger):
            self._snapshots[sited.charger] = snapshot
            at_s = now_s - max((self._clock.now() - snapshot.read_at).total_seconds(), 0.0)
            for reading in snapshot.connectors:
                self._seats[Place(sited.charger, reading.connector_id)].take(reading, at_s, now_s)
            if sited.charger == self._options.building:
                self._building = (snapshot.building_power_w, at_s)
        if sited.forgets_pause and not self._is_heard(card):
            for seat in self._seats_of(sited.charger):
                self._caps.forgot(seat.place)

    def _measure(self, now_s: float) -> None:
        """Take a new reading of the building, once those of all chargers are in."""
        building, self._building = self._building, None
        if building is None or building[0] is None:
            return
        is_beginning = now_s < self._began_s + _SILENT_S
        if is_beginning and not all(self._is_heard(self._board.chargers[charger]) for charger in self._sited):
            return  # what the others take would pass for the building's own
        self._headroom.take(building[0], self._drawn_w(), building[1])

    def _find_seats(self, sited: Sited, snapshot: Snapshot | None) -> None:
        """Have a seat for every connector that is known of, and keep it."""
        known = set(self._caps.places(sited.charger))
        known |= {seat.place for seat in self._seats_of(sited.charger) if seat.reading is not None}
        if snapshot is not None:
            known |= {Place(sited.charger, reading.connector_id) for reading in snapshot.connectors}
        first = Place(sited.charger, 1)
        if not known:
            known = {first}  # until more is known its wires are counted once
        elif first not in known:
            self._seats.pop(first, None)
        for place in sorted(known):
            if place not in self._seats:
                self._seats[place] = self._seat(place, sited)

    def _seat(self, place: Place, sited: Sited) -> Seat:
        priority = self._options.priorities.get(sited.charger, 0)
        return Seat(place, sited.supply, priority=priority, forgets_pause=sited.forgets_pause, caps=self._caps)

    def _seats_of(self, charger: str) -> Iterator[Seat]:
        return (seat for place, seat in list(self._seats.items()) if place.charger == charger)

    def _drawn_w(self) -> float:
        """Return what the chargers say that they take; one that does not answer counts for nothing."""
        drawn = 0.0
        for seat in self._seats.values():
            is_heard = self._is_heard(self._board.chargers[seat.place.charger])
            if is_heard and seat.reading is not None:
                drawn += seat.reading.power_w or 0.0
        return drawn

    def _is_heard(self, card: ChargerCard) -> bool:
        if card.error is not None or card.snapshot is None:
            return False
        age_s = (self._clock.now() - card.snapshot.read_at).total_seconds()
        return age_s <= max(_SILENT_S, _SILENT_POLLS * card.poll_s)

    def _can_be_limited(self, seat: Seat) -> bool:
        return Ability.LIMIT_CURRENT in self._commander.abilities(seat.place.charger)

    def _is_movable(self, seat: Seat, now_s: float) -> bool:
        """Whether it can be told another limit now; else it counts with what it holds."""
        if seat.place.charger in self._sending:
            return True
        if not self._can_be_limited(seat) or not self._is_heard(self._board.chargers[seat.place.charger]):
            return False
        if seat.waits_s(now_s) > 0 or seat.is_left_alone:
            return False
        return seat.is_due or seat.held_a <= seat.cap_a

    # --- what is done ----------------------------------------------------------------------------------------------

    def _lower(self, movable: Mapping[Place, Seat], targets: Mapping[Place, float], now_s: float) -> None:
        for place, seat in movable.items():
            if targets[place] < seat.cap_a:
                self._caps.allow(place, targets[place])
                seat.changed_s = now_s

    def _raise(
        self,
        movable: Mapping[Place, Seat],
        targets: Mapping[Place, float],
        claims: Mapping[Place, Claim],
        free: Budget | None,
        now_s: float,
    ) -> None:
        """Give what is free; what was taken away elsewhere is free when that was confirmed. None: nothing is free."""
        for seat in self._seats.values():
            free = None if free is None else free.less(seat.held_a, seat.w_per_a)
        for place, target_a in targets.items():
            seat = movable[place]
            more_a = max(target_a - seat.held_a, 0.0)
            if target_a <= seat.cap_a or now_s < seat.changed_s + self._options.raise_after_s:
                continue
            is_small = seat.cap_a >= LEAST_A and target_a < min(seat.cap_a + _STEP_A, claims[place].want_a)
            if self._options.building is not None and is_small:
                continue
            if more_a > 0:  # else it is counted with that much already
                if free is None or not free.has(more_a, seat.w_per_a):
                    continue
                free = free.less(more_a, seat.w_per_a)
            seat.before_a = seat.cap_a
            self._caps.allow(place, target_a)
            seat.changed_s = now_s

    def _send_due(self, movable: Mapping[Place, Seat], now_s: float) -> None:
        for place, seat in movable.items():
            if place.charger not in self._sending and (seat.is_due or seat.is_stale(now_s)):
                task = asyncio.create_task(self._send(seat), name=f"site limit of {place.charger}")
                self._sending[place.charger] = task
                task.add_done_callback(partial(self._sent, place.charger))

    def _sent(self, charger: str, done: asyncio.Task[None]) -> None:
        del self._sending[charger]
        self._due.set()
        if not done.cancelled() and done.exception() is not None:
            _LOG.error("%s: a defect while limiting it", charger, exc_info=done.exception())

    async def _send(self, seat: Seat) -> None:
        limit_a = self._caps.effective(seat.place)
        command = LimitCurrent(connector_id=seat.place.connector_id, limit_a=limit_a)
        try:
            outcome = await self._commander.execute(seat.place.charger, command, ORIGIN)
            status = outcome.status
        except StoreError:
            status = CommandStatus.REFUSED  # nothing was sent; the board tells of the store
        if status is not CommandStatus.DONE:
            seat.retry_at_s = self._clock.monotonic_s() + RETRY_S
        if status is CommandStatus.REFUSED and seat.before_a is not None:
            may_a = self._caps.told(seat.place).may_a or 0.0  # others may have used it meanwhile
            self._caps.allow(seat.place, min(seat.cap_a, max(seat.before_a, may_a)))
        seat.before_a = None

    # --- what is told ----------------------------------------------------------------------------------------------

    def _tell(self, budget: Budget, left: Budget, sight: Sight, now_s: float) -> None:
        card, seats = self.card, self._seats.values()
        for seat in seats:
            budget = budget.less(seat.held_a, seat.w_per_a)
        card.base_w = self._headroom.base_w
        card.promised_a = sum(seat.held_a for seat in seats)
        card.promised_w = sum(seat.held_a * seat.w_per_a for seat in seats)
        card.is_kept = budget.is_kept
        card.seats = [
            SeatCard(seat.place, seat.held_a, seat.cap_a, self._sentence(seat, now_s))
            for _, seat in sorted(self._seats.items())
        ]
        problem = self._problem(left, sight)
        if not problem:
            self._troubled_s = None
        elif self._troubled_s is None:
            self._troubled_s = now_s
        is_old = self._troubled_s is not None and now_s - self._troubled_s >= _PATIENCE_S
        card.note = problem if is_old else ""
        if card.note == self._note:
            return
        self._note = card.note
        if card.note:
            self._board.notes[NOTE] = card.note
            _LOG.warning("%s", card.note)
        else:
            self._board.notes.pop(NOTE, None)

    def _problem(self, left: Budget, sight: Sight) -> str:
        if not left.is_kept:
            return str(
                BridgeError(
                    NOTE,
                    "chargers that cannot be limited or do not answer, and the rest of the building where that is"
                    " counted, may take more than the limit without the others",
                    todo="See which ones on the page; bring them back, or raise the limit",
                    meanwhile="All chargers that obey are paused",
                )
            )
        if sight is Sight.NONE:
            return str(
                BridgeError(
                    NOTE,
                    f"«{self._options.building}» has not told the power of the building for {LOST_S:.0f} s",
                    todo="See whether that charger answers and its load guard is connected",
                    meanwhile="No charger is allowed more than 6 A",
                )
            )
        return ""

    def _sentence(self, seat: Seat, now_s: float) -> str:
        if not self._can_be_limited(seat):
            return "It cannot be limited, so all that its wires give is counted."
        if not self._is_heard(self._board.chargers[seat.place.charger]):
            return "It does not answer, so the most that it was promised is counted."
        if seat.waits_s(now_s) > 0:
            again_s = seat.waits_s(now_s)
            return f"It did not do what it was told and is told again in {again_s:.0f} s; the most it may take counts."
        if seat.is_left_alone:
            return "It was stopped; another limit would start it again, so it keeps what it was promised."
        if seat.is_occupied and seat.cap_a < LEAST_A:
            waits = "it takes nothing, and others wait" if seat.is_content else "the site's limit leaves less than 6 A"
            return f"It is paused: {waits}."
        return ""


def _dimmed(claim: Claim, sight: Sight) -> Claim:
    """Return what may be asked for while nobody knows what the building takes."""
    if sight is not Sight.NONE:
        return claim
    return Claim(
        claim.place,
        claim.w_per_a,
        min(claim.want_a, LEAST_A),
        claim.most_a,
        claim.turn,
        claim.priority,
        claim.is_reserved,
        may_stand=claim.may_stand,
    )
