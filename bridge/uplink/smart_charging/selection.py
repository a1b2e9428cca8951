"""Which profiles a central system asks for, and in what parts they are reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from bridge.types.ocpp.charging_profile import ChargingProfile, ChargingProfilePurpose
from bridge.types.ocpp.v2.smart_charging import ChargingLimitSource, GetChargingProfilesRequest
from bridge.uplink.smart_charging.profiles import Installed


class Part(NamedTuple):
    """Profiles of one place and one source."""

    evse_id: int
    source: ChargingLimitSource
    profiles: tuple[ChargingProfile, ...]


def source_of(installed: Installed) -> ChargingLimitSource:
    """Return who set a profile: the central system, unless it is a constraint from outside."""
    outside = ChargingProfilePurpose.CHARGING_STATION_EXTERNAL_CONSTRAINTS
    is_outside = installed.profile.charging_profile_purpose is outside
    return ChargingLimitSource.OTHER if is_outside else ChargingLimitSource.CSO


def fits(installed: Installed, request: GetChargingProfilesRequest) -> bool:
    """Tell whether a profile fits all that is given; of lists one item is enough."""
    profile, asked = installed.profile, request.charging_profile
    ids, sources = asked.charging_profile_id, asked.charging_limit_source
    return (
        request.evse_id in (None, installed.evse_id)
        and asked.charging_profile_purpose in (None, profile.charging_profile_purpose)
        and asked.stack_level in (None, profile.stack_level)
        and (ids is None or profile.id in ids)
        and (sources is None or source_of(installed) in sources)
    )


def parts(found: Iterable[Installed], size: Callable[[ChargingProfile], int], most: int) -> Iterator[Part]:
    """Yield all of them by place and source; a part is at most so large, or has one profile alone."""
    places: dict[tuple[int, ChargingLimitSource], list[ChargingProfile]] = {}
    for installed in found:
        places.setdefault((installed.evse_id, source_of(installed)), []).append(installed.profile)
    for (evse_id, source), profiles in sorted(places.items()):
        gathered: list[ChargingProfile] = []
        total = 0
        for profile in profiles:
            own = size(profile)
            if gathered and total + own > most:
                yield Part(evse_id, source, tuple(gathered))
                gathered, total = [], 0
            gathered.append(profile)
            total += own
        yield Part(evse_id, source, tuple(gathered))
