from __future__ import annotations

import pytest

from bridge.types.ocpp.configuration import ConfigurationStatus
from bridge.types.ocpp.meter_value import Measurand
from bridge.uplink.configuration.configuration import Configuration
from bridge.uplink.configuration.further_keys import standard_keys
from bridge.uplink.configuration.key import Access, FeatureProfile
from bridge.uplink.configuration.later_keys import (
    LIMIT_CHANGE_SIGNIFICANCE,
    MESSAGE_TIMEOUT,
    NETWORK_PRIORITY,
    OFFLINE_THRESHOLD,
    later_keys,
)
from bridge.uplink.configuration.station_facts import StationFacts
from tests.uplink.configuration.stations import OBEYING, READING, STATIONS

ACCEPTED, REJECTED, REBOOT_REQUIRED, NOT_SUPPORTED = (
    ConfigurationStatus.ACCEPTED,
    ConfigurationStatus.REJECTED,
    ConfigurationStatus.REBOOT_REQUIRED,
    ConfigurationStatus.NOT_SUPPORTED,
)


@pytest.mark.parametrize("facts", STATIONS)
def test_defaults_are_in_their_one_form(facts: StationFacts) -> None:
    """As those of 1.6 are; the names differ from all of these."""
    keys = later_keys(facts)
    for key in keys:
        assert key.profile is FeatureProfile.LATER
        assert key.default is not None
        assert key.sort.normalised(key.default) == key.default
    names = {key.name.casefold() for key in (*keys, *standard_keys(facts))}
    assert len(names) == len(keys) + len(standard_keys(facts))


@pytest.mark.parametrize("facts", STATIONS)
def test_1_6_knows_nothing_of_them(facts: StationFacts) -> None:
    """Neither read nor changed, nor told when all are asked for; the house cannot change them either."""
    configuration = Configuration(facts)
    names = [key.name for key in later_keys(facts)]
    assert not set(names) & {pair.key for pair in configuration.get().configuration_keys}
    answer = configuration.get([OFFLINE_THRESHOLD, "HeartbeatInterval"])
    assert answer.unknown_keys == (OFFLINE_THRESHOLD,)
    for name in names:
        assert configuration.judge(name, "1").status is NOT_SUPPORTED
        assert configuration.apply(name, "1").status is NOT_SUPPORTED
        assert configuration.judge_custom(name, "1").value is None
    assert configuration.overrides == {}
    assert set(configuration.all_keys) - set(configuration.keys) == set(later_keys(facts))


@pytest.mark.parametrize(
    ("name", "value", "status", "kept"),
    [
        (OFFLINE_THRESHOLD, "0", ACCEPTED, "0"),
        (OFFLINE_THRESHOLD.lower(), "0060", ACCEPTED, "60"),
        (OFFLINE_THRESHOLD, "-1", REJECTED, None),
        (MESSAGE_TIMEOUT, "4", REJECTED, None),
        (MESSAGE_TIMEOUT, "5", ACCEPTED, "5"),
        (NETWORK_PRIORITY, "1, 0", REBOOT_REQUIRED, "1,0"),
        (NETWORK_PRIORITY, "0,0", REJECTED, None),
        (NETWORK_PRIORITY, "4", REJECTED, None),
        (NETWORK_PRIORITY, "", REJECTED, None),
        (NETWORK_PRIORITY, "zero", REJECTED, None),
        (LIMIT_CHANGE_SIGNIFICANCE, "2.50", ACCEPTED, "2.5"),
        (LIMIT_CHANGE_SIGNIFICANCE, "007", ACCEPTED, "7"),
        (LIMIT_CHANGE_SIGNIFICANCE, "10.0", ACCEPTED, "10"),
        (LIMIT_CHANGE_SIGNIFICANCE, "100.1", REJECTED, None),
        (LIMIT_CHANGE_SIGNIFICANCE, "-1", REJECTED, None),
        (LIMIT_CHANGE_SIGNIFICANCE, "nan", REJECTED, None),
        (LIMIT_CHANGE_SIGNIFICANCE, "1e3", REJECTED, None),
    ],
)
def test_2_x_changes_them(name: str, value: str, status: ConfigurationStatus, kept: str | None) -> None:
    """The one form in which a value is kept is taken as it is."""
    configuration = Configuration(OBEYING)
    judgement = configuration.apply(name, value, later=True)
    assert (judgement.status, judgement.value) == (status, kept)
    if kept is not None:
        assert configuration.judge(judgement.key, kept, later=True).value == kept
        assert configuration.value_of(name) == kept


def test_what_was_changed_is_restored() -> None:
    """Also for a station that speaks 1.6 meanwhile; 2.x finds it again."""
    configuration = Configuration(OBEYING, {OFFLINE_THRESHOLD: "7", NETWORK_PRIORITY: "2,0"})
    assert configuration.problems == ()
    assert configuration.settings.offline_threshold_s == 7
    assert configuration.settings.network_priority == (2, 0)


def test_the_typed_settings_are_those_of_the_keys() -> None:
    """Before anybody changed them."""
    settings = Configuration(OBEYING).settings
    assert (settings.message_timeout_s, settings.network_attempts, settings.network_priority) == (30, 3, (0,))
    assert settings.started_measurands == (Measurand.ENERGY_ACTIVE_IMPORT_REGISTER,)
    assert settings.limit_change_significance_percent == 1.0
    waits = (
        settings.retry_back_off_wait_minimum_s,
        settings.retry_back_off_random_range_s,
        settings.retry_back_off_repeat_times,
    )
    assert waits == (1, 5, 6)


def test_what_cannot_be_limited_has_no_significance_to_set() -> None:
    """It is there to be read."""
    (key,) = [key for key in later_keys(READING) if key.name == LIMIT_CHANGE_SIGNIFICANCE]
    assert key.access is Access.READ_ONLY
