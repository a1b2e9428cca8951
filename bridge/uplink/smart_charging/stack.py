"""The profiles of one station: what installing, clearing and the life of transactions makes of them.

Nothing is kept here beyond the program's life: every change tells what is to be kept and what to be thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.types.ocpp.charging_profile import ChargingProfile, ChargingProfilePurpose
from bridge.types.ocpp.translate.charging_profiles import ClearChargingProfile
from bridge.uplink.smart_charging.acceptance import Refusal, refusal, refusal_of_2_x
from bridge.uplink.smart_charging.layout import Layout, Limits
from bridge.uplink.smart_charging.profiles import Installed, Transaction


@dataclass(frozen=True, slots=True)
class Change:
    """What became of the profiles."""

    put: tuple[Installed, ...] = ()
    """new, or newly bound to a transaction: to be kept under their ids, over whatever is kept there"""
    removed: tuple[Installed, ...] = ()
    """no longer there; ids that are in `put` too are not among them"""


class ProfileStack:
    """At most one profile of an id, and at any instant one of each purpose, level and EVSE.

    Knows the transactions that run, and since when there has been no connection (`offline_since`, None while there is).
    """

    def __init__(self, layout: Layout, limits: Limits, kept: Iterable[Installed] = ()) -> None:
        """Begin with what was kept; of two that cannot be there together the later one stays.

        After a restart, tell the transactions that go on by `start_transaction`, then call `forget_ended`.
        """
        self.layout = layout
        self.limits = limits
        self.offline_since: datetime | None = None
        self._installed: tuple[Installed, ...] = ()
        self._transactions: dict[int, Transaction] = {}
        for installed in kept:
            self._put(installed)

    @property
    def installed(self) -> tuple[Installed, ...]:
        """All profiles, in the order of their installation."""
        return self._installed

    @property
    def transactions(self) -> tuple[Transaction, ...]:
        """Those that run; at most one at an EVSE."""
        return tuple(self._transactions.values())

    def transaction(self, evse_id: int) -> Transaction | None:
        """Return the one that runs at this EVSE."""
        return self._transactions.get(evse_id)

    def install(
        self,
        profile: ChargingProfile,
        evse_id: int,
        at: datetime,
        *,
        for_next_transaction: bool = False,
        by_2_x: bool = False,
    ) -> Change | Refusal:
        """Take a profile, or refuse it and change nothing.

        By the rules of 2.x what would stand beside another one of its rank is refused; by those of 1.6 it takes the
        other's place.

        `for_next_transaction` is for a TxProfile that came with a remote start: it waits for the transaction (one that
        runs already is taken as that one), and a transactionId in it is not looked at, because none can be known yet.
        """
        new = Installed(profile=profile, evse_id=evse_id, installed_at=at)
        refused = refusal(profile, evse_id, self.layout, self.limits)
        if refused is None and for_next_transaction and not new.is_of_a_transaction:
            refused = Refusal("InvalidProfile", "what comes with a remote start has to be a TxProfile")
        if refused is None and by_2_x:
            refused = refusal_of_2_x(profile, for_next_transaction=for_next_transaction)
        if refused is None and not for_next_transaction:
            refused = self._lacking_transaction(profile, evse_id)
        if refused is None and by_2_x:
            refused = self._duplicate(new)
        if refused is not None:
            return refused
        running = self._transactions.get(evse_id)
        if new.is_of_a_transaction and running is not None:
            new = new.model_copy(update={"transaction_key": running.key})
        gives_way = new.excludes if by_2_x else new.rivals
        left = sum(not gives_way(old) for old in self._installed)
        if left >= self.limits.max_installed:
            return Refusal("OutOfStorage", f"{left} profiles are installed already, which is as many as can be")
        return Change((new,), self._put(new, gives_way))

    def clear(self, clearing: ClearChargingProfile) -> tuple[Installed, ...]:
        """Remove the profiles that fit all that is given, all of them when nothing is; return what went.

        Nothing removed is OCPP's Unknown. Constraints from outside did not come from the CSMS: they go only where
        their id or purpose is named [guess, after the spec of 2.x, in which a CSMS cannot clear them].
        """
        return self._remove(lambda installed: _fits(installed, clearing))

    def start_transaction(self, transaction: Transaction) -> Change:
        """Note a transaction and bind the profiles that wait for it; told again, it learns its OCPP id.

        Another one at the same EVSE has ended by that. LookupError for an EVSE unknown.
        """
        self.layout.supply(transaction.evse_id)
        evse_id, key = transaction.evse_id, transaction.key
        before = self._transactions.get(evse_id)
        if before is not None and before.key == key and transaction.transaction_id is None:
            transaction = replace(transaction, transaction_id=before.transaction_id)
        self._transactions[evse_id] = transaction
        removed = self._remove(
            lambda old: old.evse_id == evse_id and old.is_of_a_transaction and old.transaction_key not in (None, key)
        )
        bound = tuple(
            waiting.model_copy(update={"transaction_key": key})
            for waiting in self._installed
            if waiting.is_waiting and waiting.evse_id == evse_id
        )
        for installed in bound:
            self._put(installed)
        return Change(bound, removed)

    def end_transaction(self, evse_id: int) -> Change:
        """Note that none runs at this EVSE any more; its TxProfiles go with it [spec]."""
        self._transactions.pop(evse_id, None)
        return Change(removed=self._remove(lambda old: old.evse_id == evse_id and _is_bound(old)))

    def forget_waiting(self, evse_id: int) -> Change:
        """Remove what waits for a transaction that will not come, as when nobody plugged in after a remote start."""
        return Change(removed=self._remove(lambda old: old.evse_id == evse_id and old.is_waiting))

    def forget_ended(self) -> Change:
        """Remove the TxProfiles of transactions that do not run: they ended while the bridge was away."""
        running = {transaction.key for transaction in self._transactions.values()}
        return Change(removed=self._remove(lambda old: _is_bound(old) and old.transaction_key not in running))

    def forget_lapsed(self, at: datetime) -> Change:
        """Remove what was to be deleted when the connection had been lost for too long [spec: OCPP 2.1].

        Call it before `offline_since` is taken back, too.
        """

        def has_lapsed(old: Installed) -> bool:
            lapses_at = old.lapses_at(self.offline_since)
            return bool(old.profile.invalid_after_offline_duration) and lapses_at is not None and lapses_at <= at

        return Change(removed=self._remove(has_lapsed))

    def _duplicate(self, new: Installed) -> Refusal | None:
        """Refuse what would stand beside another one; one that still waits for its transaction gives way instead."""
        other = next((old for old in self._installed if new.duplicates(old) and not old.is_waiting), None)
        if other is None:
            return None
        why = f"the profile {other.profile.id} has the same purpose and stack level at the same time"
        return Refusal("DuplicateProfile", why)

    def _lacking_transaction(self, profile: ChargingProfile, evse_id: int) -> Refusal | None:
        if profile.charging_profile_purpose is not ChargingProfilePurpose.TX_PROFILE:
            return None
        running = self._transactions.get(evse_id)
        if running is None:
            return Refusal("TxNotFound", f"no transaction runs at EVSE {evse_id}")
        if profile.transaction_id not in (None, running.transaction_id):
            return Refusal("TxNotFound", f"the transaction at EVSE {evse_id} is another one")
        return None

    def _put(self, new: Installed, gives_way: Callable[[Installed], bool] | None = None) -> tuple[Installed, ...]:
        """Add or replace; return what had to go and is not replaced under its own id."""
        gone = self._remove(gives_way or new.excludes)
        self._installed = (*self._installed, new)
        return tuple(old for old in gone if old.profile.id != new.profile.id)

    def _remove(self, fits: Callable[[Installed], bool]) -> tuple[Installed, ...]:
        gone = tuple(old for old in self._installed if fits(old))
        self._installed = tuple(old for old in self._installed if not fits(old))
        return gone


def _is_bound(installed: Installed) -> bool:
    return installed.is_of_a_transaction and not installed.is_waiting


def _fits(installed: Installed, clearing: ClearChargingProfile) -> bool:
    profile = installed.profile
    purpose, criteria = profile.charging_profile_purpose, clearing.charging_profile_criteria
    wanted: list[tuple[object, object]] = [(clearing.charging_profile_id, profile.id)]
    if criteria is not None:
        wanted += [
            (criteria.evse_id, installed.evse_id),
            (criteria.charging_profile_purpose, purpose),
            (criteria.stack_level, profile.stack_level),
        ]
    if any(asked not in (None, is_so) for asked, is_so in wanted):
        return False
    named = clearing.charging_profile_id is not None or (
        criteria is not None and criteria.charging_profile_purpose is not None
    )
    return named or purpose is not ChargingProfilePurpose.CHARGING_STATION_EXTERNAL_CONSTRAINTS
