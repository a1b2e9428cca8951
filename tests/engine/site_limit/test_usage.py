"""A vehicle that draws less than it may gives the rest back, and gets it again when it wants more."""

from __future__ import annotations

from bridge.engine.site_limit.usage import Usage


def drawing(usage: Usage, drawn_a: float | None, cap_a: float, since_s: float, for_s: float = 310.0) -> float | None:
    """Let it draw so long; return what is enough for it."""
    for at_s in range(int(since_s), int(since_s + for_s), 10):
        usage.take(drawn_a, cap_a, float(at_s))
    return usage.need_a


def test_clearly_less_for_five_minutes_is_enough() -> None:
    """9 A of 16 A leave an ampere of room; 15 A of 16 A are all of it."""
    assert drawing(Usage(), 9.0, 16.0, 0.0, 290.0) is None
    assert drawing(Usage(), 9.0, 16.0, 0.0) == 10.0
    assert drawing(Usage(), 15.0, 16.0, 0.0) is None


def test_a_vehicle_that_fills_what_it_was_left_wants_more() -> None:
    """At its limit nobody knows how much more it would take."""
    usage = Usage()
    assert drawing(usage, 9.0, 16.0, 0.0) == 10.0
    assert drawing(usage, 9.2, 10.0, 400.0) == 10.0
    assert drawing(usage, 9.8, 10.0, 800.0, 10.0) is None


def test_one_that_draws_nothing_is_content_until_it_draws() -> None:
    """It keeps 6 A; a pause says nothing of what it would draw."""
    usage = Usage()
    assert drawing(usage, 0.0, 6.0, 0.0) == 6.0
    assert usage.is_content
    drawing(usage, 0.0, 0.0, 400.0)
    assert usage.is_content
    drawing(usage, 6.0, 6.0, 800.0, 10.0)
    assert not usage.is_content
    assert usage.need_a is None


def test_a_pause_and_silence_prove_nothing() -> None:
    """Without a reading, or without an offer, it may want all."""
    usage = Usage()
    assert drawing(usage, None, 16.0, 0.0) is None
    assert drawing(usage, 0.0, 0.0, 400.0) is None
    assert not usage.is_content
