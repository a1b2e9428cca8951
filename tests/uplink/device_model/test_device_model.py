from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bridge.types.ocpp.base import parse_rfc3339
from bridge.types.ocpp.component_variable import Component, Variable
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.provisioning.component import Component as StandardComponent
from bridge.types.ocpp.provisioning.component import Variable as StandardVariable
from bridge.types.ocpp.provisioning.notify_report import DataType, Mutability
from bridge.types.ocpp.variable_access import GetVariableStatusEnumType
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import ConnectorStatus
from bridge.uplink.configuration.station_facts import StationFacts
from bridge.uplink.device_model.device_model import DeviceModel
from bridge.uplink.device_model.model_facts import EvseFacts, ModelFacts
from bridge.uplink.device_model.variable import ModelVariable, Place, component_key, variable_key
from tests.uplink.configuration.stations import OBEYING, READING
from tests.uplink.device_model.models import (
    FULL,
    OBEYED,
    PAIRS,
    READ,
    SECRET,
    at,
    configuration_of,
    model_of,
    named,
)

REQUIRED = {
    "AlignedDataCtrlr": ["Interval", "Measurands", "TxEndedInterval", "TxEndedMeasurands"],
    "AuthCtrlr": ["AuthorizeRemoteStart", "LocalAuthorizeOffline", "LocalPreAuthorize"],
    "ChargingStation": ["AvailabilityState", "Available", "Model", "SupplyPhases", "VendorName"],
    "ClockCtrlr": ["DateTime", "TimeSource"],
    "DeviceDataCtrlr": [
        *(f"{limit}[{of}]" for limit in ("ItemsPerMessage", "BytesPerMessage") for of in ("GetReport", "GetVariables")),
        "ItemsPerMessage[SetVariables]",
        "BytesPerMessage[SetVariables]",
    ],
    "MonitoringCtrlr": [
        f"{limit}[{of}VariableMonitoring]"
        for limit in ("ItemsPerMessage", "BytesPerMessage")
        for of in ("Set", "Clear")
    ],
    "OCPPCommCtrlr": [
        "FileTransferProtocols",
        "MessageAttemptInterval[TransactionEvent]",
        "MessageAttempts[TransactionEvent]",
        "MessageTimeout[Default]",
        "NetworkConfigurationPriority",
        "NetworkProfileConnectionAttempts",
        "OfflineThreshold",
        "ResetRetries",
        "RetryBackOffRandomRange",
        "RetryBackOffRepeatTimes",
        "RetryBackOffWaitMinimum",
        "UnlockOnEVSideDisconnect",
        "WebSocketPingInterval",
    ],
    "SampledDataCtrlr": [
        "TxEndedInterval",
        "TxEndedMeasurands",
        "TxStartedMeasurands",
        "TxUpdatedInterval",
        "TxUpdatedMeasurands",
    ],
    "SecurityCtrlr": ["BasicAuthPassword", "CertificateEntries", "OrganizationName", "SecurityProfile"],
    "TxCtrlr": ["EVConnectionTimeOut", "StopTxOnEVSideDisconnect", "StopTxOnInvalidId", "TxStartPoint", "TxStopPoint"],
}
"""of every station [spec: OCPP 2.0.1, referenced components and variables]"""
REQUIRED_BY_MORE = {
    "LocalAuthListCtrlr": ["BytesPerMessage", "Enabled", "Entries", "ItemsPerMessage"],
    "SmartChargingCtrlr": [
        "Entries[ChargingProfiles]",
        "LimitChangeSignificance",
        "PeriodsPerSchedule",
        "ProfileStackLevel",
        "RateUnit",
    ],
}
"""of a station with a local list that can be limited"""


def names(model: DeviceModel) -> set[str]:
    return {str(variable.place) for variable in model.variables()}


def fits(variable: ModelVariable) -> bool:
    """Tell whether a value is what the characteristics say."""
    value = variable.value
    assert value is not None
    if variable.values_list is not None:
        words = [value] if variable.data_type is DataType.OPTION_LIST else value.split(",") if value else []
        return set(words) <= set(variable.values_list)
    match variable.data_type:
        case DataType.BOOLEAN:
            return value in ("true", "false")
        case DataType.INTEGER | DataType.DECIMAL:
            pattern = r"-?\d+" if variable.data_type is DataType.INTEGER else r"-?\d+(\.\d+)?"
            least, most = variable.min_limit, variable.max_limit
            fitting = (least is None or float(value) >= least) and (most is None or float(value) <= most)
            return re.fullmatch(pattern, value) is not None and fitting
        case DataType.DATE_TIME:
            return parse_rfc3339(value) is not None
    return variable.max_limit is None or len(value) <= variable.max_limit


