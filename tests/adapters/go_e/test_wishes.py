from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.go_e.wire import SettingsWire, parse_answer
from adapters.go_e.wishes import ImpossibleError, Setting, setting_for
from bridge.types.command import LimitCurrent, StartCharging, StopCharging
from tests.adapters.go_e.fixtures import body

_NOW = parse_answer(SettingsWire, body("gemini_60_settings", "settings"))


def _now(**changes: int | None) -> SettingsWire:
    return _NOW.model_copy(update=changes)


def _limit(limit_a: float | None) -> LimitCurrent:
    return LimitCurrent(connector_id=1, limit_a=limit_a)


@pytest.mark.parametrize(
    ("now", "values"),
    [
        (_now(), {"frc": 0}),
        (_now(frc=1), {"frc": 0}),
        (_now(frc=2), {"frc": 2}),
        (_now(frc=None), {"frc": 0}),
        (_now(acs=1), {"frc": 0, "trx": 0}),
        (_now(acs=1, trx=0), {"frc": 0}),
        (_now(acs=1, trx=3), {"frc": 0}),
        (_now(acs=2), {"frc": 0}),
        (_now(acs=None), {"frc": 0}),
    ],
)
def test_a_start_lets_the_car_charge(now: SettingsWire, values: dict[str, int]) -> None:
    """Neutral, a transaction where the box waits for one, and a person's force stays."""
    assert setting_for(StartCharging(connector_id=1, id_token="A1"), now) == Setting(values, allowed=True)


def test_a_stop_is_force_off() -> None:
    """The box offers nothing until the car leaves or somebody starts again."""
    for now in (_now(), _now(frc=2), _now(acs=1, trx=1)):
        assert setting_for(StopCharging(connector_id=1), now) == Setting({"frc": 1}, allowed=False)


@pytest.mark.parametrize(
    ("limit_a", "now", "setting"),
    [
        (0, _now(), Setting({"frc": 1}, allowed=False)),
        (6, _now(), Setting({"amp": 6, "frc": 0})),
        (10.99, _now(frc=1), Setting({"amp": 10, "frc": 0})),
        (16, _now(frc=2), Setting({"amp": 16, "frc": 2})),
        (25, _now(ama=16), Setting({"amp": 16, "frc": 0})),
        (1000, _now(), Setting({"amp": 32, "frc": 0})),
        (1000, _now(ama=None, var=11), Setting({"amp": 16, "frc": 0})),
        (1000, _now(ama=None, var=None), Setting({"amp": 32, "frc": 0})),
        (20, _now(ama=99, var=None), Setting({"amp": 20, "frc": 0})),
        (None, _now(), Setting({"amp": 32, "frc": 0})),
        (None, _now(ama=20), Setting({"amp": 20, "frc": 0})),
        (None, _now(ama=None), Setting({"amp": 32, "frc": 0})),
        (None, _now(ama=0, var=11), Setting({"amp": 16, "frc": 0})),
    ],
)
def test_a_limit_is_whole_ampere_that_the_box_can_offer(
    limit_a: float | None, now: SettingsWire, setting: Setting
) -> None:
    """0 pauses, a limit is rounded down, and none is the box's own maximum."""
    assert setting_for(_limit(limit_a), now) == setting


@pytest.mark.parametrize(
    ("limit_a", "now", "said"),
    [
        (5.9, _now(), "less than 6 A is a pause"),
        (None, _now(ama=None, var=None), "neither ama nor var"),
        (None, _now(ama=None, var=7), "neither ama nor var"),
    ],
)
def test_what_the_box_cannot_be_asked_for_is_impossible(limit_a: float | None, now: SettingsWire, said: str) -> None:
    """Nothing is guessed, and nothing more than the limit is offered."""
    with pytest.raises(ImpossibleError, match=said):
        setting_for(_limit(limit_a), now)


@settings(derandomize=True)
@given(st.floats(6, 1000), st.one_of(st.none(), st.integers(-5, 60)), st.sampled_from([None, 11, 22]))
def test_never_more_is_offered_than_the_limit(limit_a: float, ama: int | None, var: int | None) -> None:
    """Whatever the box says of itself, it is set to 6 A at least and to the limit at most."""
    amp = setting_for(_limit(limit_a), _now(ama=ama, var=var)).values["amp"]
    assert 6 <= amp <= min(limit_a, 32)


@pytest.mark.parametrize(
    ("setting", "shown", "wrong"),
    [
        (Setting({"frc": 1}, allowed=False), _now(frc=1, alw=False), None),
        (Setting({"frc": 1}, allowed=False), _now(frc=0), "frc is 0 instead of 1"),
        (Setting({"frc": 1}, allowed=False), _now(frc=None), "frc is not told instead of 1"),
        (
            Setting({"frc": 1}, allowed=False),
            _now(frc=1, model_status=20),
            "it lets the car charge (ChargingBecauseChargePauseNotAllowed)",
        ),
        (Setting({"frc": 0}, allowed=True), _now(alw=None, model_status=None), "alw is not told"),
        (
            Setting({"frc": 0}, allowed=True),
            _now(alw=False, model_status=5),
            "it does not let the car charge (NotChargingBecauseScheduler)",
        ),
        (Setting({"amp": 10, "frc": 0}), _now(amp=10, alw=False), None),
        (Setting({"amp": 10, "frc": 0}), _now(amp=16), "amp is 16 instead of 10"),
        (Setting({"frc": 0, "trx": 0}, allowed=True), _now(trx=None), "trx is not told instead of 0"),
    ],
)
def test_a_look_agrees_or_says_what_is_different(setting: Setting, shown: SettingsWire, wrong: str | None) -> None:
    """Every value that was set, and whether the car may charge where the command is about that."""
    assert setting.disagreement(shown) == wrong
