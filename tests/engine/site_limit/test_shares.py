"""How a budget is divided."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.engine.site_limit.caps import Place
from bridge.engine.site_limit.shares import Budget, Claim, share

W_PER_A = 690.0


def claim(name: str, want_a: float = 32.0, *, came: float = 0.0, **given: object) -> Claim:
    """Return what a connector asks for."""
    fields: dict[str, object] = {"w_per_a": W_PER_A, "most_a": 32.0, "turn": (0.0, came), **given}
    return Claim(place=Place(name, 1), want_a=want_a, **fields)  # type: ignore[arg-type]


def shared(
    *claims: Claim, current_a: float | None = None, power_w: float | None = None, by: bool = False
) -> list[float]:
    """Return what each gets, in the order given."""
    given = share(claims, Budget(current_a, power_w), by_priority=by)
    return [given[one.place] for one in claims]


def test_equal_shares_are_as_equal_as_whole_amperes_allow() -> None:
    """The odd ampere goes to who came first."""
    assert shared(claim("a"), claim("b", came=1), claim("c", came=2), current_a=32.0) == [11.0, 11.0, 10.0]


def test_what_one_does_not_want_is_the_others() -> None:
    """A vehicle that takes 8 A leaves the rest."""
    assert shared(claim("a", 8.0), claim("b"), current_a=32.0) == [8.0, 24.0]
    assert shared(claim("a", 80.0), claim("b", 80.0), current_a=500.0) == [32.0, 32.0]


def test_who_cannot_get_6_a_gets_nothing_and_who_came_first_is_served_first() -> None:
    """17 A are 6 A for two: the third waits, and those that draw nothing stand behind it."""
    assert shared(claim("a", came=2), claim("b", came=1), claim("c", came=3), current_a=17.0) == [8.0, 9.0, 0.0]
    content = claim("a", came=1, turn=(1.0, 1.0))
    assert shared(content, claim("b", came=2), claim("c", came=3), current_a=17.0) == [0.0, 9.0, 8.0]
    assert shared(claim("a"), current_a=5.9) == [0.0]


def test_priority_gets_the_rest_and_lets_nobody_starve() -> None:
    """Everybody has 6 A first; where that is not enough, the highest are served first."""
    low, high, middle = claim("a", priority=-1), claim("b", priority=5, came=9), claim("c")
    assert shared(low, high, middle, current_a=40.0, by=True) == [6.0, 28.0, 6.0]
    assert shared(low, high, middle, current_a=50.0, by=True) == [6.0, 32.0, 12.0]
    assert shared(low, high, middle, current_a=13.0, by=True) == [0.0, 7.0, 6.0]
    assert shared(low, high, middle, current_a=30.0) == [10.0, 10.0, 10.0]


def test_both_limits_hold() -> None:
    """A one-phase charger costs a third of the power, and as many amperes."""
    one, three = claim("a", w_per_a=230.0), claim("b")
    assert shared(one, three, power_w=230.0 * 20 + 690.0 * 10) == [14.0, 12.0]
    assert shared(one, three, current_a=20.0, power_w=230.0 * 20 + 690.0 * 10) == [10.0, 10.0]
    assert shared(one, three, power_w=1000.0) == [0.0, 0.0]


def test_an_empty_connector_gets_6_a_only_from_what_nobody_wants() -> None:
    """Unless it forgets a pause: then it has them before anybody, if there is enough for all of that kind."""
    empty = claim("a", 0.0, may_stand=True)
    assert shared(empty, claim("b"), current_a=32.0) == [0.0, 32.0]
    assert shared(empty, claim("b"), current_a=38.0) == [6.0, 32.0]
    forgets = [claim("a", 0.0, is_reserved=True), claim("b", 0.0, is_reserved=True)]
    assert shared(*forgets, claim("c"), current_a=20.0) == [6.0, 6.0, 8.0]
    assert shared(*forgets, claim("c"), current_a=11.0) == [0.0, 0.0, 11.0]


@settings(max_examples=200)
@given(
    wants=st.lists(
        st.tuples(
            st.floats(0, 90), st.sampled_from([6.0, 16.0, 32.0]), st.sampled_from([230.0, 690.0]), st.integers(-1, 1),
            st.booleans(), st.booleans(),
        ),
        max_size=8,
    ),
    current_a=st.none() | st.floats(-10, 200),
    power_w=st.none() | st.floats(-1000, 100_000),
    by=st.booleans(),
)  # fmt: skip
def test_no_share_is_over_the_budget(
    wants: list[tuple[float, float, float, int, bool, bool]],
    current_a: float | None,
    power_w: float | None,
    by: bool,  # noqa: FBT001
) -> None:
    """Whatever is asked for: the sum fits, each is 0 or 6 and more, in whole amperes, and not over its wires."""
    claims = [
        claim(
            str(n),
            want_a,
            most_a=most_a,
            w_per_a=w_per_a,
            came=n,
            priority=priority,
            is_reserved=kept,
            may_stand=stands,
        )
        for n, (want_a, most_a, w_per_a, priority, kept, stands) in enumerate(wants)
    ]
    given = shared(*claims, current_a=current_a, power_w=power_w, by=by)
    assert current_a is None or sum(given) <= max(current_a, 0) + 1e-6
    assert (
        power_w is None or sum(a * one.w_per_a for a, one in zip(given, claims, strict=True)) <= max(power_w, 0) + 1e-3
    )
    for one, given_a in zip(claims, given, strict=True):
        assert given_a in (0, *range(6, 91))
        assert given_a <= one.most_a
        assert given_a <= max(one.want_a, 6.0)
        assert not given_a or one.want_a >= 6 or one.is_reserved or one.may_stand
