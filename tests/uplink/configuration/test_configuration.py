from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.types.ocpp.base import to_ocpp
from bridge.types.ocpp.configuration import ConfigurationStatus, KeyValue
from bridge.types.ocpp.meter_value import Measurand
from bridge.types.ocpp.translate.configuration import get_configuration
from bridge.types.ocpp.v16.corrections import take_change_configuration, take_get_configuration
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.configuration.configuration import Configuration
from bridge.uplink.configuration.core_keys import KEYS_AT_MOST
from bridge.uplink.configuration.further_keys import standard_keys
from bridge.uplink.configuration.key import Access
from tests.types.ocpp.schemas import check
from tests.types.ocpp.seed_documents import outline
from tests.uplink.configuration.stations import OBEYING, READING

ACCEPTED, REJECTED, REBOOT_REQUIRED, NOT_SUPPORTED = (
    ConfigurationStatus.ACCEPTED,
    ConfigurationStatus.REJECTED,
    ConfigurationStatus.REBOOT_REQUIRED,
    ConfigurationStatus.NOT_SUPPORTED,
)
SECRET = "correct horse battery"
CUSTOM = {"ParkingZone": "A", "Welcome": ""}
NAMES = [key.name for key in standard_keys(OBEYING)]
NAMES_SEEN = st.sampled_from([*NAMES, *CUSTOM, "heartbeatINTERVAL", "Bogus", ""]) | st.text(max_size=60)
VALUES_SEEN = (
    st.text(max_size=60)
    | st.integers(-10, 100_000).map(str)
    | st.sampled_from(["true", "FALSE", "0", "300", "Voltage", "Power.Active.Import, Voltage", "1.RST", SECRET, "3"])
)
quick = settings(max_examples=300, derandomize=True, database=None, deadline=None)


def obeying(**stored: str) -> Configuration:
    return Configuration(OBEYING, stored, CUSTOM)


def state(configuration: Configuration) -> Any:
    return configuration.get(), configuration.overrides, configuration.settings


def test_the_samples_of_the_notes_are_answered() -> None:
    """Two settings are read; the sample interval is switched off by a bare 0; 1500 s is a multiple of 300 s."""
    _, _, get, change_number, change_text, *_ = outline("000_central_system_samples.json")
    configuration = Configuration(READING)
    asked = take_get_configuration(get).model
    answer = configuration.get(asked.key or ())
    check(get_configuration(answer).payload, OcppVersion.V16, "GetConfiguration", answer=True)
    assert [(pair.key, pair.value) for pair in answer.configuration_keys] == [
        ("MeterValueSampleInterval", "300"),
        ("ClockAlignedDataInterval", "0"),
    ]
    for change in (change_number, change_text):
        wish = take_change_configuration(change).model
        assert configuration.apply(wish.key, wish.value).status is ACCEPTED
    assert [pair.value for pair in configuration.get(asked.key or ()).configuration_keys] == ["0", "1500"]
    assert configuration.settings.meter_value_sample_interval_s == 0
    assert configuration.settings.clock_aligned_data_interval_s == 1500


@pytest.mark.parametrize("payload", [None, {}, {"key": []}])
def test_all_settings_are_told_when_none_is_named(payload: object) -> None:
    """The whole list, custom settings included, is a valid answer; the secret is there without its value."""
    configuration = obeying(AuthorizationKey=SECRET)
    answer = configuration.get(take_get_configuration(payload).model.key or ())
    said = get_configuration(answer)
    check(said.payload, OcppVersion.V16, "GetConfiguration", answer=True)
    assert said.dropped == ()
    told = {pair.key: pair for pair in answer.configuration_keys}
    assert set(told) == {*NAMES, *CUSTOM}
    assert told["AuthorizationKey"] == KeyValue(key="AuthorizationKey", read_only=False)
    assert told["NumberOfConnectors"] == KeyValue(key="NumberOfConnectors", read_only=True, value="1")
    assert answer.unknown_keys == ()


def test_names_are_compared_without_regard_to_case() -> None:
    """A known setting is told in its own spelling and once; an unknown one as it was asked."""
    answer = obeying().get(["heartbeatinterval", "BOGUS", "HeartbeatInterval", "parkingzone", "BOGUS"])
    assert [pair.key for pair in answer.configuration_keys] == ["HeartbeatInterval", "ParkingZone"]
    assert answer.unknown_keys == ("BOGUS",)


