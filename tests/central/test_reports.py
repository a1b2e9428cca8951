from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.central.reports import MOST_CHARACTERS, MOST_OPEN, MOST_PARTS, Report, Reports
from tests.clock import FakeClock

LAWFUL = settings(max_examples=60, deadline=None, derandomize=True)
LIMIT_S = 30.0


def part(number: int, *items: int, last: bool = False, request_id: int = 1) -> dict[str, Any]:
    """Return one part of a report."""
    return {"requestId": request_id, "seqNo": number, "tbc": not last, "reportData": list(items)}


def gathered(*parts: dict[str, Any], action: str = "NotifyReport") -> Report:
    """Return what is put together from parts that are all there when it is asked for, after the limit if need be."""

    async def scene() -> Report:
        clock = FakeClock()
        reports = Reports(clock)
        reports.begin(1)
        for one in parts:
            reports.take(action, one)
        collecting = asyncio.ensure_future(reports.collect(1, LIMIT_S))
        await clock.advance(LIMIT_S)
        return await collecting

    return asyncio.run(scene())


@LAWFUL
@given(st.integers(1, 12), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_is_the_same_report(count: int, chance: random.Random) -> None:
    """What a station repeats after a reconnect, or says out of turn, changes nothing."""
    parts = [part(number, number, last=number == count - 1) for number in range(count)]
    told = parts + chance.choices(parts, k=count)
    chance.shuffle(told)
    assert gathered(*told) == Report({"reportData": list(range(count))})


@LAWFUL
@given(st.integers(2, 8), st.data())
def test_a_missing_part_is_named(count: int, data: st.DataObject) -> None:
    """There is what came, in its order, and a note."""
    missing = data.draw(st.integers(0, count - 1))
    told = gathered(*(part(n, n, last=n == count - 1) for n in range(count) if n != missing))
    assert told.content == {"reportData": [n for n in range(count) if n != missing]}
    assert len(told.notes) == 1
    assert ("its last part never came" if missing == count - 1 else f"these never came: {missing}") in told.notes[0]


def test_nothing_is_said_to_be_nothing() -> None:
    """The station said yes, and told nothing."""
    assert gathered() == Report({}, ("no part of the report came in time",))


def test_a_whole_report_waits_for_nothing() -> None:
    """Nor does one whose last part arrives while it is awaited."""

    async def scene() -> None:
        clock = FakeClock()
        reports = Reports(clock)
        reports.begin(1)
        collecting = asyncio.ensure_future(reports.collect(1, LIMIT_S))
        await clock.until_parked()
        assert reports.take("NotifyReport", part(0, 1))
        await clock.settle()
        assert not collecting.done()
        assert reports.take("NotifyReport", part(1, 2, last=True))
        assert await collecting == Report({"reportData": [1, 2]})
        assert not reports.take("NotifyReport", part(2))
        with pytest.raises(LookupError):
            await reports.collect(1, LIMIT_S)

    asyncio.run(scene())


def test_the_limit_counts_from_the_last_part_and_has_an_end() -> None:
    """A long report takes its time; one without end does not."""

    async def scene() -> None:
        clock = FakeClock()
        reports = Reports(clock)
        reports.begin(1)
        collecting = asyncio.ensure_future(reports.collect(1, LIMIT_S))
        for number in range(9):
            await clock.advance(LIMIT_S - 1)
            assert not collecting.done()
            reports.take("NotifyReport", part(number, number))
        for number in range(9, 15):
            await clock.advance(LIMIT_S - 1)
            reports.take("NotifyReport", part(number, number))
        assert collecting.done()
        assert len(collecting.result().content["reportData"]) < 15

    asyncio.run(scene())


def test_repeating_a_part_wins_no_time() -> None:
    """Nothing new came."""

    async def scene() -> None:
        clock = FakeClock()
        reports = Reports(clock)
        reports.begin(1)
        reports.take("NotifyReport", part(0, 1))
        collecting = asyncio.ensure_future(reports.collect(1, LIMIT_S))
        for _ in range(3):
            await clock.advance(LIMIT_S / 2)
            reports.take("NotifyReport", part(0, 1))
        assert collecting.done()
        await collecting

    asyncio.run(scene())


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "x",
        {},
        {"requestId": "1"},
        {"requestId": True, "seqNo": 0},
        {"requestId": 1},
        {"requestId": 1, "seqNo": -1},
        {"requestId": 1, "seqNo": 10**9},
        {"requestId": 1, "seqNo": 1.0},
        {"requestId": 2, "seqNo": 0},
    ],
)
def test_nonsense_is_not_taken(payload: Any) -> None:
    """Nothing is raised, and nothing comes of it."""
    reports = Reports(FakeClock())
    reports.begin(1)
    assert not reports.take("NotifyReport", payload)
    assert not reports.take("Heartbeat", part(0))


