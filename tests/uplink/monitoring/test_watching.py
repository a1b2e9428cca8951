from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.types.ocpp.event_data import EventTriggerEnum
from bridge.types.ocpp.v2.monitoring import MonitorType
from bridge.uplink.monitoring.monitor import pack, unpack
from bridge.uplink.monitoring.preconfigured import FIRST_CUSTOM_ID
from bridge.uplink.monitoring.watching import Happening, Scene, Watching
from tests.uplink.monitoring.models import AT, POWER, STATE, model, with_monitor

UPPER, LOWER = MonitorType.UPPER_THRESHOLD, MonitorType.LOWER_THRESHOLD
LAWS = settings(max_examples=150, deadline=None, derandomize=True)
POWERS = st.lists(st.one_of(st.none(), st.integers(0, 10).map(float)), max_size=30)


def scene(
    after_s: float = 0.0,
    *,
    jumped_s: float = 0.0,
    transactions: dict[int, str] | None = None,
    level: int = 9,
    **now: Any,
) -> Scene:
    return Scene(
        at=AT + timedelta(seconds=after_s + jumped_s),
        now_s=1000.0 + after_s,
        present=model(**now),
        transactions=transactions or {},
        level=level,
    )


def watching(
    kind: MonitorType = UPPER, *, alerting: tuple[int, ...] = (), at: Scene | None = None, **more: Any
) -> Watching:
    watch = Watching(alerting)
    watch.take(with_monitor(**{"place": POWER} | more, kind=kind).custom, at or scene())
    return watch


def told(watch: Watching, at: Scene) -> list[Happening]:
    happenings = watch.look(at)
    for happening in happenings:
        watch.told(happening)
    return happenings


def text(power_w: float | None) -> str | None:
    return None if power_w is None else str(power_w)


@LAWS
@given(powers=POWERS, kind=st.sampled_from((UPPER, LOWER)))
def test_alerts_and_clears_alternate(powers: list[float | None], kind: MonitorType) -> None:
    """A threshold is told when its side changes and never otherwise; what lies on it is not beyond it."""
    watch, sides = watching(kind, value=5.0), [False]
    for power_w in powers:
        happenings = told(watch, scene(power_w=text(power_w)))
        if power_w is None:
            assert not happenings
            continue
        is_beyond = power_w > 5.0 if kind is UPPER else power_w < 5.0
        assert [one.cleared for one in happenings] == ([] if is_beyond is sides[-1] else [None if is_beyond else True])
        assert all(one.trigger is EventTriggerEnum.ALERTING for one in happenings)
        sides.append(is_beyond)


@LAWS
@given(powers=POWERS, delta=st.integers(0, 4))
def test_a_delta_is_told_when_it_has_changed_by_more_since_it_was_told(powers: list[float | None], delta: int) -> None:
    """What is told differs from what was told before by more than the value, and nothing that does is kept back."""
    watch, last = watching(MonitorType.DELTA, value=float(delta), at=scene(power_w=None)), None
    for power_w in powers:
        happenings = told(watch, scene(power_w=text(power_w)))
        if power_w is None or last is None:
            assert not happenings
            last = power_w if power_w is not None else last
            continue
        assert bool(happenings) is (abs(power_w - last) > delta)
        last = power_w if happenings else last


@LAWS
@given(words=st.lists(st.sampled_from(("Available", "Occupied", "Faulted")), max_size=20))
def test_a_delta_of_words_is_told_at_every_change(words: list[str]) -> None:
    """Of what is no number every change is told, whatever the monitor's value."""
    watch = watching(MonitorType.DELTA, place=STATE, value=100.0)
    seen = [one.actual_value for word in words for one in told(watch, scene(state=word))]
    assert seen == [after for before, after in pairwise(["Available", *words]) if before != after]


