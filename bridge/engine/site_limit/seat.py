"""One connector under the site limit: who sits there, and what must be counted for it."""

from __future__ import annotations

from bridge.engine.site_limit.caps import Caps, Place
from bridge.engine.site_limit.shares import Claim
from bridge.engine.site_limit.told import LEAST_A, offerable
from bridge.engine.site_limit.usage import Usage
from bridge.types.charger import ConnectorReading
from bridge.types.charger_options import SupplyOptions
from bridge.types.words import ConnectorStatus

SETTLED_S = 15.0
"""what a charger shows sooner after a command may be from before it"""
ASSERT_EVERY_S = 300.0
_DUST_A = 0.5
"""chargers round what they offer"""
_EMPTY = frozenset(
    {
        ConnectorStatus.AVAILABLE,
        ConnectorStatus.RESERVED,
        ConnectorStatus.FINISHING,
        ConnectorStatus.UNAVAILABLE,
        ConnectorStatus.FAULTED,
    }
)
"""states in which nobody waits for current; in any other, an unknown one too, a vehicle may"""
_BEGINS_ANEW = frozenset({ConnectorStatus.AVAILABLE, ConnectorStatus.PREPARING, ConnectorStatus.CHARGING})
_MOST_FAILURES = 10
_NEVER_S = float("-inf")


class Seat:
    """Lives on the event loop; times are monotonic seconds."""

    def __init__(self, place: Place, supply: SupplyOptions, *, priority: int, forgets_pause: bool, caps: Caps) -> None:
        self.place = place
        self.most_a = supply.max_current_a
        self.w_per_a = supply.voltage_v * supply.phases
        self.forgets_pause = forgets_pause
        self.reading: ConnectorReading | None = None
        self.changed_s = _NEVER_S
        """when its cap was changed last"""
        self.told_s = _NEVER_S
        """when a command of anybody to its charger last came to its end"""
        self.retry_at_s = _NEVER_S
        self.before_a: float | None = None
        """its cap before the raising that is under way"""
        self.failures = 0
        """how often in a row it was seen to offer more than it had confirmed"""
        self._voltage_v = supply.voltage_v
        self._priority = priority
        self._caps = caps
        self._came_s = 0.0
        self._is_occupied = False
        self._usage = Usage()

    @property
    def cap_a(self) -> float:
        """What everybody's wishes stay under."""
        return self._caps.cap(self.place) or 0.0

    @property
    def is_occupied(self) -> bool:
        """Whether a vehicle waits for current or draws it, as far as is known."""
        return self._is_occupied

    @property
    def is_content(self) -> bool:
        """Whether its vehicle draws nothing of what it may."""
        return self._usage.is_content

    @property
    def held_a(self) -> float:
        """What must be counted for it: the most that it may be offering, or may be told without asking here."""
        told = self._caps.told(self.place)
        offers = [self.cap_a, self.most_a if told.may_a is None else told.may_a]
        if self.forgets_pause and self.cap_a >= LEAST_A:
            offers.append(self.most_a if told.resumes_a is None else told.resumes_a)
        return max(offers)

    @property
    def is_left_alone(self) -> bool:
        """Whether a limit would start again what was stopped."""
        return self.forgets_pause and self._caps.told(self.place).is_stopped

    @property
    def is_due(self) -> bool:
        """Whether it is to be told something: it has not confirmed just what it should be offering."""
        told = self._caps.told(self.place)
        return not (told.is_sure and told.may_a == self._caps.effective(self.place))

    def is_stale(self, now_s: float) -> bool:
        """Whether it is to be told again, for chargers forget, and this one does not show what it offers."""
        reading = self.reading
        return (
            reading is not None
            and reading.status is ConnectorStatus.CHARGING
            and reading.current_offered_a is None
            and now_s >= self.told_s + ASSERT_EVERY_S
        )

    def waits_s(self, now_s: float) -> float:
        """Return how long it is left in peace, 0 where it is not: it did not take what it was told, or not do it."""
        again_at_s = self.told_s + min(SETTLED_S * (1 << (self.failures - 1)), ASSERT_EVERY_S) if self.failures else 0.0
        return max(self.retry_at_s - now_s, again_at_s - now_s, 0.0)

    def trim(self) -> None:
        """Give back what it was allowed and never told; its charger is not told anything now."""
        told = self._caps.told(self.place)
        offers_a = self.most_a if told.may_a is None else told.may_a
        resumes_a = self.most_a if told.resumes_a is None else told.resumes_a
        self._caps.allow(self.place, min(self.cap_a, max(offers_a, resumes_a) if self.forgets_pause else offers_a))

    def claim(self) -> Claim:
        """Return what it asks for."""
        return Claim(
            place=self.place,
            w_per_a=self.w_per_a,
            want_a=self._want_a(),
            most_a=self.most_a,
            turn=(float(self._usage.is_content), self._came_s),
            priority=self._priority,
            is_reserved=self.forgets_pause,
            may_stand=True,
        )

    def _want_a(self) -> float:
        if not self._is_occupied or self.is_left_alone:
            return 0.0
        told = self._caps.told(self.place)
        wants = [self.most_a]
        if told.wish_a is not None:
            wants.append(offerable(told.wish_a) or 0.0)
        if self._usage.need_a is not None:
            wants.append(self._usage.need_a)
        if self._is_held_up:
            wants.append(self.cap_a)
        return min(wants)

    @property
    def _is_held_up(self) -> bool:
        """Whether a box with one switch offers nothing although it was told to: it waits for a card, or was paused."""
        told = self._caps.told(self.place)
        is_paused = self.reading is not None and self.reading.status is ConnectorStatus.SUSPENDED_EVSE
        return self.forgets_pause and is_paused and told.is_sure and (told.may_a or 0.0) >= LEAST_A

    def take(self, reading: ConnectorReading, at_s: float, now_s: float) -> None:
        """Take what a new poll says that was answered at `at_s`."""
        self.reading = reading
        was_occupied, self._is_occupied = self._is_occupied, reading.status not in _EMPTY
        if reading.status in _BEGINS_ANEW:
            self._caps.begins_anew(self.place)
        if self._is_occupied and not was_occupied:
            self._came_s = now_s
            self._usage = Usage()
        if was_occupied and not self._is_occupied and self.forgets_pause:
            self._caps.forgot(self.place)
        drawn_a = _drawn_a(reading, self._voltage_v)
        if self._is_occupied:
            self._usage.take(drawn_a, self.cap_a, at_s)
        if at_s >= self.told_s + SETTLED_S:
            self._compare(reading, drawn_a)

    def _compare(self, reading: ConnectorReading, drawn_a: float | None) -> None:
        """Believe a charger that shows more than it was told."""
        told = self._caps.told(self.place)
        if told.may_a is None or not told.is_sure:
            return
        shown_a = reading.current_offered_a
        if self._is_occupied and shown_a is not None and shown_a > told.may_a + _DUST_A:
            self._caps.showed(self.place, shown_a)
        elif told.may_a == 0 and (drawn_a or 0.0) > _DUST_A:
            if self.forgets_pause:
                self._caps.forgot(self.place)
            else:
                self._caps.showed(self.place, self.most_a)
        else:
            self.failures = 0
            return
        self.failures = min(self.failures + 1, _MOST_FAILURES)


def _drawn_a(reading: ConnectorReading, voltage_v: float) -> float | None:
    """Return the current of the phase with most; where only the power is told, as if it were all on one phase."""
    currents = [one for one in (reading.current_a, reading.current_l2_a, reading.current_l3_a) if one is not None]
    if currents:
        return max(currents)
    return None if reading.power_w is None else reading.power_w / voltage_v
