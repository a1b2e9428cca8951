"""The session log over HTTP: rows, filters, order and pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from adapters.etrel.simulator import SimulatorOptions
from tests.adapters.etrel.simulated import Bench, run

LOG = "/api/chargingSession/"
YEAR = SimulatorOptions(days=120, connectors=2)
Row = dict[str, Any]

ROW_KEYS = [
    "userIdentification", "user", "chargingSessionId", "connectorId", "identificationCode", "parkingStartedTime",
    "vehicleConnectedTime", "chargingStartedTime", "chargingEndedTime", "vehicleDisconnectedTime",
    "parkingEndedTime", "timeSpentCharging", "meterValueStart", "meterValueEnd", "activeEnergyConsumed",
    "maxSessionPower", "chargingSessionStatus", "chargingAuthorizationId", "chargingReservationId", "userId",
    "userIdentificationId", "userVehicleId", "vehicleMeasuredMinCurrent", "vehicleMeasuredMaxCurrent",
    "vehicleMeasuredNumberOfPhases", "chargingMode", "selectedDepartureTime", "proposedDepartureTime",
    "requiredEnergy", "chargingSessionStopReason", "energyCosts", "gridConnectionCosts", "powerManagementSavings",
    "powerManagementOverloadInterventions", "backendTransactionId", "sentToPrimaryMaster", "sentToSecondaryMaster",
]  # fmt: skip
IDENTIFICATION_KEYS = [
    "userIdentificationId", "userId", "userIdentificationType", "userIdentificationSource",
    "userIdentificationStatus", "identificationCode", "number", "expirationDate", "whiteListVersion",
    "insertedTime", "insertedByOperatorId", "deletedTime", "deletedByOperatorId", "deleted",
]  # fmt: skip
USER_KEYS = [
    "UserId", "FirstName", "LastName", "Blocked", "InsertedTime", "InsertedByOperatorId", "DeletedTime",
    "DeletedByOperatorId", "Deleted",
]  # fmt: skip


async def read(at: Bench, **fields: str) -> dict[str, Any]:
    answer = await at.client.post(LOG, data={"pageSize": "1000", **fields})
    assert answer.status_code == 200
    content: dict[str, Any] = answer.json()
    return content


async def rows_of(at: Bench, **fields: str) -> list[Row]:
    rows: list[Row] = (await read(at, **fields))["content"]
    return rows


def test_a_row_has_the_real_chargers_keys_in_their_order() -> None:
    """Session, identification and user carry every published key; only the user's are in PascalCase."""

    async def test(at: Bench) -> None:
        rows = await rows_of(at, userId="2")
        for row in rows:
            assert list(row) == ROW_KEYS
            assert list(row["userIdentification"]) == IDENTIFICATION_KEYS
            assert list(row["user"]) == USER_KEYS
        assert rows

    run(test, YEAR)


def test_the_empty_log_has_no_pages() -> None:
    """Without sessions the page is empty and the counts are 0."""

    async def test(at: Bench) -> None:
        answer = await at.client.get(LOG)
        assert answer.json() == {
            "errorCode": 0,
            "errorMessage": "",
            "content": [],
            "pagingInfo": {"numOfRows": 0, "pageCount": 0},
        }

    run(test)


def test_form_and_query_are_the_same_question() -> None:
    """POST with a form and GET with a query get the same bytes."""

    async def test(at: Bench) -> None:
        fields = {
            "pageSize": "25",
            "pageNumber": "2",
            "orderByColumn": "chargingStartedTime",
            "orderDirection": "Descending",
            "chargingStartedTimeFrom": "2025-01-01 00:00:00",
            "chargingStartedTimeTo": "2025-03-01 23:59:59",
            "identificationSource": "",
            "identificationType": "",
            "chargingSessionStopReason": "",
            "identificationCode": "",
            "userId": "",
        }
        posted = await at.client.post(LOG, data=fields)
        asked = await at.client.get(LOG, params=fields)
        assert posted.content == asked.content
        assert len(posted.json()["content"]) == 25

    run(test, YEAR)