def test_no_more_names_are_answered_than_the_station_allows() -> None:
    """The rest of a list that is too long is left out."""
    answer = obeying().get([*(f"Bogus{number}" for number in range(KEYS_AT_MOST)), "HeartbeatInterval"])
    assert (len(answer.unknown_keys), answer.configuration_keys) == (KEYS_AT_MOST, ())


@pytest.mark.parametrize("name", ["x" * 80, "\ud800", ""])
def test_a_name_that_ocpp_cannot_say_breaks_nothing(name: str) -> None:
    """It is told as unknown, cut to what fits."""
    (unknown,) = obeying().get([name]).unknown_keys
    assert len(unknown) <= 50


@pytest.mark.parametrize(
    ("key", "value", "status", "kept"),
    [
        ("heartbeatinterval", "0060", ACCEPTED, "60"),
        ("HeartbeatInterval", "0", REJECTED, None),
        ("HeartbeatInterval", "soon", REJECTED, None),
        ("MeterValueSampleInterval", "5", REJECTED, None),
        ("MeterValueSampleInterval", "10", ACCEPTED, "10"),
        ("ClockAlignedDataInterval", "1000", REJECTED, None),
        ("MeterValuesSampledData", "Voltage", ACCEPTED, "Voltage"),
        ("MeterValuesSampledData", "Voltage,Frequency", REJECTED, None),
        ("MeterValuesSampledData", "", ACCEPTED, ""),
        ("StopTransactionOnInvalidId", "False", ACCEPTED, "false"),
        ("WebSocketPingInterval", "-1", REJECTED, None),
        ("WebSocketPingInterval", "20", REBOOT_REQUIRED, "20"),
        ("NumberOfConnectors", "1", REJECTED, None),
        ("LocalPreAuthorize", "true", REJECTED, None),
        ("ChargeProfileMaxStackLevel", "1", REJECTED, None),
        ("AuthorizationKey", SECRET, ACCEPTED, SECRET),
        ("AuthorizationKey", "short", REJECTED, None),
        ("CpoName", "Ladenetz", ACCEPTED, "Ladenetz"),
        ("ParkingZone", "B", ACCEPTED, "B"),
        ("BlinkRepeat", "1", NOT_SUPPORTED, None),
        ("", "", NOT_SUPPORTED, None),
    ],
)
def test_a_change_is_judged_before_it_is_made(
    key: str, value: str, status: ConfigurationStatus, kept: str | None
) -> None:
    """Unknown, read-only, out of bounds, taken: each has its word, and a judgement alone changes nothing."""
    configuration = obeying()
    before = state(configuration)
    judgement = configuration.judge(key, value)
    assert (judgement.status, judgement.value, judgement.is_taken) == (status, kept, kept is not None)
    assert state(configuration) == before
    assert configuration.apply(key, value) == judgement
    assert (state(configuration) == before) == (kept is None)


def test_what_waits_for_a_reboot_is_told_at_once_and_in_effect_after_it() -> None:
    """The new ping interval is read back and kept, the connection keeps the old one until the station restarts."""
    configuration = obeying(WebSocketPingInterval="45")
    configuration.apply("WebSocketPingInterval", "20")
    configuration.apply("WebSocketPingInterval", "25")
    configuration.apply("HeartbeatInterval", "90")
    assert configuration.value_of("WebSocketPingInterval") == "25"
    assert configuration.overrides["WebSocketPingInterval"] == "25"
    assert (configuration.settings.ping_interval_s, configuration.settings.heartbeat_interval_s) == (45, 90)
    configuration.reboot()
    assert configuration.settings.ping_interval_s == 25


def test_the_security_profile_may_only_rise() -> None:
    """It rises up to what the config has the means for; lower ones are refused, and a change needs a new connection."""
    configuration = Configuration(replace(READING, security_profile=1, security_profile_at_most=2))
    assert configuration.settings.security_profile == 1
    assert [configuration.judge("SecurityProfile", value).status for value in ("0", "3", "4", "-1")] == [REJECTED] * 4
    risen = configuration.apply("SecurityProfile", "2")
    assert (risen.status, risen.needs_reconnect) == (ACCEPTED, True)
    assert configuration.apply("SecurityProfile", "1").reason == "SecurityProfile may only rise"
    assert configuration.apply("SecurityProfile", "2").status is ACCEPTED
    assert configuration.settings.security_profile == 2


