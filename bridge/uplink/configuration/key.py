"""One setting of a station: its name, what it takes, who may touch it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bridge.uplink.configuration.sorts import Sort, Text


class Access(StrEnum):
    """What a central system may do with a setting."""

    READ_ONLY = "read_only"
    READ_WRITE = "read_write"
    WRITE_ONLY = "write_only"
    """a secret: told to exist, never with its value"""


class FeatureProfile(StrEnum):
    """The group a setting belongs to: the profiles of OCPP 1.6 that a bridge has [spec], and one more."""

    CORE = "Core"
    LOCAL_AUTH_LIST_MANAGEMENT = "LocalAuthListManagement"
    SMART_CHARGING = "SmartCharging"
    REMOTE_TRIGGER = "RemoteTrigger"
    """has no settings"""
    SECURITY = "Security"
    """of the security whitepaper; no word of SupportedFeatureProfiles"""
    CUSTOM = "Custom"
    """of the config; no word of SupportedFeatureProfiles"""
    LATER = "Later"
    """of OCPP 2.x only, named `Component.Variable[Instance]`: 1.6 knows nothing of them"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A setting."""

    name: str
    """in its own spelling; compared without regard to case [spec: CiString50]"""
    profile: FeatureProfile
    sort: Sort
    default: str | None
    """in the sort's one form; None where nothing is set"""
    access: Access = Access.READ_WRITE
    needs_reboot: bool = False
    """a change is in effect after the next restart of the station's OCPP side"""
    needs_reconnect: bool = False
    """a change is in effect with the next connection, which the station opens by itself"""
    only_rises: bool = False
    """a number that never becomes smaller"""


def read_only(name: str, sort: Sort, value: str, profile: FeatureProfile = FeatureProfile.CORE) -> Key:
    """Return a setting that tells how it is."""
    return Key(name=name, profile=profile, sort=sort, default=value, access=Access.READ_ONLY)


def custom_key(name: str, default: str) -> Key:
    """Return a setting of the config."""
    return Key(name=name, profile=FeatureProfile.CUSTOM, sort=Text(), default=default)
