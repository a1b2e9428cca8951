"""The way of one station to its central systems: chosen, taken, given up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bridge.types.ocpp.provisioning.set_network_profile import NetworkConnectionProfile
from bridge.uplink.line.address import Address
from bridge.uplink.network.choosing import Choosing, Course
from bridge.uplink.network.profiles import NetworkProfiles
from bridge.uplink.network.slots import OWN, fit_priority
from bridge.uplink.network.ways import InForce, Way, way


class Route:
    """Lives on the event loop. `next` before each connection; then `opened` and `took`, or `failed`."""

    def __init__(self, profiles: NetworkProfiles) -> None:
        self.profiles = profiles
        self._choosing = Choosing()
        self._slot = OWN
        self._spoken: tuple[NetworkConnectionProfile | None] | None = None
        """the profile of the last line; None before the first"""

    @property
    def slot(self) -> int:
        """The slot of the connection in use, or last tried: ActiveNetworkProfile."""
        return self.profiles.number(self._slot)

    @property
    def is_doubtful(self) -> bool:
        """Whether what `next` returned is not what worked last, to which there is a way back."""
        return self._slot != self.profiles.last

    def security_profile(self, set_to: int) -> int:
        """Return the security profile below which nothing is taken; `set_to` is what the settings say."""
        return max(set_to, self.profiles.worked.raised_to)

    def next(self, own: Address, in_force: InForce, priority: Iterable[int], attempts: int) -> Way:
        """Return how to connect now; `own` is the config's address, `in_force` what the settings say."""
        profiles = self.profiles
        level = self.security_profile(in_force.security_profile)
        course = Course(
            priority=fit_priority(priority, profiles.usable(level)), attempts=attempts, worked=profiles.last
        )
        self._slot = self._choosing.slot(course)
        profile = profiles.profile(self._slot)
        return way(own, profile, replace(in_force, security_profile=level), slot=self.slot)

    def opened(self) -> bool:
        """Take it that a line is open; return whether the one before had another profile.

        Another central system knows nothing of the station: it wants a boot [spec: B10.FR.10].
        """
        before, self._spoken = self._spoken, (self.profiles.profile(self._slot),)
        return before is not None and before != self._spoken

    def failed(self) -> None:
        """Take it that no connection could be made, or that it ended before a boot was accepted."""
        self._choosing.failed()

    async def took(self) -> bool:
        """Take it that a boot was accepted; return whether it was on another profile than the last. Raises StoreError.

        Another one is to be told as a security event.
        """
        self._choosing.took()
        return await self.profiles.took(self._slot)

    def reboot(self) -> None:
        """Begin with the first of the priority, as after a start of the station."""
        self._choosing.reboot()
