"""What is known of a connector while it is told things."""

from __future__ import annotations

import pytest

from bridge.engine.site_limit.caps import Caps, Place
from bridge.engine.site_limit.told import Told, from_json, to_json
from bridge.types.command import Command, LimitCurrent, Restart, StartCharging, StopCharging
from bridge.types.words import CommandStatus

PLACE = Place("garage", 1)
DONE, REFUSED, UNCONFIRMED = CommandStatus.DONE, CommandStatus.REFUSED, CommandStatus.UNCONFIRMED
AT_16 = Told(may_a=16.0, resumes_a=16.0, is_sure=True)
PAUSED = Told(may_a=0.0, resumes_a=16.0, is_sure=True)


def limit(limit_a: float | None) -> LimitCurrent:
    """Return the command."""
    return LimitCurrent(connector_id=1, limit_a=limit_a)


@pytest.mark.parametrize(
    ("told", "command", "status", "after"),
    [
        (AT_16, limit(8.0), DONE, Told(8.0, 8.0, None, is_sure=True)),
        (AT_16, limit(8.0), UNCONFIRMED, Told(16.0, 16.0)),
        (AT_16, limit(32.0), UNCONFIRMED, Told(32.0, 32.0)),
        (AT_16, limit(32.0), REFUSED, AT_16),
        (AT_16, limit(None), UNCONFIRMED, Told(None, None)),
        (AT_16, limit(0.0), DONE, PAUSED),
        (AT_16, limit(0.0), UNCONFIRMED, Told(16.0, 16.0)),
        (PAUSED, limit(8.0), UNCONFIRMED, Told(8.0, 16.0)),
        (PAUSED, limit(8.0), DONE, Told(8.0, 8.0, is_sure=True)),
        (PAUSED, StartCharging(connector_id=1), UNCONFIRMED, Told(16.0, 16.0)),
        (PAUSED, Restart(), DONE, Told(16.0, 16.0)),
        (AT_16, StopCharging(connector_id=1), DONE, Told(16.0, 16.0, is_sure=True, is_stopped=True)),
        (AT_16, StopCharging(connector_id=1), REFUSED, AT_16),
        (Told(), limit(8.0), UNCONFIRMED, Told()),
    ],
)
def test_what_a_command_leaves(told: Told, command: Command, status: CommandStatus, after: Told) -> None:
    """A doubt counts as the higher one; a refusal changed nothing; a start ends the pause of a box with one switch."""
    assert told.after(command, status, forgets=True) == after
    assert from_json(to_json(after)) == after


def test_a_charger_that_keeps_its_pause_is_not_started_out_of_it() -> None:
    """Its limit and its charging session are two things."""
    assert PAUSED.after(StartCharging(connector_id=1), DONE, forgets=False) == PAUSED
    assert PAUSED.after(Restart(), DONE, forgets=False) == PAUSED


def test_a_start_ends_what_was_wished_as_a_pause() -> None:
    """At a box with one switch only; whoever still wants the pause asks for it again."""
    wished = Told(0.0, 16.0, wish_a=0.0, is_sure=True)
    assert wished.after(StartCharging(connector_id=1), DONE, forgets=True).wish_a is None
    assert wished.after(StartCharging(connector_id=1), DONE, forgets=False).wish_a == 0.0


def test_a_pause_forgotten_while_it_was_on_its_way_is_not_believed() -> None:
    """Whether the vehicle left before or after the box took the pause, nobody knows."""
    caps = Caps()
    caps.guard("garage", forgets_pause=True)
    for command, leaves in ((limit(6.0), False), (limit(0.0), False), (limit(0.0), True)):
        caps.allow(PLACE, command.limit_a or 0.0)
        sending = caps.under_way("garage", command, "site limit")
        begun = caps.begun("garage", sending)
        if leaves:
            caps.forgot(PLACE)
        caps.ended("garage", command, "site limit", begun, [(step, DONE) for step in sending.steps])
        assert (caps.told(PLACE).may_a == 0.0) is (command.limit_a == 0.0 and not leaves)
    assert caps.told(PLACE) == Told(6.0, 6.0)