def test_pages_put_together_are_the_whole_log_newest_first() -> None:
    """Every page but the last is full, none overlaps, and pagingInfo counts them all."""

    async def test(at: Bench) -> None:
        whole = await rows_of(at)
        pages: list[Row] = []
        count = -(-len(whole) // 25)
        for number in range(1, count + 1):
            page = await read(at, pageSize="25", pageNumber=str(number))
            assert page["pagingInfo"] == {"numOfRows": len(whole), "pageCount": count}
            assert len(page["content"]) == 25 or number == count
            pages += page["content"]
        assert pages == whole
        started = [row["chargingStartedTime"] for row in whole]
        assert started == sorted(started, reverse=True)
        assert (await read(at, pageSize="25", pageNumber=str(count + 1)))["content"] == []

    run(test, YEAR)


def test_the_default_page_has_25_rows() -> None:
    """Without fields the answer is the first page of the newest sessions."""

    async def test(at: Bench) -> None:
        answer = (await at.client.post(LOG)).json()
        assert len(answer["content"]) == 25
        assert answer["content"] == (await rows_of(at))[:25]

    run(test, YEAR)


def test_both_ends_of_the_time_range_are_included() -> None:
    """A session that started exactly at From or To is in; one tick away it is out."""

    async def test(at: Bench) -> None:
        rows = await rows_of(at)
        first, last = rows[20]["chargingStartedTime"], rows[10]["chargingStartedTime"]
        ranged = await rows_of(at, chargingStartedTimeFrom=first, chargingStartedTimeTo=last)
        assert ranged == rows[10:21]
        day = await rows_of(
            at, chargingStartedTimeFrom="2025-01-10 00:00:00", chargingStartedTimeTo="2025-01-19 23:59:59"
        )
        assert day == [r for r in rows if "2025-01-10" <= r["chargingStartedTime"][:10] <= "2025-01-19"]
        assert day

    run(test, YEAR)


@pytest.mark.parametrize(
    ("field", "value", "of_row"),
    [
        ("identificationSource", "OcppCache", lambda r: r["userIdentification"]["userIdentificationSource"]),
        ("identificationType", "RfidCard", lambda r: r["userIdentification"]["userIdentificationType"]),
        ("identificationCode", "74592454", lambda r: r["identificationCode"]),
        ("userId", "3", lambda r: str(r["userId"])),
        ("chargingSessionStopReason", "LocalStopUserLogout", lambda r: r["chargingSessionStopReason"]),
    ],
)
def test_filters_take_exactly_what_they_name(field: str, value: str, of_row: Callable[[Row], str]) -> None:
    """Every row with the value is there, no other is, and the count is that of the filtered log."""

    async def test(at: Bench) -> None:
        expected = [row for row in await rows_of(at) if of_row(row) == value]
        page = await read(at, **{field: value})
        assert page["content"] == expected
        assert page["pagingInfo"]["numOfRows"] == len(expected)
        assert expected
        assert await rows_of(at, **{field: "nothing like it"}) == []

    run(test, YEAR)


@pytest.mark.parametrize(
    "column",
    [
        "chargingSessionId",
        "connectorId",
        "identificationCode",
        "vehicleConnectedTime",
        "chargingStartedTime",
        "activeEnergyConsumed",
        "maxSessionPower",
    ],
)
def test_the_log_can_be_ordered_by_column_both_ways(column: str) -> None:
    """Ascending and descending order the named column."""

    async def test(at: Bench) -> None:
        rising = [r[column] for r in await rows_of(at, orderByColumn=column, orderDirection="Ascending")]
        falling = [r[column] for r in await rows_of(at, orderByColumn=column, orderDirection="Descending")]
        assert rising == sorted(rising)
        assert falling == rising[::-1]
        assert len(set(rising)) > 1

    run(test, YEAR)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pageSize", "0"),
        ("pageSize", "1001"),
        ("pageNumber", "0"),
        ("pageNumber", "first"),
        ("orderByColumn", "weather"),
        ("orderDirection", "Sideways"),
        ("chargingStartedTimeFrom", "yesterday"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(field: str, value: str) -> None:
    """The answer is a 400 whose message names the field."""

    async def test(at: Bench) -> None:
        answer = await at.client.post(LOG, data={field: value})
        assert answer.status_code == 400
        assert answer.json()["errorCode"] != 0
        assert field in answer.json()["errorMessage"]

    run(test)


def test_registers_in_the_log_are_milli_wh() -> None:
    """An hour at 10.688 kW is 10,688,000 of register difference and 10.688 kWh."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        at.simulator.wish("swipe", id_token="74592454")
        at.clock.jump(3600)
        at.simulator.wish("unplug")
        at.clock.jump(60)
        row = (await rows_of(at))[0]
        assert row["meterValueEnd"] - row["meterValueStart"] == 10_688_000
        assert row["activeEnergyConsumed"] == row["maxSessionPower"] == 10.688
        assert row["timeSpentCharging"] == "01:00:02"
        assert row["vehicleDisconnectedTime"] == "2025-03-03T22:17:03Z"
        assert row["chargingEndedTime"] == "2025-03-03T22:17:05.0868899Z"
        assert (row["chargingSessionStatus"], row["user"]["LastName"]) == ("Finished", "13")

    run(test)


def test_a_running_session_has_no_end() -> None:
    """End, unplugging and stop reason are null while it runs, and the register at the end is the present one."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        at.simulator.wish("start")
        at.clock.jump(3600)
        row = (await rows_of(at))[0]
        assert row["chargingEndedTime"] is None
        assert row["vehicleDisconnectedTime"] is None
        assert row["chargingSessionStopReason"] is None
        assert row["user"] is None
        assert row["userIdentification"]["userIdentificationType"] == "Remote"
        assert row["meterValueEnd"] - row["meterValueStart"] == 10_688_000

    run(test)


def test_the_unplugging_is_added_to_a_session_that_ended_earlier() -> None:
    """A stopped session has an end and no unplugging until the plug is pulled."""

    async def test(at: Bench) -> None:
        for action in ("plug_in", "start"):
            at.simulator.wish(action)
        at.clock.jump(60)
        at.simulator.wish("stop")
        at.clock.jump(60)
        assert (await rows_of(at))[0]["vehicleDisconnectedTime"] is None
        at.simulator.wish("unplug")
        row = (await rows_of(at))[0]
        assert (row["chargingEndedTime"], row["vehicleDisconnectedTime"]) == (
            "2025-03-03T21:18:03Z",
            "2025-03-03T21:19:03Z",
        )

    run(test)


def test_a_driven_session_goes_on_after_the_history() -> None:
    """Its id is the next one and its register starts where the last session's ended."""

    async def test(at: Bench) -> None:
        last = (await rows_of(at))[0]
        at.simulator.wish("plug_in")
        at.simulator.wish("start")
        row = (await rows_of(at))[0]
        assert row["chargingSessionId"] == last["chargingSessionId"] + 1
        assert row["meterValueStart"] == last["meterValueEnd"]

    run(test, SimulatorOptions(days=30, autonomous=False))
