from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bridge.uplink.told.absence import NO_ABSENCE, Absence

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)


def after(minutes: float) -> datetime:
    """Return a moment."""
    return AT + timedelta(minutes=minutes)


def covered(absence: Absence, *minutes: float) -> list[bool]:
    """Tell of each of these minutes whether it is covered."""
    return [absence.covers(after(one)) for one in minutes]


def test_no_absence_covers_nothing() -> None:
    """There is none before the first."""
    assert covered(NO_ABSENCE, -1e6, 0, 1e6) == [False] * 3


def test_the_first_absence_of_a_life_begins_nobody_knows_when() -> None:
    """What happened before this program started was told to nobody by it."""
    assert covered(NO_ABSENCE.and_then(None, after(10)), -1e6, 9.9, 10, 11) == [True, True, False, False]


def test_all_absences_count_and_not_what_lies_between() -> None:
    """Their beginnings do, their ends do not."""
    absence = NO_ABSENCE.and_then(after(10), after(20)).and_then(after(30), after(40)).and_then(after(50), after(60))
    assert covered(absence, 9, 10, 20, 29, 30, 40, 50, 59, 60) == [
        False, True, False, False, True, False, True, True, False
    ]  # fmt: skip


def test_very_many_absences_take_no_room() -> None:
    """The oldest count as one: little was told between them; the later ones stay apart."""
    absence = NO_ABSENCE
    for number in range(1000):
        absence = absence.and_then(after(10 * number), after(10 * number + 5))
    assert len(absence.earlier) == 100
    assert covered(absence, 0, 7, 8000, 9987, 9990, 9995) == [True, True, True, False, True, False]
