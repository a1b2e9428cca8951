from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from bridge.central.operations.arguments import ArgumentError
from bridge.central.operations.wish import Wish
from bridge.central.operations.wording import wish_of
from bridge.types.ocpp.version import OcppVersion
from tests.central.operations.asked import V16, V21, V201, VERSIONS, terms
from tests.central.operations.shapes import PROFILE_V2, PROFILE_V16

RUNNING = {1: "42"}


def installed(version: OcppVersion, arguments: dict[str, Any], running: dict[int, str] | None = None) -> Wish:
    """Return what is sent."""
    return wish_of("SetChargingProfile", arguments, terms(version, RUNNING if running is None else running))


def v16(**changes: Any) -> dict[str, Any]:
    """Return a profile of 1.6."""
    return {**deepcopy(PROFILE_V16), **changes}


def v2(**changes: Any) -> dict[str, Any]:
    """Return a profile of 2.x."""
    return {**deepcopy(PROFILE_V2), **changes}


def test_a_profile_says_the_same_in_either_shape() -> None:
    """From 1.6 to 2.x and back, all of it arrives."""
    to_v2 = installed(V201, {"connectorId": 1, "csChargingProfiles": v16()}).wordings[0].payload
    assert to_v2 == {"evseId": 1, "chargingProfile": v2(transactionId="42")}
    to_v16 = installed(V16, {"evseId": 1, "chargingProfile": v2()}).wordings[0].payload
    assert to_v16 == {"connectorId": 1, "csChargingProfiles": v16(transactionId=42)}


def test_a_given_transaction_is_not_replaced() -> None:
    """Whoever names one means it."""
    assert (
        installed(V201, {"connectorId": 1, "csChargingProfiles": v16(transactionId=7)})
        .wordings[0]
        .payload["chargingProfile"]["transactionId"]
        == "7"
    )
    assert (
        installed(V201, {"connectorId": 1, "chargingProfile": v2(transactionId=7)})
        .wordings[0]
        .payload["chargingProfile"]["transactionId"]
        == "7"
    )


def test_only_a_tx_profile_gets_a_transaction() -> None:
    """Any other would be refused with one."""
    for version in VERSIONS:
        sent = installed(
            version, {"connectorId": 1, "csChargingProfiles": v16(chargingProfilePurpose="TxDefaultProfile")}
        )
        assert "transactionId" not in str(sent.wordings[0].payload)


def test_a_transaction_of_letters_cannot_be_named_in_1_6() -> None:
    """A given one is refused, one that runs is left out: a TxProfile holds for what runs there anyway."""
    with pytest.raises(ArgumentError, match=r"transactionId: is no number, as OCPP 1.6 requires"):
        installed(V16, {"evseId": 1, "chargingProfile": v2(transactionId="0a1b")})
    sent = installed(V16, {"evseId": 1, "chargingProfile": v2()}, {1: "0a1b"}).wordings[0].payload
    assert "transactionId" not in sent["csChargingProfiles"]


def test_what_caps_the_charger_belongs_to_connector_0() -> None:
    """It need not be said; any other profile needs its connector."""
    for purpose in ("ChargePointMaxProfile", "ChargingStationMaxProfile"):
        profile = v16(chargingProfilePurpose=purpose)
        assert installed(V16, {"csChargingProfiles": profile}).wordings[0].payload["connectorId"] == 0
        sent = installed(V201, {"csChargingProfiles": profile}).wordings[0].payload
        assert (sent["evseId"], sent["chargingProfile"]["chargingProfilePurpose"]) == (0, "ChargingStationMaxProfile")
    with pytest.raises(ArgumentError) as raised:
        installed(V16, {"csChargingProfiles": v16()})
    assert raised.value.path == "connectorId"


def test_what_1_6_cannot_say_is_said_or_refused() -> None:
    """A second schedule is left out with a note; a purpose of 2.1 would be another profile."""
    two = v2(chargingSchedule=PROFILE_V2["chargingSchedule"] * 2)
    wish = installed(V16, {"evseId": 1, "chargingProfile": two})
    assert "chargingSchedule: OCPP 1.6 has one schedule in a profile: the first is told" in wish.notes
    with pytest.raises(ArgumentError, match=r"OCPP 1\.6 has no word for PriorityCharging"):
        installed(V16, {"evseId": 1, "chargingProfile": v2(chargingProfilePurpose="PriorityCharging")})