@pytest.mark.parametrize(("station", "facts"), PAIRS)
def test_every_station_has_the_required_variables(station: StationFacts, facts: ModelFacts) -> None:
    """Whatever the charger can: what it cannot has an honest value."""
    wanted = {f"{component}.{variable}" for component, variables in REQUIRED.items() for variable in variables}
    for evse in facts.evses:
        evse_id = evse.evse_id
        wanted |= {f"EVSE/{evse_id}.{name}" for name in ("Available", "AvailabilityState", "Power", "SupplyPhases")}
        wanted |= {
            f"Connector/{evse_id}/1.{name}"
            for name in ("Available", "AvailabilityState", "ConnectorType", "SupplyPhases")
        }
    assert wanted <= names(model_of(station, facts))


def test_what_a_charger_can_is_declared() -> None:
    """A list and smart charging come with their variables; without them there is the word that they are not there."""
    more = {f"{component}.{variable}" for component, variables in REQUIRED_BY_MORE.items() for variable in variables}
    assert more <= names(model_of())
    none = model_of(READING, READ)
    told = {str(v.place): v.value for v in none.variables() if v.place.component in REQUIRED_BY_MORE}
    assert told["SmartChargingCtrlr.Available"] == told["LocalAuthListCtrlr.Available"] == "false"
    assert "SmartChargingCtrlr.Entries[ChargingProfiles]" not in told
    assert "LocalAuthListCtrlr.Entries" not in told


@pytest.mark.parametrize(("station", "facts"), PAIRS)
def test_every_value_is_what_its_characteristics_say(station: StationFacts, facts: ModelFacts) -> None:
    """And these are within what every peer takes; lists have their words, names fit, places differ."""
    variables = model_of(station, facts).variables()
    assert len({variable.place.folded for variable in variables}) == len(variables)
    for variable in variables:
        place = variable.place
        assert variable.value is None or fits(variable), str(place)
        assert all(len(name) <= 50 for name in (place.component, place.variable, place.variable_instance or ""))
        assert len(variable.unit or "") <= 16
        assert len(",".join(variable.values_list or ())) <= 1000
        assert (variable.values_list is not None) is (
            variable.data_type in (DataType.OPTION_LIST, DataType.MEMBER_LIST, DataType.SEQUENCE_LIST)
        ), str(place)
        assert not (variable.is_settable and variable.key is None), str(place)
        assert not (variable.is_settable and variable.constant), str(place)


@pytest.mark.parametrize(("station", "facts"), PAIRS)
def test_every_settable_variable_takes_the_value_it_has(station: StationFacts, facts: ModelFacts) -> None:
    """What can be set can be set to what it is."""
    configuration = configuration_of(station)
    for variable in model_of(station, facts).variables():
        if variable.mutability is Mutability.READ_WRITE:
            assert variable.key is not None
            assert variable.value is not None
            assert configuration.judge(variable.key, variable.value, later=True).value == variable.value


def test_a_secret_is_there_without_its_value() -> None:
    """Nowhere in the model."""
    model = model_of()
    assert SECRET not in repr(model.variables())
    password = named(model, "SecurityCtrlr.BasicAuthPassword")
    assert (password.mutability, password.value, password.is_readable) == (Mutability.WRITE_ONLY, None, False)


def test_what_is_measured_is_told_with_its_unit() -> None:
    """Each phase by itself, without an exponent, three digits at most behind the point; and it can be watched."""
    model = model_of()
    told = {
        str(variable.place): (variable.value, variable.unit)
        for variable in model.variables()
        if variable.supports_monitoring and variable.data_type is DataType.DECIMAL
    }
    assert told == {
        "EVSE/1.Power": ("7360.5", "W"),
        "EVSE/1.ACCurrent[L1]": ("10.7", "A"),
        "EVSE/1.ACCurrent[L2]": ("10.6", "A"),
        "EVSE/1.ACCurrent[L3]": ("0", "A"),
        "EVSE/1.ACVoltage[L1]": ("231", "V"),
        "EVSE/1.ACVoltage[L2]": ("230.25", "V"),
        "EVSE/1.ACVoltage[L3]": ("230", "V"),
    }
    assert named(model, "EVSE/1.Power").max_limit == 3 * 230 * 16


def test_what_a_charger_never_measured_is_not_there() -> None:
    """Power stands there all the same, for OCPP requires it; it has no value and cannot be watched."""
    model = model_of(READING, READ)
    assert not any(re.search("ACCurrent|ACVoltage", name) for name in names(model))
    power = named(model, "EVSE/2.Power")
    assert (power.value, power.supports_monitoring) == (None, False)


