"""The samples of a central system in use [doc: seed 000], from its JSON to the limit."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

import pytest

from bridge.types.ocpp.charging_schedule import ChargingRateUnit
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.translate.charging_profiles import clearing_from_v16, installation_from_v16
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.uplink.smart_charging.acceptance import Refusal
from bridge.uplink.smart_charging.composite import composite
from bridge.uplink.smart_charging.limit import limit_at
from bridge.uplink.smart_charging.stack import Change, ProfileStack
from tests.types.ocpp.seed_documents import seed_document
from tests.types.ocpp.seed_samples import parse
from tests.uplink.smart_charging.making import NOON, running, stack, steps

CONNECTORS = ConnectorNumbers([EVSE(id=1, connector_id=1)])
W = ChargingRateUnit.W

DEFAULT_PROFILE: dict[str, Any] = {
    "conectorId": 1,
    "idTag": "000000001500495E",
    "chargingProfile": {
        "chargingProfileId": 1,
        "transactionId": 1,
        "stackLevel": 1,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "recurrencyKind": "Daily",
        "validFrom": "2023-09-14T00:00:00Z",
        "validTo": "2023-09-14T00:00:00Z",
        "chargingSchedule": {
            "duration": 0,
            "startSchedule": "2023-09-14T00:00:00Z",
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [
                {"startPeriod": 1, "limit": 1000, "numberPhases": 1},
                {"startPeriod": 2, "limit": 2000, "numberPhases": 1},
            ],
            "minChargingRate": 0.1,
        },
    },
}
"""The first sample, its placeholders filled in."""
TX_PROFILE: dict[str, Any] = {
    "connectorId": 1,
    "csChargingProfiles": {
        "chargingProfileId": 1,
        "stackLevel": 1,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {
            "duration": 10000,
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [{"startPeriod": 1, "limit": 8.1}, {"startPeriod": 1000, "limit": 7000}],
        },
    },
}
"""The second."""
CLEAR_BY_ALL = {"id": 1, "connectorId": 1, "chargingProfilePurpose": "TxProfile", "stackLevel": 1}
CLEAR_BY_TWO = {"connectorId": 1, "id": 1}
ASK = {"connectorId": 1, "duration": 1000}


def install(made: ProfileStack, payload: object) -> Change | Refusal:
    taken = installation_from_v16(json.loads(json.dumps(payload)), CONNECTORS)
    return made.install(taken.profile, taken.place.evse_id, NOON)


def test_the_samples_are_those_of_the_document() -> None:
    """What is tested here stands in the document, where that is at hand."""
    document = seed_document("000")
    if document is None:
        pytest.skip("the folder of the seed documents is not there; CHARGEBRIDGE_SEEDS names it")
    found = parse(document)
    for sample in (DEFAULT_PROFILE, TX_PROFILE, CLEAR_BY_ALL, CLEAR_BY_TWO, ASK):
        assert sample in found


def test_the_default_profile_holds_from_its_second_on() -> None:
    """1000 W from second 1 and 2000 W from second 2 on, on one phase, for ever: a duration of 0 is none.

    Its placeholders for validity are left out, as a sender would that has no dates to say.
    """
    payload = copy.deepcopy(DEFAULT_PROFILE)
    del payload["chargingProfile"]["validFrom"], payload["chargingProfile"]["validTo"]
    payload["chargingProfile"]["chargingSchedule"]["startSchedule"] = "2026-06-10T12:00:00Z"
    made = stack()
    assert isinstance(install(made, payload), Change)
    told = composite(made, 1, NOON, ASK["duration"])
    assert (told.charging_rate_unit, steps(told)) == (W, [(0, 22_080.0), (1, 1000.0), (2, 2000.0)])
    assert [period.number_phases for period in told.charging_schedule_period] == [3, 1, 1]
    assert limit_at(made, 1, NOON + timedelta(hours=1)).limit_a == 0.0


def test_a_default_profile_that_is_valid_for_no_time_never_holds() -> None:
    """With both placeholders filled by the same date it is taken, and says nothing."""
    made = stack()
    assert isinstance(install(made, DEFAULT_PROFILE), Change)
    assert limit_at(made, 1, NOON).limit_a is None


def test_the_profile_of_a_transaction_counts_from_its_start() -> None:
    """8.1 W from second 1 to 1000, then 7000 W until 10,000 seconds are over; without a transaction it is refused."""
    made = stack()
    outcome = install(made, TX_PROFILE)
    assert isinstance(outcome, Refusal)
    assert outcome.code == "TxNotFound"
    made.start_transaction(running())
    assert isinstance(install(made, TX_PROFILE), Change)
    told = composite(made, 1, NOON, 20_000, unit=W)
    assert steps(told) == [(0, 22_080.0), (1, 8.1), (1000, 7000.0), (10_000, 22_080.0)]
    assert limit_at(made, 1, NOON + timedelta(seconds=500)).limit_a == 0.0
    assert limit_at(made, 1, NOON + timedelta(seconds=1000)).limit_a == pytest.approx(7000 / 690)
    assert limit_at(made, 1, NOON + timedelta(seconds=10_000)).limit_a is None


@pytest.mark.parametrize(
    ("payload", "left"), [(CLEAR_BY_ALL, 0), (CLEAR_BY_TWO, 0), ({}, 0), ({"id": 2}, 1), ({"connectorId": 0}, 1)]
)
def test_clearing_removes_it_by_any_mix_of_filters(payload: dict[str, Any], left: int) -> None:
    """Its id, connector, purpose and level in any mix; what does not fit leaves it there."""
    made = stack(transactions=[running()])
    assert isinstance(install(made, TX_PROFILE), Change)
    gone = made.clear(clearing_from_v16(payload, CONNECTORS).model)
    assert (len(gone), len(made.installed)) == (1 - left, left)


def test_the_second_sample_replaces_the_first() -> None:
    """Both have the id 1: the profile of the transaction takes the default's place."""
    made = stack(transactions=[running()])
    assert isinstance(install(made, DEFAULT_PROFILE), Change)
    assert isinstance(install(made, TX_PROFILE), Change)
    assert [one.profile.charging_profile_purpose for one in made.installed] == ["TxProfile"]
