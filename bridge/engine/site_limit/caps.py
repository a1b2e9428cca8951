"""Under what limits everybody's wishes stay, and what every connector was told; the commander asks here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from bridge.engine.site_limit.told import LEAST_A, Told, from_json, lower, offerable, to_json
from bridge.types.command import Command, LimitCurrent, Restart, StartCharging, StopCharging
from bridge.types.words import CommandStatus

ORIGIN = "site limit"
"""who wishes, in the journal, where this room does"""
SETTING = "told limit/"
"""settings: what a connector was told, by charger and connector; no station can be called so"""


class Place(NamedTuple):
    """One connector of one charger."""

    charger: str
    connector_id: int


@dataclass(slots=True)
class Sending:
    """One wish on its way down: what is really sent for it."""

    steps: tuple[Command, ...] = ()
    """in this order; the last one is the wish, or what the cap makes of it"""
    refusal: str | None = None
    """why nothing is sent, as a sentence"""
    remark: str = ""
    """what whoever wished should know of the cap, as a sentence"""
    kept: dict[str, str] = field(default_factory=dict)
    """settings to be stored together with the wish: the worst that may come of it"""


class Begun(NamedTuple):
    """What was known when a wish was sent."""

    before: dict[Place, Told]
    changes: dict[Place, int]


class Caps:
    """What every connector was told and is allowed. Lives on the event loop, in memory; the commander keeps it.

    What was told is noted whether or not there is a site limit, in the commits that each command costs anyway: so a
    site limit that is configured one day, or a bridge that starts again, knows what every charger may be offering.
    """

    def __init__(self) -> None:
        self._told: dict[Place, Told] = {}
        self._caps: dict[Place, float] = {}
        self._forgets: dict[str, bool] = {}
        self._changes: dict[Place, int] = {}
        """how often something was noticed besides commands"""
        self._listeners: list[Callable[[str], None]] = []

    def restore(self, kept: Mapping[str, str]) -> None:
        """Go on from the settings that were kept, by the rest of their names."""
        for name, text in kept.items():
            charger, _, connector_id = name.rpartition("/")
            self._told[Place(charger, int(connector_id))] = from_json(text)

    def on_change(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the charger, on the event loop, after every command that may have changed a limit."""
        self._listeners.append(listener)

    def guard(self, charger: str, *, forgets_pause: bool) -> None:
        """Put a charger under the site limit: what has no cap is allowed the least from now on.

        That is nothing, or 6 A where a pause is forgotten.
        """
        self._forgets[charger] = forgets_pause

    def allow(self, place: Place, cap_a: float) -> None:
        """Let everybody's wishes through up to this; 0, or 6 and more."""
        self._caps[place] = cap_a

    def cap(self, place: Place) -> float | None:
        """Return up to what wishes get through; None where nothing is limited."""
        forgets = self._forgets.get(place.charger)
        return None if forgets is None else self._caps.get(place, LEAST_A if forgets else 0.0)

    def told(self, place: Place) -> Told:
        """Return what a connector was told."""
        return self._told.get(place, _NEVER)

    def places(self, charger: str) -> list[Place]:
        """Return the connectors of a charger that ever were told something."""
        return sorted(place for place, told in self._told.items() if place.charger == charger and told != _NEVER)

    def effective(self, place: Place) -> float | None:
        """Return what a connector should be offering: the lower of its cap and of what others wish."""
        return offerable(lower(self.cap(place), self.told(place).wish_a))

    def forgot(self, place: Place) -> None:
        """Take note that a pause may be over: the vehicle left, or nobody looked."""
        self._told[place] = self.told(place).forgotten()
        self._changes[place] = self._changes.get(place, 0) + 1

    def showed(self, place: Place, shown_a: float) -> None:
        """Take note that a connector offers more than it was told."""
        self._told[place] = self.told(place).seen(shown_a)

    def begins_anew(self, place: Place) -> None:
        """Take note that a stop is over: the next vehicle may come, or charges already."""
        told = self.told(place)
        if told.is_stopped:
            self._told[place] = replace(told, is_stopped=False)

    # --- a wish on its way -----------------------------------------------------------------------------------------

    def under_way(self, charger: str, command: Command, origin: str) -> Sending:
        """Return what is to be sent for a wish, at the moment when its turn has come."""
        place = _place(charger, command)
        cap_a = None if place is None else self.cap(place)
        if place is None or cap_a is None:
            return self._reckoned(charger, Sending((command,)))
        forgets, told = self._forgets[charger], self.told(place)
        if isinstance(command, LimitCurrent):
            wished_a = lower(command.limit_a, told.wish_a) if origin == ORIGIN else command.limit_a
            sent_a = offerable(lower(wished_a, cap_a))
            capped = command if sent_a == command.limit_a else command.model_copy(update={"limit_a": sent_a})
            remark = "" if sent_a == wished_a else f"The site's limit allows {sent_a:g} A at present."
            first = self._softly(place) if sent_a == 0 else ()
            return self._reckoned(charger, Sending((*first, capped), remark=remark))
        if isinstance(command, StopCharging):
            return self._reckoned(charger, Sending((*self._softly(place), command)))
        if isinstance(command, StartCharging) and forgets and cap_a < LEAST_A:
            return Sending(
                refusal="The site's limit leaves nothing for this connector at present; nothing was sent. It is let"
                " charge as soon as there is enough."
            )
        return self._reckoned(charger, Sending((command,)))

    def _softly(self, place: Place) -> tuple[Command, ...]:
        """Return what goes before a pause or a stop: a box that forgets it goes back to the current before it."""
        told = self.told(place)
        is_high = told.resumes_a is None or told.resumes_a > LEAST_A
        if not (self._forgets[place.charger] and is_high) or told.is_stopped or told.may_a == 0:
            return ()
        return (LimitCurrent(connector_id=place.connector_id, limit_a=LEAST_A),)

    def _reckoned(self, charger: str, sending: Sending) -> Sending:
        """Take the worst into account before anything is sent."""
        forgets = self._forgets.get(charger, True)
        for place in self._touched(charger, sending.steps):
            told = self.told(place)
            for step in sending.steps:
                told = told.during(step, forgets=forgets)
            sending.kept[_setting(place)] = to_json(told)
        return sending

    def begun(self, charger: str, sending: Sending) -> Begun:
        """Take note that a wish is stored and is sent now."""
        places = self._touched(charger, sending.steps)
        before = {place: self.told(place) for place in places}
        for place in places:
            self._told[place] = from_json(sending.kept[_setting(place)])
        return Begun(before, {place: self._changes.get(place, 0) for place in places})

    def ended(self, charger: str, command: Command, origin: str, begun: Begun, outcomes: Outcomes) -> dict[str, str]:
        """Take note of what became of every step; return the settings to be stored with the outcome."""
        forgets = self._forgets.get(charger, True)
        kept: dict[str, str] = {}
        for place, before in begun.before.items():
            told = before
            for step, status in outcomes:
                told = told.after(step, status, forgets=forgets)
            is_wished = isinstance(command, LimitCurrent) and origin != ORIGIN
            if is_wished and outcomes and outcomes[-1][1] is not CommandStatus.REFUSED:
                assert isinstance(command, LimitCurrent)
                told = replace(told, wish_a=command.limit_a)
            if self._changes.get(place, 0) != begun.changes[place]:  # before or after the box took it: nobody knows
                told = told.forgotten()
            self._told[place] = told
            kept[_setting(place)] = to_json(told)
        for listener in self._listeners:
            listener(charger)
        return kept

    def _touched(self, charger: str, steps: tuple[Command, ...]) -> list[Place]:
        if isinstance(steps[-1], Restart):
            return self.places(charger)
        place = _place(charger, steps[-1])
        return [] if place is None else [place]


Outcomes = list[tuple[Command, CommandStatus]]
"""of every step that was begun"""
_NEVER = Told()


def _place(charger: str, command: Command) -> Place | None:
    if isinstance(command, LimitCurrent | StartCharging | StopCharging):
        return Place(charger, command.connector_id)
    return None


def _setting(place: Place) -> str:
    return f"{SETTING}{place.charger}/{place.connector_id}"