def test_what_was_measured_once_stays() -> None:
    """A poll that does not tell it, or a charger that is not heard, takes the value away and not the variable."""
    now = [OBEYED]
    configuration = configuration_of()
    model = DeviceModel(lambda: configuration, lambda: now[0])
    before = names(model)
    now[0] = replace(OBEYED, evses=(EvseFacts(evse_id=1, status=ConnectorStatus.CHARGING),))
    assert names(model) == before
    assert named(model, "EVSE/1.ACCurrent[L2]").value is None
    now[0] = replace(OBEYED, is_heard=False)
    assert named(model, "EVSE/1.Power").value is None
    assert named(model, "EVSE/1.Power").supports_monitoring


@pytest.mark.parametrize(
    ("statuses", "word", "problem"),
    [
        ((ConnectorStatus.AVAILABLE, ConnectorStatus.CHARGING), "Available", "false"),
        ((ConnectorStatus.FINISHING, ConnectorStatus.CHARGING), "Occupied", "false"),
        ((ConnectorStatus.FAULTED, ConnectorStatus.CHARGING), "Occupied", "true"),
        ((ConnectorStatus.FAULTED, ConnectorStatus.FAULTED), "Faulted", "true"),
        ((ConnectorStatus.UNAVAILABLE, ConnectorStatus.FAULTED), "Unavailable", "true"),
        ((None, ConnectorStatus.RESERVED), "Reserved", "false"),
        ((None, None), None, "false"),
    ],
)
def test_states(statuses: tuple[ConnectorStatus | None, ...], word: str | None, problem: str) -> None:
    """The station is available while an EVSE is, and has a problem while one has."""
    evses = tuple(EvseFacts(evse_id=number, status=status) for number, status in enumerate(statuses, 1))
    model = model_of(facts=replace(OBEYED, evses=evses))
    assert named(model, "ChargingStation.AvailabilityState").value == word
    assert named(model, "ChargingStation.Problem").value == problem
    for number, status in enumerate(statuses, 1):
        told = named(model, f"Connector/{number}/1.AvailabilityState").value
        assert told == named(model, f"EVSE/{number}.AvailabilityState").value
        assert (told is None) is (status is None)
        broken = "true" if status is ConnectorStatus.FAULTED else "false"
        assert named(model, f"Connector/{number}/1.Problem").value == broken


def test_a_charger_that_is_not_heard_is_faulted() -> None:
    """As its StatusNotification says; nothing that it measured is told any more."""
    model = model_of(facts=replace(OBEYED, is_heard=False))
    states = {v.value for v in model.variables() if v.place.variable == "AvailabilityState"}
    assert states == {"Faulted"}
    assert {v.value for v in model.variables() if v.place.variable == "Problem"} == {"true"}


def test_the_counters_are_live() -> None:
    """Entries of list and profiles with the most there may be; 1.6 has only the latter."""
    model = model_of()
    entries = {str(v.place): (v.value, v.max_limit) for v in model.variables() if v.place.variable == "Entries"}
    assert entries == {
        "LocalAuthListCtrlr.Entries": ("3", 1000.0),
        "SmartChargingCtrlr.Entries[ChargingProfiles]": ("2", 100.0),
    }


def test_2_1_is_told_what_only_it_has() -> None:
    """Network profiles without secrets, that no vehicle can be discharged, that a profile never falls."""
    new, old = (names(model_of(facts=replace(OBEYED, version=one))) for one in (OcppVersion.V21, OcppVersion.V201))
    assert old < new
    assert new - old == {
        "LocalAuthListCtrlr.SupportsExpiryDateTime",
        "SecurityCtrlr.AllowSecurityProfileDowngrade",
        "V2XChargingCtrlr/1.Available",
        *(
            f"NetworkConfiguration[1].{name}"
            for name in (
                "OcppCsmsUrl",
                "OcppInterface",
                "OcppTransport",
                "MessageTimeout",
                "SecurityProfile",
                "Identity",
            )
        ),
    }