@pytest.mark.parametrize(
    "lists",
    [{}, {"reportData": 7}, {"reportData": [float("nan")]}, {"reportData": "\ud800"}, {"tbc": 7, "reportData": [1]}],
)
def test_a_part_with_nonsense_inside_ends_nothing(lists: dict[str, Any]) -> None:
    """What is no list is left out."""
    told = gathered({"requestId": 1, "seqNo": 0, **lists})
    assert told.content in ({}, {"reportData": []}, {"reportData": [1]})


def test_a_report_is_of_one_kind() -> None:
    """A number that is used for another report takes nothing from it."""
    reports = Reports(FakeClock())
    reports.begin(1)
    assert reports.take("NotifyReport", part(0))
    assert not reports.take("NotifyMonitoringReport", {"requestId": 1, "seqNo": 1, "monitor": []})


def test_there_is_an_end_to_a_report() -> None:
    """Of parts and of characters; what came until then is told."""
    told = gathered(*(part(number, number) for number in range(MOST_PARTS + 5)))
    assert len(told.content["reportData"]) == MOST_PARTS
    big = {"requestId": 1, "tbc": True, "reportData": ["x" * (MOST_CHARACTERS // 3)]}
    told = gathered(*({**big, "seqNo": number} for number in range(5)))
    assert len(told.content["reportData"]) == 2
    assert told.notes[0].startswith("the report is cut")


def test_of_too_many_reports_the_oldest_goes() -> None:
    """Whoever awaits it is told what came."""

    async def scene() -> Report:
        clock = FakeClock()
        reports = Reports(clock)
        reports.begin(0)
        collecting = asyncio.ensure_future(reports.collect(0, LIMIT_S))
        await clock.until_parked()
        for number in range(1, MOST_OPEN + 1):
            reports.begin(number)
        assert not reports.take("NotifyReport", part(0, request_id=0))
        return await collecting

    assert asyncio.run(scene()).content == {}


def test_profiles_are_told_by_place_and_source() -> None:
    """Their parts have no numbers; one that is repeated is told apart by what it says."""
    first = {"requestId": 1, "chargingLimitSource": "CSO", "evseId": 1, "chargingProfile": [1], "tbc": True}
    second = {"requestId": 1, "chargingLimitSource": "EMS", "evseId": 2, "chargingProfile": [2]}
    told = gathered(first, first, second, action="ReportChargingProfiles")
    assert told == Report(
        {
            "chargingProfiles": [
                {"chargingLimitSource": "CSO", "evseId": 1, "chargingProfile": [1]},
                {"chargingLimitSource": "EMS", "evseId": 2, "chargingProfile": [2]},
            ]
        }
    )


def test_a_customers_text_is_joined_in_its_order() -> None:
    """It is cut anywhere."""
    parts = [
        {"requestId": 1, "seqNo": 1, "data": "ld", "tbc": False},
        {"requestId": 1, "seqNo": 0, "data": "wor", "tbc": True},
    ]
    assert gathered(*parts, action="NotifyCustomerInformation") == Report({"data": "world"})


def test_numbers_are_never_given_twice_not_even_after_a_restart() -> None:
    """They are seconds, or more where several are needed within one."""
    clock = FakeClock()
    reports = Reports(clock)
    given_ids = [reports.new_id() for _ in range(5)]
    clock.jump(10)
    given_ids += [Reports(clock).new_id(), reports.new_id()]
    assert given_ids[:5] == list(range(given_ids[0], given_ids[0] + 5))
    assert given_ids[5] == given_ids[6] == given_ids[0] + 10
    clock.jump(-86_400)
    assert reports.new_id() == given_ids[6] + 1
