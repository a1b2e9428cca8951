from __future__ import annotations

from bridge.backoff import Backoff, Waits


def test_the_wait_is_anything_up_to_a_ceiling_that_doubles() -> None:
    """Full jitter: from nearly nothing up to 1, 2, 4 … 60 s, and from 1 again after a success."""
    longest, shortest = Backoff(lambda: 1.0), Backoff(lambda: 0.0)
    assert [longest.next_s(None) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert {shortest.next_s(None) for _ in range(8)} == {0.1}
    longest.reset()
    assert longest.next_s(None) == 1


def test_the_servers_wish_is_a_minimum_with_a_limit() -> None:
    """Retry-After lengthens the wait, never shortens it, and cannot stop the delivery for long."""
    backoff = Backoff(lambda: 1.0)
    assert backoff.next_s(30.0) == 30.0
    assert backoff.next_s(0.0) == 2.0
    assert backoff.next_s(1e9) == 900.0


def test_stated_waits_are_kept() -> None:
    """Waits that a central system set double as often as it says, with its own range of chance on top."""
    longest, shortest = Backoff(lambda: 1.0), Backoff(lambda: 0.0)
    waits = Waits(least_s=10, doublings=2, random_s=3)
    assert [longest.next_s(None, waits) for _ in range(4)] == [13, 23, 43, 43]
    assert [shortest.next_s(None, waits) for _ in range(4)] == [10, 20, 40, 40]
    shortest.reset()
    assert shortest.next_s(60.0, waits) == 60.0
