"""The controllers of OCPP 2.x: what they only tell; what can be set of them comes from `settings_table`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.provisioning.notify_report import DataType
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.configuration.configuration import Configuration
from bridge.uplink.configuration.core_keys import KEYS_AT_MOST
from bridge.uplink.device_model.model_facts import ModelFacts, NetworkSlot
from bridge.uplink.device_model.settings_table import limit_of
from bridge.uplink.device_model.variable import ModelVariable, Place

ITEMS_AT_MOST: Final = KEYS_AT_MOST
"""of one GetVariables, SetVariables or GetReport, or of one message about monitors"""
BYTES_AT_MOST: Final = 65_536
"""of one such message's payload, as JSON without blanks"""
VALUE_AT_MOST: Final = 1000
"""characters of any value that is told or taken: the least that all peers take [spec; doc: ocpp-go]"""

_OWN_CLOCK: Final = "RealTimeClock"
_START_POINTS: Final = (
    "ParkingBayOccupancy",
    "EVConnected",
    "Authorized",
    "DataSigned",
    "PowerPathClosed",
    "EnergyTransfer",
)
_STOP_POINTS: Final = _START_POINTS
# transactions follow the sessions that the charger keeps: most begin one when energy may flow, and end it when the
# vehicle is unplugged or the driver ends it, whichever is first [guess]
_STARTS_AT: Final = "PowerPathClosed"
_STOPS_AT: Final = "EVConnected,Authorized"
_TIME_SOURCES: Final = ("Heartbeat", "NTP", "GPS", "RealTimeClock", "MobileNetwork", "RadioTimeTransmitter")
_MONITORING_BASES: Final = ("All", "FactoryDefault", "HardWiredOnly")
_TRANSFERS: Final = ("FTP", "HTTP", "HTTPS")
"""by which the log can be sent"""
_INTERFACES: Final = ("Wired0", "Wired1", "Wired2", "Wired3", "Wireless0", "Wireless1", "Wireless2", "Wireless3", "Any")
_LEAST_SEVERE: Final = 9
_SECURITY_PROFILES: Final = (0, 3)

_Telling = Callable[..., ModelVariable]


def controllers(facts: ModelFacts, configuration: Configuration) -> Iterator[ModelVariable]:
    """Yield what the controllers tell beside their settings."""
    yield from _metering(configuration)
    yield from _authorizing(facts, configuration)
    yield from _clock(facts)
    yield from _messages()
    yield from _monitoring(facts)
    yield from _communication(facts)
    yield from _security(facts, configuration)
    yield from _smart_charging(facts, configuration)
    yield from _transactions()
    if facts.version is OcppVersion.V21:
        yield from _added_by_2_1(facts)


def _metering(configuration: Configuration) -> Iterable[ModelVariable]:
    every_s = configuration.value_of("ClockAlignedDataInterval") or "0"
    aligned, sampled = _of("AlignedDataCtrlr"), _of("SampledDataCtrlr")
    yield aligned("Available", "true", constant=True)
    # what comes with a transaction's end is of the same interval as what came before
    yield aligned("TxEndedInterval", every_s, DataType.INTEGER, unit="s")
    yield sampled("Available", "true", constant=True)
    # at a transaction's end its first and its last value are told, and none of between
    yield sampled("TxEndedInterval", "0", DataType.INTEGER, unit="s", constant=True)


def _authorizing(facts: ModelFacts, configuration: Configuration) -> Iterable[ModelVariable]:
    yield _of("AuthCacheCtrlr")("Available", "false", constant=True)
    tell = _of("LocalAuthListCtrlr")
    has_list = facts.local_list_entries is not None and configuration.value_of("LocalAuthListEnabled") is not None
    yield tell("Available", _switch(has_list), constant=True)
    if has_list:
        most = limit_of(configuration, "LocalAuthListMaxLength")
        yield tell("Entries", str(facts.local_list_entries), DataType.INTEGER, max_limit=most)
        yield tell("BytesPerMessage", str(BYTES_AT_MOST), DataType.INTEGER, constant=True)


def _clock(facts: ModelFacts) -> Iterable[ModelVariable]:
    tell = _of("ClockCtrlr")
    yield tell("DateTime", to_rfc3339(facts.now), DataType.DATE_TIME)
    # the clock of this computer, however it is set: that of the central system is compared, and never taken over
    yield tell("TimeSource", _OWN_CLOCK, DataType.SEQUENCE_LIST, values_list=_TIME_SOURCES, constant=True)
    if facts.time_zone is not None:
        yield tell("TimeZone", facts.time_zone, DataType.STRING, constant=True)


def _messages() -> Iterable[ModelVariable]:
    tell = partial(_of("DeviceDataCtrlr"), data_type=DataType.INTEGER, constant=True)
    for action in ("GetReport", "GetVariables", "SetVariables"):
        if action != "GetVariables":  # which is a setting of 1.6, too
            yield tell("ItemsPerMessage", str(ITEMS_AT_MOST), instance=action)
        yield tell("BytesPerMessage", str(BYTES_AT_MOST), instance=action)
    for variable in ("ConfigurationValueSize", "ReportingValueSize"):
        yield tell(variable, str(VALUE_AT_MOST), max_limit=VALUE_AT_MOST)


