from __future__ import annotations

from bridge.uplink.network.slots import OWN, fit_priority, priority_objection


def test_a_priority_is_tried_as_far_as_its_slots_hold_something() -> None:
    """The own connection is always there."""
    assert fit_priority((3, OWN, 1, 2), (2, 3)) == (3, OWN, 2)
    assert fit_priority((1,), ()) == ()


def test_an_empty_slot_is_refused_when_it_is_named() -> None:
    """And not met at the next start."""
    assert priority_objection((2, OWN, 3), (2, 3)) == ""
    assert priority_objection((1, 2, OWN, 3), (2,)) == "no network profile was set for slot 1 and 3"
