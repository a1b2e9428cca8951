"""The settings beyond Core: local list, smart charging and the security whitepaper."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bridge.uplink.configuration.core_keys import core_keys, declared_profiles
from bridge.uplink.configuration.key import Access, FeatureProfile, Key, read_only
from bridge.uplink.configuration.sorts import Number, Switch, Text, Words
from bridge.uplink.configuration.station_facts import StationFacts

_ENTRIES_OF_ONE_MESSAGE_AT_MOST: Final = 200
_RATE_UNITS: Final = ("Current", "Power")


def standard_keys(facts: StationFacts) -> tuple[Key, ...]:
    """Return all settings that OCPP names and this station has."""
    profiles = declared_profiles(facts)
    local_list = _local_list(facts) if FeatureProfile.LOCAL_AUTH_LIST_MANAGEMENT in profiles else ()
    smart_charging = _smart_charging(facts) if FeatureProfile.SMART_CHARGING in profiles else ()
    return (*core_keys(facts), *local_list, *smart_charging, *_security(facts))


def _local_list(facts: StationFacts) -> Iterable[Key]:
    profile, most = FeatureProfile.LOCAL_AUTH_LIST_MANAGEMENT, facts.local_list_entries_at_most
    yield Key(name="LocalAuthListEnabled", profile=profile, sort=Switch(), default="false")
    yield read_only("LocalAuthListMaxLength", Number(), str(most), profile)
    yield read_only("SendLocalListMaxLength", Number(), str(min(most, _ENTRIES_OF_ONE_MESSAGE_AT_MOST)), profile)


def _smart_charging(facts: StationFacts) -> Iterable[Key]:
    profile, limits = FeatureProfile.SMART_CHARGING, facts.smart_charging
    yield read_only("ChargeProfileMaxStackLevel", Number(), str(limits.stack_level_at_most), profile)
    yield read_only("ChargingScheduleAllowedChargingRateUnit", Words(_RATE_UNITS), ",".join(_RATE_UNITS), profile)
    yield read_only("ChargingScheduleMaxPeriods", Number(), str(limits.periods_at_most), profile)
    yield read_only("ConnectorSwitch3to1PhaseSupported", Switch(), "false", profile)
    yield read_only("MaxChargingProfilesInstalled", Number(), str(limits.profiles_at_most), profile)


def _security(facts: StationFacts) -> Iterable[Key]:
    profile = FeatureProfile.SECURITY
    # the whitepaper says up to 40 hex digits of at least 16 bytes; central systems send plain text as well [seen]
    yield Key(
        name="AuthorizationKey",
        profile=profile,
        sort=Text(16, 40, ascii_only=True),
        default=None,
        access=Access.WRITE_ONLY,
        needs_reconnect=True,
    )
    yield Key(
        name="SecurityProfile",
        profile=profile,
        sort=Number(facts.security_profile, max(facts.security_profile, facts.security_profile_at_most)),
        default=str(facts.security_profile),
        needs_reconnect=True,
        only_rises=True,
    )
    yield Key(name="CpoName", profile=profile, sort=Text(), default="")
    yield read_only("AdditionalRootCertificateCheck", Switch(), "false", profile)
    # certificates are the config's: none can be installed or signed over OCPP
    yield read_only("CertificateSignedMaxChainSize", Number(), "0", profile)
    yield read_only("CertificateStoreMaxLength", Number(), "0", profile)
