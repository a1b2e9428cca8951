from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.types.ocpp.meter_value import Measurand
from bridge.types.words import Ability
from bridge.uplink.configuration.configuration import Configuration
from bridge.uplink.configuration.core_keys import KEYS_AT_MOST
from bridge.uplink.configuration.further_keys import standard_keys
from bridge.uplink.configuration.key import Access, FeatureProfile, Key
from bridge.uplink.configuration.sorts import VALUE_AT_MOST, Words
from bridge.uplink.configuration.station_facts import SmartChargingLimits, StationFacts
from tests.uplink.configuration.stations import OBEYING, READING, STATIONS, WATCHED

REQUIRED_CORE = [
    "AuthorizeRemoteTxRequests",
    "ClockAlignedDataInterval",
    "ConnectionTimeOut",
    "ConnectorPhaseRotation",
    "GetConfigurationMaxKeys",
    "HeartbeatInterval",
    "LocalAuthorizeOffline",
    "LocalPreAuthorize",
    "MeterValuesAlignedData",
    "MeterValuesSampledData",
    "MeterValueSampleInterval",
    "NumberOfConnectors",
    "ResetRetries",
    "StopTransactionOnEVSideDisconnect",
    "StopTransactionOnInvalidId",
    "StopTxnAlignedData",
    "StopTxnSampledData",
    "SupportedFeatureProfiles",
    "TransactionMessageAttempts",
    "TransactionMessageRetryInterval",
    "UnlockConnectorOnEVSideDisconnect",
]
OPTIONAL_CORE = [
    "AllowOfflineTxForUnknownId",
    "AuthorizationCacheEnabled",
    "MinimumStatusDuration",
    "WebSocketPingInterval",
    "ConnectorPhaseRotationMaxLength",
    "MeterValuesAlignedDataMaxLength",
    "MeterValuesSampledDataMaxLength",
    "StopTxnAlignedDataMaxLength",
    "StopTxnSampledDataMaxLength",
    "SupportedFeatureProfilesMaxLength",
]
LOCAL_LIST = ["LocalAuthListEnabled", "LocalAuthListMaxLength", "SendLocalListMaxLength"]
SMART_CHARGING = [
    "ChargeProfileMaxStackLevel",
    "ChargingScheduleAllowedChargingRateUnit",
    "ChargingScheduleMaxPeriods",
    "ConnectorSwitch3to1PhaseSupported",
    "MaxChargingProfilesInstalled",
]
SECURITY = [
    "AuthorizationKey",
    "SecurityProfile",
    "CpoName",
    "AdditionalRootCertificateCheck",
    "CertificateSignedMaxChainSize",
    "CertificateStoreMaxLength",
]


def named(facts: StationFacts, profile: FeatureProfile) -> set[str]:
    return {key.name for key in standard_keys(facts) if key.profile is profile}


def key_of(facts: StationFacts, name: str) -> Key:
    (key,) = [key for key in standard_keys(facts) if key.name == name]
    return key


def test_every_station_has_the_keys_of_core_and_security() -> None:
    """All required keys of Core are there whatever the charger can, and the optional ones that a bridge can honour."""
    for facts in STATIONS:
        assert named(facts, FeatureProfile.CORE) == {*REQUIRED_CORE, *OPTIONAL_CORE}
        assert named(facts, FeatureProfile.SECURITY) == set(SECURITY)
        assert named(facts, FeatureProfile.LOCAL_AUTH_LIST_MANAGEMENT) == set(LOCAL_LIST)


def test_smart_charging_is_declared_only_where_the_charger_can_be_limited() -> None:
    """The profile and its keys, all read-only, are there for a charger with a limit and a central system in command."""
    assert named(OBEYING, FeatureProfile.SMART_CHARGING) == set(SMART_CHARGING)
    assert all(key_of(OBEYING, name).access is Access.READ_ONLY for name in SMART_CHARGING)
    for facts in (READING, WATCHED, replace(OBEYING, abilities=frozenset({Ability.STOP_CHARGING}))):
        assert named(facts, FeatureProfile.SMART_CHARGING) == set()
    declared = {facts: Configuration(facts).value_of("SupportedFeatureProfiles") for facts in (READING, OBEYING)}
    assert declared == {
        READING: "Core,LocalAuthListManagement,RemoteTrigger",
        OBEYING: "Core,LocalAuthListManagement,SmartCharging,RemoteTrigger",
    }


