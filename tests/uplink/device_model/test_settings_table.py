from __future__ import annotations

import re

import pytest

from bridge.types.ocpp.provisioning.notify_report import DataType, Mutability
from bridge.types.ocpp.translate.setting_places import OWN_COMPONENT, Aspect
from bridge.uplink.configuration.further_keys import standard_keys
from bridge.uplink.configuration.key import FeatureProfile
from bridge.uplink.configuration.later_keys import later_keys
from bridge.uplink.configuration.station_facts import StationFacts
from bridge.uplink.device_model.model_facts import ModelFacts
from bridge.uplink.device_model.settings_table import TABLE, key_at, named_by, view_of
from tests.uplink.configuration.stations import OBEYING, STATIONS
from tests.uplink.device_model.models import CUSTOM, OBEYED, PAIRS, configuration_of, model_of, named


def test_the_table_has_every_setting_of_1_6_and_no_other() -> None:
    """A new key cannot be forgotten: a charger that does all has them all."""
    assert set(TABLE) == {key.name for key in standard_keys(OBEYING)}


@pytest.mark.parametrize("facts", STATIONS)
def test_the_table_is_read_both_ways(facts: StationFacts) -> None:
    """Each setting has one place, no two have the same, and the place leads back to the setting."""
    configuration = configuration_of(facts)
    views = {key.name: view_of(key) for key in configuration.all_keys}
    assert len({(view.place.folded, view.aspect) for view in views.values()}) == len(views)
    for key in configuration.all_keys:
        view = views[key.name]
        back = key_at(view.place, configuration)
        if view.aspect is Aspect.VALUE:
            assert back == key
        else:
            assert back != key


@pytest.mark.parametrize(("station", "facts"), PAIRS)
def test_what_the_table_says_stands_in_the_device_model(station: StationFacts, facts: ModelFacts) -> None:
    """Both views tell the same: a value as a value, a length as a limit."""
    configuration, present = configuration_of(station), model_of(station, facts).present()
    for key in configuration.keys:
        view, told = view_of(key), present.at(view_of(key).place)
        value = configuration.value_of(key.name)
        if view.aspect is Aspect.VALUE:
            assert told is not None
            assert told.key == key.name
            assert told.value == value or view.words
        elif view.aspect is Aspect.MAX_ELEMENTS:
            assert told is not None
            assert value is not None
            assert told.max_elements == (int(value) or None) or told.data_type is DataType.STRING
        elif told is not None:
            assert told.max_limit == float(value or 0)


def test_custom_settings_stand_at_a_component_of_our_own() -> None:
    """Under their own names; what 1.6 alone has stands there too."""
    told = {variable.place.variable for variable in model_of().variables() if variable.place.component == OWN_COMPONENT}
    assert told == {
        *CUSTOM,
        "ConnectorPhaseRotation",
        "MinimumStatusDuration",
        "NumberOfConnectors",
        "SupportedFeatureProfiles",
    }


@pytest.mark.parametrize("facts", STATIONS)
def test_later_settings_are_named_by_their_place(facts: StationFacts) -> None:
    """The name that is kept says which variable it is."""
    for key in later_keys(facts):
        assert key.profile is FeatureProfile.LATER
        assert named_by(key) == key.name


def test_words_are_those_of_2_x() -> None:
    """Current and Power are A and W there."""
    unit = named(model_of(), "SmartChargingCtrlr.RateUnit")
    assert (unit.value, unit.values_list, unit.key) == ("A,W", ("A", "W"), "ChargingScheduleAllowedChargingRateUnit")


def test_the_security_profile_is_raised_with_another_message() -> None:
    """So 2.x only reads it, where 1.6 may set it."""
    profile = named(model_of(SecurityProfile="2"), "SecurityCtrlr.SecurityProfile")
    assert (profile.value, profile.mutability) == ("2", Mutability.READ_ONLY)


def test_seconds_are_named() -> None:
    """What counts seconds has its unit."""
    for variable in model_of(facts=OBEYED).variables():
        name = variable.place.variable
        if re.search(r"Interval$|TimeOut$|Timeout$|Threshold$|WaitMinimum$|RandomRange$|Duration$", name):
            assert variable.unit == "s", str(variable.place)
