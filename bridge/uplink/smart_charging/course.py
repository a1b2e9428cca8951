"""The course of one installed profile through time: what it says at an instant, and when that may change."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bridge.types.ocpp.charging_profile import ChargingProfileKind
from bridge.types.ocpp.charging_schedule import ChargingSchedulePeriod
from bridge.uplink.smart_charging.layout import whole_seconds
from bridge.uplink.smart_charging.occurrences import (
    RECURS_EVERY_S,
    Occurrence,
    Occurrences,
    Once,
    Recurring,
    RecurringLocally,
    from_wall_s,
)
from bridge.uplink.smart_charging.profiles import STATION_PURPOSES, Installed


@dataclass(frozen=True, slots=True)
class Course:
    """A profile with all its instants fixed, in whole seconds since 1970."""

    installed: Installed
    occurrences: Occurrences
    starts_s: tuple[int, ...]
    """of the periods, since the start of a run"""
    length_s: int | None
    """of a run; None where it lasts until the next one, or for ever"""
    valid_from_s: int | None
    valid_to_s: int | None
    """first second at which it no longer holds"""

    def period_at(self, at_s: int) -> ChargingSchedulePeriod | None:
        """Return the period that holds in this second; None where the profile says nothing.

        It says nothing outside its validity, before its start, before its first period and after its duration: lower
        levels hold then.
        """
        if self._is_before(at_s) or self._is_over(at_s):
            return None
        run = self.occurrences.at(at_s)
        if run is None:
            return None
        elapsed_s = at_s - run.start_s
        if self.length_s is not None and elapsed_s >= self.length_s:
            return None
        number = bisect_right(self.starts_s, elapsed_s) - 1
        return self.installed.schedule.charging_schedule_period[number] if number >= 0 else None

    def boundaries(self, after_s: int) -> Iterator[int]:
        """Yield, ascending, every second after this one at which `period_at` may change, and maybe a few more."""
        coming_s = self._next(after_s)
        while coming_s is not None:
            yield coming_s
            coming_s = self._next(coming_s)

    def _next(self, at_s: int) -> int | None:
        if self._is_over(at_s):
            return None
        if self.valid_from_s is not None and at_s < self.valid_from_s:
            return self.valid_from_s
        run = self.occurrences.at(at_s)
        coming = [self.occurrences.first_s] if run is None else self._coming(run, at_s)
        if self.valid_to_s is not None:
            coming.append(self.valid_to_s)
        return min(coming, default=None)

    def _coming(self, run: Occurrence, at_s: int) -> list[int]:
        """Return what comes in this run, and the next run's start."""
        elapsed_s = at_s - run.start_s
        coming = [] if run.following_s is None else [run.following_s]
        if self.length_s is not None:
            if elapsed_s >= self.length_s:
                return coming
            coming.append(run.start_s + self.length_s)
        number = bisect_right(self.starts_s, elapsed_s)
        if number < len(self.starts_s):
            coming.append(run.start_s + self.starts_s[number])
        return coming

    def _is_before(self, at_s: int) -> bool:
        return self.valid_from_s is not None and at_s < self.valid_from_s

    def _is_over(self, at_s: int) -> bool:
        return self.valid_to_s is not None and at_s >= self.valid_to_s


def course(installed: Installed, started_s: int, zone: tzinfo, offline_since: datetime | None = None) -> Course:
    """Return the course of a profile at an EVSE whose transaction started, or is taken to start, at `started_s`.

    What counts from a transaction counts from there: the kind Relative, and Absolute without a startSchedule
    [spec: OCPP 1.6]. A purpose without a transaction counts from its installation instead [guess].

    Without a connection `offline_since`, a profile holds only for as long as it says [spec: OCPP 2.1
    maxOfflineDuration]: what is worked out ahead takes it that the connection does not come back.
    """
    profile, schedule = installed.profile, installed.schedule
    length_s = schedule.duration
    if profile.recurrency_kind is not None and profile.charging_profile_kind is ChargingProfileKind.RECURRING:
        every_s = RECURS_EVERY_S[profile.recurrency_kind]
        if length_s is not None and length_s >= every_s:
            length_s = None  # cut at the next run; a local day of 25 hours is filled like any other
    ends_at = (profile.valid_to, installed.lapses_at(offline_since))
    return Course(
        installed=installed,
        occurrences=_occurrences(installed, started_s, zone),
        starts_s=tuple(period.start_period for period in schedule.charging_schedule_period),
        length_s=length_s,
        valid_from_s=None if profile.valid_from is None else whole_seconds(profile.valid_from),
        valid_to_s=min((whole_seconds(at) for at in ends_at if at is not None), default=None),
    )


def _occurrences(installed: Installed, started_s: int, zone: tzinfo) -> Occurrences:
    """Return when the schedule begins.

    In local time the digits of startSchedule are read from the wall, its zone disregarded [spec: OCPP 2.1]; only the
    digits in UTC are known here.
    """
    profile, schedule = installed.profile, installed.schedule
    kind, start_at, local = profile.charging_profile_kind, schedule.start_schedule, bool(schedule.use_local_time)
    if kind is ChargingProfileKind.RELATIVE or start_at is None:
        of_the_station = profile.charging_profile_purpose in STATION_PURPOSES
        return Once(whole_seconds(installed.installed_at) if of_the_station else started_s)
    start_s = whole_seconds(start_at)
    if kind is ChargingProfileKind.RECURRING and profile.recurrency_kind is not None:
        every_s = RECURS_EVERY_S[profile.recurrency_kind]
        return RecurringLocally(start_s, every_s, zone) if local else Recurring(start_s, every_s)
    return Once(from_wall_s(start_s, zone) if local else start_s)