def test_the_limits_told_are_those_of_the_engine() -> None:
    """Stack level, periods and profiles are told as they were handed in."""
    limits = SmartChargingLimits(stack_level_at_most=7, periods_at_most=24, profiles_at_most=9)
    told = Configuration(replace(OBEYING, smart_charging=limits))
    names = ("ChargeProfileMaxStackLevel", "ChargingScheduleMaxPeriods", "MaxChargingProfilesInstalled")
    assert [told.value_of(name) for name in names] == ["7", "24", "9"]
    assert told.value_of("ChargingScheduleAllowedChargingRateUnit") == "Current,Power"


def test_a_station_without_a_local_list_does_not_declare_one() -> None:
    """With no entries the profile and its keys are gone; with few, one message may carry all of them."""
    none, few = (Configuration(replace(OBEYING, local_list_entries_at_most=most)) for most in (0, 30))
    assert "LocalAuthListManagement" not in str(none.value_of("SupportedFeatureProfiles"))
    assert none.value_of("LocalAuthListEnabled") is None
    assert not none.settings.local_auth_list_enabled
    assert [few.value_of(name) for name in LOCAL_LIST] == ["false", "30", "30"]


@pytest.mark.parametrize("facts", STATIONS)
def test_every_default_is_taken_by_its_own_sort(facts: StationFacts) -> None:
    """A default is already in the one form in which values are kept, and short enough to be told; names differ."""
    keys = standard_keys(facts)
    for key in keys:
        if key.access is Access.WRITE_ONLY:
            assert key.default is None
        else:
            assert key.default is not None
            assert key.sort.normalised(key.default) == key.default
            assert len(key.default) <= VALUE_AT_MOST
    assert len({key.name.casefold() for key in keys}) == len(keys) <= KEYS_AT_MOST


@pytest.mark.parametrize(
    ("name", "by_reading", "by_obeying"),
    [
        ("LocalPreAuthorize", "false", "false"),
        ("AllowOfflineTxForUnknownId", "true", "true"),
        ("StopTransactionOnInvalidId", "false", "true"),
        ("ConnectionTimeOut", "0", "60"),
        ("UnlockConnectorOnEVSideDisconnect", "false", "false"),
        ("ResetRetries", "0", "0"),
        ("NumberOfConnectors", "2", "1"),
        ("ConnectorPhaseRotation", "0.Unknown,1.Unknown,2.Unknown", "0.Unknown,1.Unknown"),
        ("ConnectorPhaseRotationMaxLength", "3", "2"),
        ("GetConfigurationMaxKeys", "100", "100"),
        ("MeterValueSampleInterval", "300", "300"),
        ("HeartbeatInterval", "3600", "3600"),
        ("MeterValuesSampledData", *["Energy.Active.Import.Register,Power.Active.Import,Current.Import"] * 2),
        ("MeterValuesSampledDataMaxLength", "4", "4"),
        ("CertificateStoreMaxLength", "0", "0"),
    ],
)
def test_what_is_told_is_how_it_is(name: str, by_reading: str, by_obeying: str) -> None:
    """What a bridge cannot do is told as it is, and follows what the charger can."""
    assert [Configuration(facts).value_of(name) for facts in (READING, OBEYING)] == [by_reading, by_obeying]


@pytest.mark.parametrize("name", ["StopTransactionOnInvalidId", "AuthorizeRemoteTxRequests", "ConnectionTimeOut"])
def test_what_needs_a_command_can_be_set_only_where_there_is_one(name: str) -> None:
    """A setting without effect is read-only: where the charger only reads, or the central system has no control."""
    access = [key_of(facts, name).access for facts in STATIONS]
    assert access == [Access.READ_ONLY, Access.READ_WRITE, Access.READ_ONLY]


def test_measurands_are_those_that_the_charger_delivers_and_that_1_6_knows() -> None:
    """Aligned values may be others than sampled ones; a word of OCPP 2.1 alone is passed over."""
    facts = replace(READING, aligned_measurands=frozenset({Measurand.ENERGY_ACTIVE_IMPORT_INTERVAL}))
    three = ("Current.Import", "Energy.Active.Import.Register", "Power.Active.Import", "Voltage")
    assert key_of(facts, "MeterValuesSampledData").sort == Words(three)
    assert key_of(facts, "StopTxnSampledData").sort == Words(three)
    assert key_of(facts, "MeterValuesAlignedData").sort == Words(("Energy.Active.Import.Interval",))
    assert key_of(facts, "StopTxnAlignedData").sort == Words(("Energy.Active.Import.Interval",))
    assert key_of(facts, "MeterValuesAlignedData").default == ""