@LAWS
@given(steps=st.lists(st.integers(1, 200), max_size=30), kind=st.sampled_from(MonitorType))
def test_a_period_is_told_once(steps: list[int], kind: MonitorType) -> None:
    """However often it is looked, there is at most one event in each period, and one where a look falls into it."""
    every_s = 60
    if kind not in {MonitorType.PERIODIC, MonitorType.PERIODIC_CLOCK_ALIGNED}:
        return
    watch, now_s = watching(kind, value=float(every_s)), 0
    offset_s = 10 if kind is MonitorType.PERIODIC_CLOCK_ALIGNED else 0
    seen = {offset_s // every_s}
    for step in steps:
        now_s += step
        period = (now_s + offset_s) // every_s
        happenings = told(watch, scene(now_s))
        assert len(happenings) == (period not in seen)
        assert all(one.trigger is EventTriggerEnum.PERIODIC for one in happenings)
        seen.add(period)


@LAWS
@given(powers=POWERS, fails=st.lists(st.booleans(), min_size=30, max_size=30))
def test_what_was_not_told_is_found_again_while_it_is_true(powers: list[float | None], fails: list[bool]) -> None:
    """Where telling fails, the central system hears the same alternation, and in the end how things stand."""
    watch, heard = watching(value=5.0), [True]
    for power_w, fail in zip(powers, fails, strict=False):
        happenings = watch.look(scene(power_w=text(power_w)))
        if not fail:
            for one in happenings:
                watch.told(one)
                heard.append(bool(one.cleared))
    assert all(before is not after for before, after in pairwise(heard))
    known = [power_w for power_w in powers if power_w is not None]
    if known:
        heard += [bool(one.cleared) for one in told(watch, scene(power_w=text(known[-1])))]
        assert heard[-1] is (known[-1] <= 5.0)


@LAWS
@given(powers=POWERS, cut=st.integers(0, 30))
def test_a_restart_changes_nothing_of_thresholds(powers: list[float | None], cut: int) -> None:
    """With what is kept, the same is told as without a restart between."""

    def tell(watch: Watching, some: list[float | None]) -> list[tuple[str, bool | None]]:
        return [(one.actual_value, one.cleared) for p in some for one in told(watch, scene(power_w=text(p)))]

    through = tell(watching(value=5.0), powers)
    before = watching(value=5.0)
    heard = tell(before, powers[:cut])
    after = Watching(before.alerting)
    (monitor,) = with_monitor(value=5.0).custom.values()
    after.take({monitor.id: unpack(monitor.id, pack(monitor))}, scene())
    assert heard + tell(after, powers[cut:]) == through


def test_what_is_owed_waits_for_its_variable() -> None:
    """A threshold whose variable is not there after a restart is told as back once it is."""
    monitors = with_monitor(value=5.0).custom
    watch = Watching([FIRST_CUSTOM_ID])
    watch.take({}, scene(), monitors)
    assert watch.alerting == {FIRST_CUSTOM_ID}
    watch.take(monitors, scene(), monitors)
    assert [one.cleared for one in told(watch, scene(power_w="1"))] == [True]
    assert not watch.alerting


def test_a_removed_threshold_is_not_told_as_back() -> None:
    """Whoever removes a monitor does not hear of it any more [spec: N07.FR.12]."""
    watch = watching(value=5.0)
    assert told(watch, scene(power_w="9"))
    watch.take({}, scene())
    assert not watch.alerting
    assert not told(watch, scene(power_w="1"))


def test_a_threshold_that_is_set_anew_is_looked_at_anew() -> None:
    """One that ends the old alert tells so; one that is exceeded still tells nothing twice [spec: N07.FR.11]."""
    watch = watching(value=5.0)
    told(watch, scene(power_w="9"))
    watch.take(with_monitor(value=6.0).custom, scene(power_w="9"))
    assert not told(watch, scene(power_w="9"))
    watch.take(with_monitor(value=10.0).custom, scene(power_w="9"))
    assert [one.cleared for one in told(watch, scene(power_w="9"))] == [True]
    watch.take(with_monitor(value=1.0).custom, scene(power_w="9"))
    assert [one.cleared for one in told(watch, scene(power_w="9"))] == [None]


def test_what_is_told_of_a_monitor_that_was_set_anew_meanwhile_does_not_count() -> None:
    """An answer that comes after the change is no memory of the new monitor."""
    watch = watching(MonitorType.DELTA, value=1.0)
    (happening,) = watch.look(scene(power_w="9"))
    watch.take(with_monitor(kind=MonitorType.DELTA, value=2.0).custom, scene(power_w="5"))
    watch.told(happening)
    assert [one.actual_value for one in told(watch, scene(power_w="8"))] == ["8"]


def test_less_severe_than_the_level_is_not_told_until_it_is() -> None:
    """An alert that is still there is told when the level allows it; periods that went by are not."""
    watch = watching(value=5.0, severity=6)
    assert not watch.look(scene(level=5, power_w="9"))
    assert watch.look(scene(level=6, power_w="9"))
    periodic = watching(MonitorType.PERIODIC, value=60.0, severity=6)
    assert not periodic.look(scene(125.0, level=5))
    assert not periodic.look(scene(130.0, level=9))
    assert periodic.look(scene(180.0, level=9))


def test_a_monitor_of_transactions_watches_while_one_runs_at_its_place() -> None:
    """It names the transaction; one at another EVSE does not count."""
    watch = watching(value=5.0, transaction=True)
    assert not watch.look(scene(power_w="9"))
    assert not watch.look(scene(power_w="9", transactions={2: "two"}))
    (happening,) = watch.look(scene(power_w="9", transactions={1: "one", 2: "two"}))
    assert happening.transaction_id == "one"


def test_a_clock_that_is_set_back_repeats_nothing() -> None:
    """The period that was told is not told again, and the next one is."""
    watch = watching(MonitorType.PERIODIC_CLOCK_ALIGNED, value=60.0)
    assert told(watch, scene(60.0))
    assert not told(watch, scene(61.0, jumped_s=-60.0))
    assert told(watch, scene(121.0, jumped_s=-60.0))


def test_moments_to_look() -> None:
    """Periods of the monitor begin when it was set, those of the clock with the clock."""
    assert watching(MonitorType.PERIODIC, value=60.0).due_s == 1060.0
    aligned = watching(MonitorType.PERIODIC_CLOCK_ALIGNED, value=900.0)
    assert aligned.due_at(AT) == AT.replace(minute=15, second=0)
    assert watching().due_at(AT) is None