def test_a_stored_profile_below_the_configs_is_passed_over() -> None:
    """A profile that was raised in the config since then holds."""
    configuration = Configuration(replace(READING, security_profile=2), {"SecurityProfile": "1"})
    assert configuration.settings.security_profile == 2
    assert len(configuration.problems) == 1


def test_a_station_that_the_config_holds_to_one_profile_stays_there() -> None:
    """A highest profile below the configured one does not make the configured one impossible."""
    configuration = Configuration(replace(READING, security_profile=2, security_profile_at_most=0))
    assert configuration.settings.security_profile == 2
    assert configuration.judge("SecurityProfile", "2").status is ACCEPTED
    assert configuration.judge("SecurityProfile", "3").status is REJECTED


def test_stored_changes_hold_and_those_no_longer_taken_are_told() -> None:
    """After an upgrade, or with another charger, a stored value that is not taken falls back to the default."""
    stored = {
        "heartbeatInterval": "0120",
        "MeterValuesSampledData": "Frequency",
        "ClockAlignedDataInterval": "60",
        "NumberOfConnectors": "9",
        "Gone": "1",
        "AuthorizationKey": "s3cret",
    }
    configuration = Configuration(READING, stored)
    assert configuration.overrides == {"HeartbeatInterval": "120"}
    assert configuration.settings.heartbeat_interval_s == 120
    assert configuration.settings.clock_aligned_data_interval_s == 0
    assert configuration.settings.sampled_measurands == (
        Measurand.ENERGY_ACTIVE_IMPORT_REGISTER,
        Measurand.POWER_ACTIVE_IMPORT,
        Measurand.CURRENT_IMPORT,
    )
    assert [problem.split()[4] for problem in configuration.problems] == [*stored][1:]
    assert "s3cret" not in "".join(configuration.problems)


def test_changes_survive_being_stored() -> None:
    """A configuration built from what another one gave to be stored is the same."""
    first = obeying()
    for key, value in (("WebSocketPingInterval", "7"), ("AuthorizationKey", SECRET), ("ParkingZone", "C")):
        assert first.apply(key, value).is_taken
    first.reboot()
    second = Configuration(OBEYING, first.overrides, CUSTOM)
    assert state(second) == state(first)
    assert second.problems == ()


def test_every_setting_reaches_the_station_in_its_type() -> None:
    """What a central system sets is what the station works with."""
    configuration = obeying()
    wishes = {
        "AuthorizeRemoteTxRequests": "true",
        "ConnectionTimeOut": "90",
        "LocalAuthListEnabled": "true",
        "MinimumStatusDuration": "3",
        "MeterValuesAlignedData": "Voltage",
        "StopTxnSampledData": "Power.Active.Import",
        "StopTxnAlignedData": "Current.Import,Voltage",
        "StopTransactionOnInvalidId": "false",
        "TransactionMessageAttempts": "4",
        "TransactionMessageRetryInterval": "11",
    }
    assert [configuration.apply(key, value).status for key, value in wishes.items()] == [ACCEPTED] * len(wishes)
    now = configuration.settings
    assert now.authorize_remote_tx_requests
    assert now.local_auth_list_enabled
    assert not now.stop_transaction_on_invalid_id
    assert (now.connection_timeout_s, now.minimum_status_duration_s) == (90, 3)
    assert (now.transaction_message_attempts, now.transaction_message_retry_interval_s) == (4, 11)
    assert now.aligned_measurands == (Measurand.VOLTAGE,)
    assert now.stop_sampled_measurands == (Measurand.POWER_ACTIVE_IMPORT,)
    assert now.stop_aligned_measurands == (Measurand.CURRENT_IMPORT, Measurand.VOLTAGE)


def test_from_the_house_only_custom_settings_can_be_changed() -> None:
    """Standard settings, unknown ones and values of another sort are refused; custom ones are taken and read back."""
    configuration = obeying()
    for key, value in (("HeartbeatInterval", "60"), ("Bogus", "1"), ("x" * 51, "1"), ("Welcome", "x" * 501)):
        judgement = configuration.apply_custom(key, value)
        assert (judgement.status, judgement.value) == (REJECTED, None)
    assert configuration.overrides == {}
    assert configuration.judge_custom("welcome", "Hello").status is ACCEPTED
    assert configuration.value_of("Welcome") == ""
    assert configuration.apply_custom("welcome", "Hello").key == "Welcome"
    assert configuration.value_of("WELCOME") == "Hello"