def _monitoring(facts: ModelFacts) -> Iterable[ModelVariable]:
    tell = _of("MonitoringCtrlr")
    yield tell("Available", "true", constant=True)
    yield tell("Enabled", "true", constant=True)
    yield tell("ActiveMonitoringBase", facts.monitoring_base, DataType.OPTION_LIST, values_list=_MONITORING_BASES)
    yield tell(
        "ActiveMonitoringLevel", str(facts.monitoring_level), DataType.INTEGER, min_limit=0, max_limit=_LEAST_SEVERE
    )
    number = partial(tell, data_type=DataType.INTEGER, constant=True)
    for action in ("SetVariableMonitoring", "ClearVariableMonitoring"):
        yield number("ItemsPerMessage", str(ITEMS_AT_MOST), instance=action)
        yield number("BytesPerMessage", str(BYTES_AT_MOST), instance=action)


def _communication(facts: ModelFacts) -> Iterable[ModelVariable]:
    tell = _of("OCPPCommCtrlr")
    yield tell("ActiveNetworkProfile", str(facts.active_network_profile), DataType.INTEGER)
    transfers = ",".join(_TRANSFERS)
    yield tell("FileTransferProtocols", transfers, DataType.MEMBER_LIST, values_list=_TRANSFERS, constant=True)
    # what is true of transactions and security events is kept; states are told anew after a reconnect
    yield tell("QueueAllMessages", "false", constant=True)


def _security(facts: ModelFacts, configuration: Configuration) -> Iterable[ModelVariable]:
    tell = _of("SecurityCtrlr")
    yield tell("Identity", facts.station_name, DataType.STRING, constant=True)
    # certificates are files of their owner: none can be installed over OCPP
    most = limit_of(configuration, "CertificateStoreMaxLength")
    yield tell("CertificateEntries", "0", DataType.INTEGER, max_limit=most, constant=True)


def _smart_charging(facts: ModelFacts, configuration: Configuration) -> Iterable[ModelVariable]:
    tell = _of("SmartChargingCtrlr")
    yield tell("Available", _switch(facts.has_smart_charging))
    yield tell("Enabled", _switch(facts.has_smart_charging))
    if facts.has_smart_charging:
        most = limit_of(configuration, "MaxChargingProfilesInstalled")
        installed = str(facts.charging_profiles)
        yield tell("Entries", installed, DataType.INTEGER, instance="ChargingProfiles", max_limit=most)
        for evse in facts.evses:
            yield _of("SmartChargingCtrlr", evse.evse_id)("ACPhaseSwitchingSupported", "false", constant=True)


def _transactions() -> Iterable[ModelVariable]:
    tell = partial(_of("TxCtrlr"), data_type=DataType.MEMBER_LIST, constant=True)
    yield tell("TxStartPoint", _STARTS_AT, values_list=_START_POINTS)
    yield tell("TxStopPoint", _STOPS_AT, values_list=_STOP_POINTS)


def _added_by_2_1(facts: ModelFacts) -> Iterable[ModelVariable]:
    if facts.local_list_entries is not None:
        yield _of("LocalAuthListCtrlr")("SupportsExpiryDateTime", "true", constant=True)
    yield _of("SecurityCtrlr")("AllowSecurityProfileDowngrade", "false", constant=True)
    for evse in facts.evses:  # no charger that the bridge knows can discharge a vehicle
        yield _of("V2XChargingCtrlr", evse.evse_id)("Available", "false", constant=True)
    for slot, profile in sorted(facts.network_profiles.items()):
        yield from _network_profile(slot, profile)


def _network_profile(slot: int, profile: NetworkSlot) -> Iterable[ModelVariable]:
    # it is changed as a whole, with SetNetworkProfile
    tell = partial(_of("NetworkConfiguration"), component_instance=str(slot))
    yield tell("OcppCsmsUrl", profile.csms_url, DataType.STRING)
    yield tell("OcppInterface", profile.interface, DataType.OPTION_LIST, values_list=_INTERFACES)
    yield tell("OcppTransport", "JSON", DataType.OPTION_LIST, values_list=("JSON", "SOAP"))
    yield tell("MessageTimeout", str(profile.message_timeout_s), DataType.INTEGER, unit="s")
    least, most = _SECURITY_PROFILES
    security = str(profile.security_profile)
    yield tell("SecurityProfile", security, DataType.INTEGER, min_limit=least, max_limit=most)
    if profile.version is not None:
        yield tell("OcppVersion", profile.version, DataType.STRING)
    if profile.identity is not None:
        yield tell("Identity", profile.identity, DataType.STRING)


# --- forms -----------------------------------------------------------------------------------------------------------


def _of(component: str, evse_id: int | None = None) -> _Telling:
    """Return what makes a component's variables: by name, value and data type, boolean where none is named."""

    def tell(
        variable: str,
        value: str,
        data_type: DataType = DataType.BOOLEAN,
        *,
        instance: str | None = None,
        component_instance: str | None = None,
        unit: str | None = None,
        min_limit: float | None = None,
        max_limit: float | None = None,
        values_list: tuple[str, ...] | None = None,
        constant: bool = False,
    ) -> ModelVariable:
        place = Place(
            component=component,
            component_instance=component_instance,
            variable=variable,
            variable_instance=instance,
            evse_id=evse_id,
        )
        return ModelVariable(
            place=place,
            data_type=data_type,
            value=value,
            unit=unit,
            min_limit=min_limit,
            max_limit=max_limit,
            values_list=values_list,
            constant=constant,
        )

    return tell


def _switch(is_on: bool) -> str:  # noqa: FBT001 -- it is what is told
    return "true" if is_on else "false"
