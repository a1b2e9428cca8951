"""What one connector was told, and what it may therefore offer at most; pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from bridge.types.command import Command, LimitCurrent, Restart, StartCharging, StopCharging
from bridge.types.words import CommandStatus

LEAST_A = 6.0
"""less than this cannot be offered, only nothing at all [spec: IEC 61851-1]"""


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one connector's limit. None: as much as its wires give."""

    may_a: float | None = None
    """what it may offer at most now, by what it confirmed and what it may have taken besides; 0 is a pause"""
    resumes_a: float | None = None
    """what it may offer once a pause has ended without a new limit; `may_a` where it is not paused"""
    wish_a: float | None = None
    """what others last wished; None where nothing is wished, or the limit was lifted"""
    is_sure: bool = False
    """whether it confirmed just `may_a`"""
    is_stopped: bool = False
    """whether its charging session was stopped from here; to a box that knows one switch a limit is a new start"""

    def during(self, command: Command, *, forgets: bool) -> Told:
        """Return what must be reckoned with while a command is under way: the old and the new alike.

        `forgets` is said of a box whose pause is one switch with start and stop, and ends when its vehicle leaves.
        """
        if isinstance(command, LimitCurrent):
            sent_a = command.limit_a
            return replace(
                self,
                may_a=higher(self.may_a, sent_a),
                resumes_a=self.resumes_a if sent_a == 0 else higher(self.resumes_a, sent_a),
                is_sure=False,
            )
        if isinstance(command, StartCharging | Restart) and forgets:
            return self.forgotten()
        return self

    def after(self, command: Command, status: CommandStatus, *, forgets: bool) -> Told:
        """Return what holds once a command had this outcome; a refusal changed nothing."""
        if status is CommandStatus.REFUSED:
            return self
        told = self.during(command, forgets=forgets)
        if isinstance(command, LimitCurrent) and status is CommandStatus.DONE:
            sent_a = command.limit_a
            if sent_a == 0:
                return replace(told, may_a=0.0, is_sure=True)
            return replace(told, may_a=sent_a, resumes_a=sent_a, is_sure=True, is_stopped=False)
        if isinstance(command, StartCharging):
            is_pause_over = forgets and offerable(told.wish_a) == 0
            return replace(told, is_stopped=False, wish_a=None if is_pause_over else told.wish_a)
        if isinstance(command, StopCharging):
            return replace(told, is_stopped=True)
        return told

    def forgotten(self) -> Told:
        """Return what holds once a pause may have ended by itself."""
        if self.may_a != 0:
            return self
        return replace(self, may_a=self.resumes_a, is_sure=False)

    def seen(self, shown_a: float) -> Told:
        """Return what holds where the charger shows that it offers more than it was told."""
        return replace(self, may_a=shown_a, resumes_a=higher(self.resumes_a, shown_a), is_sure=False)


def higher(one_a: float | None, other_a: float | None) -> float | None:
    """Return the higher of two limits; None, which is no limit, is the highest."""
    return None if one_a is None or other_a is None else max(one_a, other_a)


def lower(one_a: float | None, other_a: float | None) -> float | None:
    """Return the lower of two limits."""
    given = [limit_a for limit_a in (one_a, other_a) if limit_a is not None]
    return min(given, default=None)


def offerable(limit_a: float | None) -> float | None:
    """Return what comes of a limit: a pause of what is below 6 A."""
    return 0.0 if limit_a is not None and limit_a < LEAST_A else limit_a


def to_json(told: Told) -> str:
    """Return the text that the store keeps."""
    return json.dumps(asdict(told))


def from_json(text: str) -> Told:
    """Return what was kept."""
    return Told(**json.loads(text))
