"""The network profiles of one station, kept in the store: what its slots hold, and what worked last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.ports import Store, StoreDesk
from bridge.types.ocpp.base import from_ocpp, to_ocpp
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.provisioning.set_network_profile import NetworkConnectionProfile
from bridge.types.station_options import PROFILE_CLIENT_CERTIFICATE
from bridge.uplink.network.slots import FORMER, OWN, SETTABLE

_WORKED = "worked"


@dataclass(frozen=True, slots=True)
class Worked:
    """With what a boot was accepted last."""

    slot: int = OWN
    raised_to: int = 0
    """the highest security profile of a slot that ever worked: nothing goes below it any more [spec: A05]"""
    profile: NetworkConnectionProfile | None = field(default=None, repr=False)
    """what the slot held then; None for the station's own connection"""


class NetworkProfiles:
    """Lives on the event loop; `restore` before anything else."""

    def __init__(self, station: str, desk: StoreDesk) -> None:
        self._prefix = f"{station}/network/"
        self._desk = desk
        self._profiles: dict[int, NetworkConnectionProfile] = {}
        self.worked = Worked()
        self.problems: tuple[str, ...] = ()
        """sentences on what was kept and cannot be read; it is passed over, and stays in the store"""

    async def restore(self) -> None:
        """Go on with what was kept. Raises StoreError."""
        kept = await self._desk.run(lambda store: store.settings(self._prefix))
        problems: list[str] = []
        profiles: dict[int, NetworkConnectionProfile] = {}
        worked = Worked()
        for name, text in sorted(kept.items()):
            try:
                if name == _WORKED:
                    worked = _worked_of(text)
                else:
                    profiles[_slot_of(name)] = from_ocpp(NetworkConnectionProfile, json.loads(text))
            except (ValueError, PayloadError):  # their words might repeat a password
                what = "what worked last" if name == _WORKED else f"the network profile {name}"
                problems.append(f"{what} was kept in a form that cannot be read, and is passed over")
        self._profiles, self.worked, self.problems = profiles, worked, tuple(problems)

    @property
    def slots(self) -> tuple[int, ...]:
        """The slots that hold something, without the station's own."""
        return tuple(sorted(self._profiles))

    def usable(self, security_profile: int) -> tuple[int, ...]:
        """Return the slots that may be connected with while this security profile is in force [spec: A05]."""
        return tuple(slot for slot in self.slots if self._profiles[slot].security_profile >= security_profile)

    def profile(self, slot: int) -> NetworkConnectionProfile | None:
        """Return what a slot holds, or FORMER stands for; None for the station's own and for an empty one."""
        return self.worked.profile if slot == FORMER else self._profiles.get(slot)

    @property
    def last(self) -> int:
        """The slot of what worked last, or FORMER where that slot holds something else since."""
        worked = self.worked
        return worked.slot if self._profiles.get(worked.slot) == worked.profile else FORMER

    def number(self, slot: int) -> int:
        """Return the slot as a central system knows it: ActiveNetworkProfile is never FORMER."""
        return self.worked.slot if slot == FORMER else slot

    async def keep(self, slot: int, profile: NetworkConnectionProfile) -> None:
        """Put a profile that was judged fit into a slot. Raises StoreError, and nothing is changed then."""
        bare = profile.model_copy(update={"custom_data": None})
        await self._desk.run(lambda store: self._write(store, slot, bare))
        self._profiles[slot] = bare

    async def took(self, slot: int) -> bool:
        """Note that a boot was accepted; return whether anything else worked before. Raises StoreError."""
        profile = self.profile(slot)
        raised_to = max(self.worked.raised_to, 0 if profile is None else profile.security_profile)
        worked = Worked(self.number(slot), raised_to, profile)
        if worked == self.worked:
            return False
        body: dict[str, object] = {"slot": worked.slot, "raisedTo": raised_to}
        if worked.profile is not None:
            body["profile"] = to_ocpp(worked.profile)
        text = json.dumps(body, separators=(",", ":"))
        await self._desk.run(lambda store: store.put_setting(f"{self._prefix}{_WORKED}", text))
        self.worked = worked
        return True

    async def forget_credentials(self, slot: int) -> None:
        """Drop identity and password of a slot: the station's own were set instead [spec: 2.1 B09.FR.26, .27].

        Raises StoreError, and nothing is changed then.
        """
        before = self._profiles.get(slot)
        if before is None or (before.identity is None and before.basic_auth_password is None):
            return
        await self.keep(slot, before.model_copy(update={"identity": None, "basic_auth_password": None}))

    def _write(self, store: Store, slot: int, profile: NetworkConnectionProfile) -> None:
        store.put_setting(f"{self._prefix}{slot}", json.dumps(to_ocpp(profile), separators=(",", ":")))


def _slot_of(name: str) -> int:
    slot = int(name)
    if slot not in SETTABLE or name != str(slot):
        raise ValueError(name)
    return slot


def _worked_of(text: str) -> Worked:
    body = json.loads(text)
    if not isinstance(body, Mapping):
        raise ValueError("no object")  # noqa: TRY004 -- what is wrong is a value in the store
    slot, level = _whole(body, "slot"), _whole(body, "raisedTo")
    profile = from_ocpp(NetworkConnectionProfile, body["profile"]) if "profile" in body else None
    if (
        slot not in (OWN, *SETTABLE)
        or not 0 <= level <= PROFILE_CLIENT_CERTIFICATE
        or (profile is None) != (slot == OWN)
    ):
        raise ValueError("what does not fit together")
    return Worked(slot, level, profile)


def _whole(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(name)  # noqa: TRY004 -- what is wrong is a value in the store
    return value