@pytest.mark.parametrize(
    ("component", "variable", "found"),
    [
        (Component(name="ocppcommctrlr"), Variable(name="HEARTBEATINTERVAL"), "OCPPCommCtrlr.HeartbeatInterval"),
        (
            StandardComponent(name="DeviceDataCtrlr"),
            StandardVariable(name="ItemsPerMessage", instance="getvariables"),
            "DeviceDataCtrlr.ItemsPerMessage[GetVariables]",
        ),
        (Component(name="EVSE", evse=EVSE(id=1)), Variable(name="Power"), "EVSE/1.Power"),
        (
            Component(name="Connector", evse=EVSE(id=1, connector_id=1)),
            Variable(name="ConnectorType"),
            "Connector/1/1.ConnectorType",
        ),
        (Component(name="EVSE", evse=EVSE(id=2)), Variable(name="Power"), GetVariableStatusEnumType.UNKNOWN_COMPONENT),
        (Component(name="EVSE"), Variable(name="Power"), GetVariableStatusEnumType.UNKNOWN_COMPONENT),
        (Component(name="Tea"), Variable(name="Power"), GetVariableStatusEnumType.UNKNOWN_COMPONENT),
        (Component(name="ClockCtrlr"), Variable(name="Tea"), GetVariableStatusEnumType.UNKNOWN_VARIABLE),
        (
            Component(name="DeviceDataCtrlr"),
            Variable(name="ItemsPerMessage"),
            GetVariableStatusEnumType.UNKNOWN_VARIABLE,
        ),
    ],
)
def test_variables_are_found_without_their_case(
    component: Component | StandardComponent, variable: Variable | StandardVariable, found: object
) -> None:
    """By both sets of types; with the EVSE and the instance, which are part of the name."""
    result = model_of().find(component, variable)
    assert (str(result.place) if isinstance(result, ModelVariable) else result) == found


def test_settings_are_read_when_asked() -> None:
    """The station may begin anew with other settings."""
    held = [configuration_of(OBEYING)]
    model = DeviceModel(lambda: held[0], lambda: OBEYED)
    assert named(model, "OCPPCommCtrlr.HeartbeatInterval").value == "3600"
    held[0] = configuration_of(OBEYING, HeartbeatInterval="60")
    found = model.present().at(at("ocppCommCtrlr", "heartbeatInterval"))
    assert found is not None
    assert found.value == "60"


def test_a_reading_without_a_number_is_no_zero() -> None:
    """A current of one phase does not make one of the others."""
    one = FULL.model_copy(update={"current_l2_a": None, "current_l3_a": None, "voltage_l1_v": None})
    told = names(model_of(facts=replace(OBEYED, evses=(EvseFacts(evse_id=1, reading=one),))))
    assert "EVSE/1.ACCurrent[L1]" in told
    assert not {"EVSE/1.ACCurrent[L2]", "EVSE/1.ACCurrent[L3]", "EVSE/1.ACVoltage[L1]"} & told


@pytest.mark.parametrize(("station", "facts"), PAIRS)
def test_a_part_of_the_model_is_as_in_the_whole(station: StationFacts, facts: ModelFacts) -> None:
    """Whatever places are wanted; of one that is not there nothing is told."""
    model = model_of(station, facts)
    whole = list(model.present())
    for variable in whole:
        assert list(model.present({variable.place.folded})) == [variable]
    wanted = {variable.place.folded for variable in whole[::3]} | {at("Nowhere", "Nothing").folded}
    assert {one.place: one for one in model.present(wanted)} == {one.place: one for one in whole[::3]}
    assert not len(model.present(()))


@pytest.mark.parametrize(("station", "facts"), PAIRS)
def test_what_can_be_watched_is_read_by_itself(station: StationFacts, facts: ModelFacts) -> None:
    """All of it, and beside it at most a power that was never measured."""
    model = model_of(station, facts)
    watched = {one.place: one for one in model.watchable()}
    whole = {one.place: one for one in model.present()}
    assert watched.items() <= whole.items()
    assert {one.place for one in whole.values() if one.supports_monitoring} <= watched.keys()
    assert all(one.supports_monitoring or one.place.variable == "Power" for one in watched.values())


def test_the_states_tell_of_every_change_that_is_not_measured() -> None:
    """And of nothing else: neither the time nor a measured value is a state."""
    faulted = EvseFacts(evse_id=1, status=ConnectorStatus.FAULTED, reading=FULL)
    states = model_of().states()
    assert states == model_of(facts=replace(OBEYED, now=parse_rfc3339("2027-01-01T00:00:00Z"))).states()
    assert states == model_of(facts=replace(OBEYED, evses=(replace(OBEYED.evses[0], reading=None),))).states()
    assert states != model_of(facts=replace(OBEYED, is_heard=False)).states()
    assert states != model_of(facts=replace(OBEYED, evses=(faulted,))).states()
    assert states != model_of(facts=replace(OBEYED, evses=(*OBEYED.evses, EvseFacts(evse_id=2)))).states()


@pytest.mark.parametrize("place", [variable.place for variable in model_of().variables()], ids=str)
def test_a_place_is_compared_as_the_messages_name_it(place: Place) -> None:
    """However it is put together: a question finds what the model has."""
    component, variable = place.as_component(), place.as_variable()
    assert place.folded == (component_key(component), variable_key(variable))
    assert place.component_key == component_key(component)
