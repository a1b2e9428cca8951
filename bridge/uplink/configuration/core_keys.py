"""The settings of OCPP 1.6's Core profile, with the honest value of what a bridge cannot change.

Not declared: BlinkRepeat and LightIntensity (no API has them), MaxEnergyOnInvalidId (nothing here can measure out
energy to a driver who was refused).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bridge.types.ocpp.meter_value import Measurand
from bridge.types.ocpp.translate.words_v16 import MEASURANDS
from bridge.types.words import Ability
from bridge.uplink.configuration.key import Access, FeatureProfile, Key, read_only
from bridge.uplink.configuration.sorts import Number, PhaseRotations, Sort, Switch, Words
from bridge.uplink.configuration.station_facts import StationFacts

KEYS_AT_MOST: Final = 100
"""that one GetConfiguration, and one GetVariables, may name"""

ALIGNED_STEP_S: Final = 300
"""clock-aligned values come from the charger's own five-minute rows"""

_DAY_S: Final = 86_400
_SAMPLED: Final = (
    Measurand.ENERGY_ACTIVE_IMPORT_REGISTER,
    Measurand.POWER_ACTIVE_IMPORT,
    Measurand.CURRENT_IMPORT,
)
_DECLARED: Final = (
    FeatureProfile.CORE,
    FeatureProfile.LOCAL_AUTH_LIST_MANAGEMENT,
    FeatureProfile.SMART_CHARGING,
    FeatureProfile.REMOTE_TRIGGER,
)


def declared_profiles(facts: StationFacts) -> tuple[FeatureProfile, ...]:
    """Return the feature profiles that the station has."""
    absent = set()
    if not facts.can(Ability.LIMIT_CURRENT):
        absent.add(FeatureProfile.SMART_CHARGING)
    if not facts.local_list_entries_at_most:
        absent.add(FeatureProfile.LOCAL_AUTH_LIST_MANAGEMENT)
    return tuple(profile for profile in _DECLARED if profile not in absent)


def core_keys(facts: StationFacts) -> tuple[Key, ...]:
    """Return the settings of the Core profile."""
    return (*_authorizing(facts), *_ending(facts), *_metering(facts), *_telling(facts), *_itself(facts))


def _authorizing(facts: StationFacts) -> Iterable[Key]:
    # whom the charger lets charge, it decides by itself: it does so offline, and whether it is asked or not
    yield read_only("AllowOfflineTxForUnknownId", Switch(), "true")
    yield read_only("AuthorizationCacheEnabled", Switch(), "false")
    yield read_only("LocalAuthorizeOffline", Switch(), "true")
    yield read_only("LocalPreAuthorize", Switch(), "false")
    can_start = facts.can(Ability.START_CHARGING)
    yield _core("AuthorizeRemoteTxRequests", Switch(), "false", writable=can_start)
    # how long a remote start waits for its vehicle; a driver at the charger is the charger's business
    yield _core("ConnectionTimeOut", Number(0, _DAY_S), "60" if can_start else "0", writable=can_start)


def _ending(facts: StationFacts) -> Iterable[Key]:
    can_stop = facts.can(Ability.STOP_CHARGING)
    yield _core("StopTransactionOnInvalidId", Switch(), "true" if can_stop else "false", writable=can_stop)
    yield read_only("StopTransactionOnEVSideDisconnect", Switch(), "true")
    yield read_only("UnlockConnectorOnEVSideDisconnect", Switch(), "false")
    # a command is sent to a charger once: what became of it is read back, and nothing repeats it
    yield read_only("ResetRetries", Number(), "0")


def _metering(facts: StationFacts) -> Iterable[Key]:
    sampled = words_of(facts.measurands)
    aligned = words_of(facts.measurands if facts.aligned_measurands is None else facts.aligned_measurands)
    usual = ",".join(word for word in _SAMPLED if word in sampled.known)
    yield _core("MeterValueSampleInterval", Number(10, _DAY_S, or_zero=True), "300")
    yield _core("ClockAlignedDataInterval", Number(0, _DAY_S, step=ALIGNED_STEP_S), "0")
    for name, words, default in (
        ("MeterValuesSampledData", sampled, usual),
        ("MeterValuesAlignedData", aligned, ",".join(word for word in _SAMPLED if word in aligned.known)),
        ("StopTxnSampledData", sampled, ""),
        ("StopTxnAlignedData", aligned, ""),
    ):
        yield _core(name, words, default)
        yield read_only(f"{name}MaxLength", Number(), str(len(words.known)))
    yield _core("ConnectorPhaseRotation", PhaseRotations(facts.connectors), _unknown_rotations(facts.connectors))
    yield read_only("ConnectorPhaseRotationMaxLength", Number(), str(facts.connectors + 1))


def _telling(_: StationFacts) -> Iterable[Key]:
    yield _core("HeartbeatInterval", Number(1), "3600")
    yield _core("MinimumStatusDuration", Number(0, _DAY_S), "0")
    yield _core("TransactionMessageAttempts", Number(1, 100), "5")
    yield _core("TransactionMessageRetryInterval", Number(1, _DAY_S), "60")
    # a connection keeps the interval that it was opened with
    yield _core("WebSocketPingInterval", Number(0, _DAY_S), "30", needs_reboot=True)


def _itself(facts: StationFacts) -> Iterable[Key]:
    profiles = declared_profiles(facts)
    yield read_only("GetConfigurationMaxKeys", Number(), str(KEYS_AT_MOST))
    yield read_only("NumberOfConnectors", Number(), str(facts.connectors))
    yield read_only("SupportedFeatureProfiles", Words(tuple(_DECLARED)), ",".join(profiles))
    yield read_only("SupportedFeatureProfilesMaxLength", Number(), str(len(_DECLARED)))


def _core(name: str, sort: Sort, default: str, *, writable: bool = True, needs_reboot: bool = False) -> Key:
    access = Access.READ_WRITE if writable else Access.READ_ONLY
    return Key(
        name=name, profile=FeatureProfile.CORE, sort=sort, default=default, access=access, needs_reboot=needs_reboot
    )


def words_of(measurands: Iterable[Measurand]) -> Words:
    """Return the words of these in OCPP 1.6, in OCPP's order."""
    wanted = frozenset(measurands)
    return Words(tuple(word for word in Measurand if word in wanted and MEASURANDS[word] == word))


def _unknown_rotations(connectors: int) -> str:
    return ",".join(f"{number}.Unknown" for number in range(connectors + 1))