def test_limits_are_cut_to_one_decimal_for_1_6_alone() -> None:
    """1.6 allows no more, and more than was meant is never allowed."""
    profile = v16()
    profile["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] = 8.19
    sent = installed(V16, {"connectorId": 1, "csChargingProfiles": profile}).wordings[0].payload
    assert sent["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == 8.1
    sent = installed(V21, {"connectorId": 1, "csChargingProfiles": profile}).wordings[0].payload
    assert sent["chargingProfile"]["chargingSchedule"][0]["chargingSchedulePeriod"][0]["limit"] == 8.19


def test_an_absolute_schedule_starts_later_instead_of_with_a_gap() -> None:
    """That is the same: 2.x has no gap at the beginning."""
    profile = v16(chargingProfileKind="Absolute")
    profile["chargingSchedule"] |= {"startSchedule": "2025-03-03T12:00:00Z", "duration": 100}
    profile["chargingSchedule"]["chargingSchedulePeriod"] = [
        {"startPeriod": 30, "limit": 6.0},
        {"startPeriod": 60, "limit": 16.0},
    ]
    wish = installed(V201, {"connectorId": 1, "csChargingProfiles": profile})
    schedule = wish.wordings[0].payload["chargingProfile"]["chargingSchedule"][0]
    assert schedule["startSchedule"] == "2025-03-03T12:00:30Z"
    assert schedule["duration"] == 70
    assert [p["startPeriod"] for p in schedule["chargingSchedulePeriod"]] == [0, 30]
    assert "the schedule starts 30 s later, because its first period begins at 30 s" in wish.notes


def test_a_schedule_at_the_end_of_time_is_refused() -> None:
    """It cannot start any later."""
    profile = v16(chargingProfileKind="Absolute")
    profile["chargingSchedule"]["startSchedule"] = "9999-12-31T23:59:59Z"
    profile["chargingSchedule"]["chargingSchedulePeriod"] = [{"startPeriod": 30, "limit": 6.0}]
    with pytest.raises(ArgumentError, match="9999"):
        installed(V201, {"connectorId": 1, "csChargingProfiles": profile})


def test_a_remote_start_takes_a_profile_of_its_transaction_only() -> None:
    """A cap of the whole charger would outlive it, in either shape."""
    for profile in (v16(chargingProfilePurpose="ChargePointMaxProfile"), v2(chargingProfilePurpose="LocalGeneration")):
        with pytest.raises(ArgumentError):
            wish_of("RemoteStartTransaction", {"idTag": "A", "chargingProfile": profile}, terms(V16))


def test_profiles_are_asked_for_by_the_words_of_2_x() -> None:
    """With a number for the report, and the criterion that the schema wants."""
    arguments = {"connectorId": 0, "chargingProfile": {"chargingProfilePurpose": "ChargePointMaxProfile"}}
    wording = wish_of("GetChargingProfiles", arguments, terms(V201)).wordings[0]
    assert wording.is_reported
    assert wording.payload == {
        "requestId": 1001,
        "evseId": 0,
        "chargingProfile": {"chargingProfilePurpose": "ChargingStationMaxProfile"},
    }


def test_clearing_everything_is_said() -> None:
    """Nothing named means all; something misspelt does not."""
    assert wish_of("ClearChargingProfile", {}, terms(V201)).notes == ("nothing is named, so all profiles are meant",)
    with pytest.raises(ArgumentError):
        wish_of("ClearChargingProfile", {"conector": 1}, terms(V201))
    with pytest.raises(ArgumentError):
        wish_of("ClearChargingProfile", {"chargingProfileCriteria": {"conector": 1}}, terms(V201))
    with pytest.raises(ArgumentError):
        wish_of("ClearChargingProfile", {"chargingProfileCriteria": {"conector": 1}}, terms(V16))
