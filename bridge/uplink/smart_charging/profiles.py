"""A profile as it stands in a station, and the transaction that it may belong to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import Field

from bridge.types.ocpp.base import Moment, OcppType, Whole, from_ocpp, to_ocpp
from bridge.types.ocpp.charging_profile import ChargingProfile, ChargingProfilePurpose, ProfileSchedule
from bridge.types.ocpp.payload_error import PayloadError

STATION_PURPOSES = frozenset(
    {
        ChargingProfilePurpose.CHARGING_STATION_MAX_PROFILE,
        ChargingProfilePurpose.CHARGING_STATION_EXTERNAL_CONSTRAINTS,
    }
)
"""Purposes that cap whatever a transaction would like, and know no transaction."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction that runs at an EVSE."""

    evse_id: int
    key: str
    """the bridge's own name for it: there from the first moment on, and the same after a restart"""
    started_at: datetime
    """aware"""
    transaction_id: str | None = None
    """OCPP's: the CSMS's number in digits in 1.6, None while it has not given one; ours in 2.x, known from the start"""


class Installed(OcppType):
    """A profile that was accepted."""

    profile: ChargingProfile
    evse_id: Whole = Field(ge=0)
    """0 is the whole station"""
    installed_at: Moment
    transaction_key: str | None = None
    """of a TxProfile alone: its transaction's `key`, None while it waits for the next one at its EVSE"""

    @property
    def schedule(self) -> ProfileSchedule:
        """The one schedule."""
        return self.profile.charging_schedule[0]

    @property
    def is_of_a_transaction(self) -> bool:
        """Whether it goes with its transaction."""
        return self.profile.charging_profile_purpose is ChargingProfilePurpose.TX_PROFILE

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for a transaction, as one that came with a remote start does."""
        return self.is_of_a_transaction and self.transaction_key is None

    def rivals(self, other: Installed) -> bool:
        """Tell whether one takes the place of the other: the same id, or purpose, level and EVSE [spec: OCPP 1.6]."""
        return self.profile.id == other.profile.id or (self._same_rank(other) and self.evse_id == other.evse_id)

    def excludes(self, other: Installed) -> bool:
        """Tell whether both cannot be there: rivals with different ids may follow each other in time [spec: 2.x]."""
        return self.profile.id == other.profile.id or (self.rivals(other) and self._overlaps(other))

    def duplicates(self, other: Installed) -> bool:
        """Tell whether it would stand beside another one with nothing to say which of them goes first.

        A default of an EVSE and one of the whole station do so too [spec: OCPP 2.x K01.FR.06, FR.52, FR.53].
        """
        if self.profile.id == other.profile.id or not (self._same_rank(other) and self._overlaps(other)):
            return False
        default = self.profile.charging_profile_purpose is ChargingProfilePurpose.TX_DEFAULT_PROFILE
        return self.evse_id == other.evse_id or (default and 0 in (self.evse_id, other.evse_id))

    def lapses_at(self, offline_since: datetime | None) -> datetime | None:
        """Return from when on it does not hold any more because of a lost connection; None where it goes on."""
        longest_s = self.profile.max_offline_duration
        if offline_since is None or longest_s is None:
            return None
        try:
            return offline_since + timedelta(seconds=max(0, longest_s))
        except OverflowError:
            return None

    def _same_rank(self, other: Installed) -> bool:
        mine, others = self.profile, other.profile
        same_purpose = mine.charging_profile_purpose is others.charging_profile_purpose
        return same_purpose and mine.stack_level == others.stack_level

    def _overlaps(self, other: Installed) -> bool:
        return self._begins_before_end_of(other) and other._begins_before_end_of(self)

    def _begins_before_end_of(self, other: Installed) -> bool:
        begin, end = self.profile.valid_from, other.profile.valid_to
        return begin is None or end is None or begin < end


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What was kept and cannot be understood any more."""

    why: str


def to_json(installed: Installed) -> str:
    """Return JSON text from which `from_json` makes an equal one."""
    return json.dumps(to_ocpp(installed), separators=(",", ":"))


def from_json(text: str) -> Installed | Unreadable:
    """Return what `to_json` wrote, or why it cannot be read; a damaged one must not take the others with it."""
    try:
        return from_ocpp(Installed, json.loads(text))
    except PayloadError as error:
        return Unreadable(f"a kept charging profile does not fit its type: {error.seen}")
    except (ValueError, RecursionError):
        return Unreadable("a kept charging profile is no JSON")