def test_a_custom_setting_that_cannot_be_one_is_left_out_and_told() -> None:
    """A standard name, a name twice, one too long and a default too long cost that setting only."""
    custom = {"HeartbeatInterval": "1", "Zone": "A", "ZONE": "B", "x" * 51: "1", "Long": "x" * 501}
    configuration = Configuration(READING, custom=custom)
    assert len(configuration.problems) == 4
    assert configuration.value_of("Zone") == "A"
    assert configuration.value_of("HeartbeatInterval") == "3600"
    assert configuration.get(["Long", "x" * 51]).configuration_keys == ()


def test_the_password_is_handed_out_wrapped_and_shown_nowhere() -> None:
    """Only who asks for the secret gets it; no repr, no reason, no problem and no answer holds it."""
    configuration = obeying()
    assert configuration.authorization_key is None
    judgement = configuration.apply("AuthorizationKey", SECRET)
    assert judgement.needs_reconnect
    refused = configuration.apply("AuthorizationKey", SECRET * 3)
    unknown = configuration.apply(SECRET, SECRET)
    assert configuration.value_of("AuthorizationKey") is None
    shown = [judgement, refused, unknown, configuration, configuration.authorization_key, configuration.settings]
    assert SECRET not in repr(shown) + repr(configuration.problems) + str(to_ocpp(configuration.get()))
    assert configuration.authorization_key is not None
    assert configuration.authorization_key.get_secret_value() == SECRET


@given(changes=st.lists(st.tuples(NAMES_SEEN, VALUES_SEEN), min_size=1, max_size=4))
@quick
def test_what_is_taken_is_read_back_and_what_is_refused_changes_nothing(changes: list[tuple[str, str]]) -> None:
    """Whatever a central system sets, nothing raises; overrides are always good enough to start again with."""
    configuration = obeying()
    for key, value in changes:
        before = state(configuration)
        judgement = configuration.apply(key, value)
        if judgement.value is None:
            assert judgement.status in (REJECTED, NOT_SUPPORTED)
            assert state(configuration) == before
        else:
            assert judgement.status in (ACCEPTED, REBOOT_REQUIRED)
            assert configuration.overrides[judgement.key] == judgement.value
            (told,) = configuration.get([key]).configuration_keys
            assert told.key == judgement.key
            assert told.value == (None if told.key == "AuthorizationKey" else judgement.value)
    configuration.reboot()
    again = Configuration(OBEYING, configuration.overrides, CUSTOM)
    assert (state(again), again.problems) == (state(configuration), ())


@given(key=NAMES_SEEN, value=VALUES_SEEN, other=VALUES_SEEN)
@quick
def test_a_refusal_does_not_depend_on_the_value(key: str, value: str, other: str) -> None:
    """Two values refused for one setting are refused in the same words: those cannot hold either of them."""
    configuration = obeying(SecurityProfile="0")
    first, second = configuration.judge(key, value), configuration.judge(key, other)
    if first.is_taken == second.is_taken:
        assert repr(first) == repr(second)
    own = configuration.judge_custom(key, value)
    assert own.status in (ACCEPTED, REJECTED)
    assert own.is_taken <= (own.key in CUSTOM)


@given(stored=st.dictionaries(NAMES_SEEN, VALUES_SEEN), custom=st.dictionaries(NAMES_SEEN, VALUES_SEEN, max_size=3))
@quick
def test_a_station_starts_whatever_is_stored(stored: dict[str, str], custom: dict[str, str]) -> None:
    """Each stored value is in force or told as a problem, each custom setting is there or told as one."""
    configuration = Configuration(OBEYING, stored, custom)
    writable = {key.name.casefold() for key in configuration.keys if key.access is not Access.READ_ONLY}
    assert {name.casefold() for name in configuration.overrides} <= writable
    assert len(configuration.overrides) <= len(stored)
    there = len(configuration.keys) - len(NAMES)
    taken = len(stored) + len(custom) - len(configuration.problems)
    assert there + len(configuration.overrides) <= taken
    check(get_configuration(configuration.get()).payload, OcppVersion.V16, "GetConfiguration", answer=True)
