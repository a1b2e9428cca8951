from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from bridge.central.guesses import FREE, LONGEST_S, MOST_KEYS, Guesses
from bridge.central.rates import TokenBucket
from tests.clock import FakeClock

KEY = ("10.0.0.5", "CP1")


@given(
    burst=st.integers(1, 50),
    per_s=st.floats(0.1, 50),
    gaps_s=st.lists(st.floats(0, 5), max_size=200),
)
def test_bucket_never_lets_through_more_than_it_may(burst: int, per_s: float, gaps_s: list[float]) -> None:
    """In any stretch of time at most the burst and what has flowed in comes through."""
    now_s = 100.0
    bucket = TokenBucket(burst, per_s, now_s)
    taken = 0
    for gap_s in gaps_s:
        now_s += gap_s
        taken += bucket.take(now_s)
    assert taken <= burst + (now_s - 100.0) * per_s + 1e-6


@given(burst=st.integers(1, 50), per_s=st.floats(0.1, 50))
def test_bucket_says_how_long_to_wait(burst: int, per_s: float) -> None:
    """Whoever waits as long as it says comes through, and not before."""
    bucket = TokenBucket(burst, per_s, 0.0)
    assert all(bucket.take(0.0) for _ in range(burst))
    wait_s = bucket.wait_s(0.0)
    assert wait_s > 0
    assert not bucket.take(wait_s * 0.99)
    assert bucket.take(wait_s * 1.01)


def test_meter_values_every_second_pass_for_ever() -> None:
    """A message each second with some beside it never has to wait at the rate of a conversation."""
    bucket = TokenBucket(100, 20.0, 0.0)
    assert all(bucket.take(second / 3) for second in range(10_000))


def test_wrong_passwords_slow_down_up_to_a_limit() -> None:
    """The first ones cost nothing, each further one doubles the wait, and the wait has an end."""
    guesses = Guesses(FakeClock())
    waits = []
    for _ in range(40):
        waits.append(guesses.wait_s(KEY))
        guesses.failed(KEY)
    assert waits[:FREE] == [0.0] * FREE
    assert waits[FREE : FREE + 3] == [0.5, 1.0, 2.0]
    assert max(waits) == LONGEST_S == waits[-1]


def test_wrong_passwords_of_others_do_not_count() -> None:
    """Another address, and another identity of the same address, do not wait."""
    guesses = Guesses(FakeClock())
    for _ in range(10):
        guesses.failed(KEY)
    assert guesses.wait_s(("10.0.0.6", "CP1")) == guesses.wait_s(("10.0.0.5", "CP2")) == 0.0


def test_wrong_passwords_are_forgotten() -> None:
    """The right password ends the waiting, and so do ten quiet minutes."""
    clock = FakeClock()
    guesses = Guesses(clock)
    for _ in range(10):
        guesses.failed(KEY)
    guesses.succeeded(KEY)
    assert guesses.wait_s(KEY) == 0.0
    for _ in range(10):
        guesses.failed(KEY)
    asyncio.run(clock.advance(601))
    assert guesses.wait_s(KEY) == 0.0
    guesses.failed(KEY)
    assert guesses.wait_s(KEY) == 0.0


def test_one_guess_is_looked_at_at_a_time() -> None:
    """Who guesses over many connections at once gains nothing."""
    guesses = Guesses(FakeClock())
    for _ in range(FREE):
        guesses.failed(KEY)
    assert not guesses.is_busy(KEY)
    with guesses.look(KEY):
        assert guesses.is_busy(KEY)
        assert not guesses.is_busy(("10.0.0.6", "CP1"))
    assert not guesses.is_busy(KEY)


def test_memory_of_wrong_passwords_is_bounded() -> None:
    """A thousand addresses push each other out, the longest quiet first."""
    guesses = Guesses(FakeClock())
    for number in range(MOST_KEYS * 2):
        for _ in range(FREE):
            guesses.failed((f"address {number}", "CP1"))
    assert guesses.wait_s(("address 0", "CP1")) == 0.0
    assert guesses.wait_s((f"address {MOST_KEYS * 2 - 1}", "CP1")) > 0
