"""The store becomes equal to what the charger's history offers, and asks for nothing that it has."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.engine.session_history import SessionHistory
from bridge.engine.verification import verify_series, verify_sessions
from bridge.errors import ChargerAnswerError, ChargerBusyError, ChargerUnreachableError
from bridge.types.facts import from_epoch_s
from bridge.types.series import DAY_S, INTERVAL_S, CellState
from bridge.types.session import ChargingSession
from bridge.types.words import SessionFlag
from tests.engine.fakes import MEASURES, Scene


def findings_missing(scene: Scene) -> list[int]:
    """Return how many intervals of each measure are missing."""
    found = verify_series(scene.store, "garage", from_epoch_s(scene.since_s), scene.clock.now())
    return [finding.counts.missing for finding in found]


def session_at(number: int, started_at: datetime, *, running: bool = False) -> ChargingSession:
    """Return a session of one hour."""
    ended_at = None if running else started_at + timedelta(hours=1)
    return ChargingSession(session_id=str(number), connector_id=1, started_at=started_at, ended_at=ended_at)


def test_the_first_fill_fetches_everything_newest_day_first(tmp_path: Path) -> None:
    """All days since the beginning are asked for once, the newest first, and nothing is missing then."""
    scene = Scene(tmp_path)
    scene.has_rows()
    asyncio.run(scene.history.fill())
    days = [start_s // DAY_S for start_s, _ in scene.charger.windows]
    assert days == sorted(days, reverse=True)
    assert len(days) == 3
    assert findings_missing(scene) == [0, 0]


def test_a_second_fill_asks_for_nothing(tmp_path: Path) -> None:
    """Where there is no hole there is no question about intervals."""
    scene = Scene(tmp_path)
    scene.has_rows()
    asyncio.run(scene.history.fill())
    scene.charger.windows.clear()
    asyncio.run(scene.history.fill())
    assert scene.charger.windows == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.integers(0, 2 * 288 + 140)), st.sets(st.integers(0, 2 * 288 + 140)))
def test_only_holes_are_fetched_and_all_of_them(
    tmp_path_factory: pytest.TempPathFactory, held: set[int], offered: set[int]
) -> None:
    """Whatever is held and offered: afterwards all offered is held, the rest is known to be absent."""
    scene = Scene(tmp_path_factory.mktemp("fill"))
    scene.charger.rows = {scene.since_s + slot * INTERVAL_S: 5.0 for slot in held}
    asyncio.run(scene.history.fill())
    scene.charger.rows |= {scene.since_s + slot * INTERVAL_S: 7.0 for slot in offered}
    asyncio.run(scene.history.fill())
    assert findings_missing(scene) == [0, 0]
    settled_s = int(scene.clock.now().timestamp()) - 900
    for measure in MEASURES:
        present = {i.start_s for i in scene.store.intervals("garage", measure, scene.since_s, settled_s)}
        young_s = int(scene.clock.now().timestamp()) - 2 * DAY_S
        must = {s for s in scene.charger.rows if s < settled_s and (s >= young_s or s in _slots(scene, held))}
        assert must <= present <= set(scene.charger.rows)
    scene.store.close()


def _slots(scene: Scene, slots: set[int]) -> set[int]:
    return {scene.since_s + slot * INTERVAL_S for slot in slots}


def test_an_old_absence_is_asked_for_again_when_told(tmp_path: Path) -> None:
    """`ask_absent_since` reaches back to rows that the charger did not show before."""
    scene = Scene(tmp_path)
    asyncio.run(scene.history.fill())
    scene.has_rows()
    asyncio.run(scene.history.fill())
    early = scene.store.counts("garage", "building", scene.since_s, scene.since_s + INTERVAL_S * 100)
    assert early.absent == 100
    asyncio.run(scene.history.fill(ask_absent_since=from_epoch_s(scene.since_s)))
    again = scene.store.counts("garage", "building", scene.since_s, scene.since_s + INTERVAL_S * 100)
    assert again.filled == 100


def test_one_unreadable_day_does_not_keep_the_others_away(tmp_path: Path) -> None:
    """The days that can be read are kept, the other stays missing, and the error is raised at the end."""
    scene = Scene(tmp_path)
    scene.has_rows()
    scene.charger.bad_days = {scene.since_s // DAY_S + 1}

    async def play() -> None:
        filling = asyncio.create_task(scene.history.fill())
        await scene.clock.advance(60.0)
        await filling

    with pytest.raises(ChargerAnswerError):
        asyncio.run(play())
    assert findings_missing(scene) == [288, 288]


def test_a_line_that_breaks_keeps_what_came_before(tmp_path: Path) -> None:
    """What was fetched before the charger went away is committed."""
    scene = Scene(tmp_path)
    scene.has_rows()
    asyncio.run(scene.history.fill())
    scene.charger.silent_after_windows = len(scene.charger.windows) + 1
    asyncio.run(scene.clock.advance(2 * DAY_S))
    scene.has_rows()
    with pytest.raises(ChargerUnreachableError):
        asyncio.run(scene.history.fill())
    missing = findings_missing(scene)
    assert 0 < missing[0] < 2 * 288


def test_sessions_come_from_the_whole_past_in_windows(tmp_path: Path) -> None:
    """Years of sessions are read window by window, once; later fills read only the recent ones."""
    scene = Scene(tmp_path, since_at=datetime(2024, 1, 1, tzinfo=UTC))
    scene.charger.log = [session_at(n, datetime(2024, 1, 2, tzinfo=UTC) + timedelta(days=5 * n)) for n in range(150)]
    asyncio.run(scene.history.fill())
    assert verify_sessions(scene.store, "garage").kept == 150
    first_round = scene.charger.asked.count("sessions")
    assert first_round >= 9
    asyncio.run(scene.history.fill())
    assert scene.charger.asked.count("sessions") - first_round == 1


def test_a_running_session_is_followed_until_it_ends(tmp_path: Path) -> None:
    """A session that was open when it was read is read again although it started long ago."""
    scene = Scene(tmp_path, since_at=datetime(2026, 1, 1, tzinfo=UTC))
    long_ago = datetime(2026, 2, 1, tzinfo=UTC)
    scene.charger.log = [session_at(1, long_ago, running=True)]
    asyncio.run(scene.history.fill())
    assert verify_sessions(scene.store, "garage").open == 1
    scene.charger.log = [session_at(1, long_ago)]
    asyncio.run(scene.history.fill())
    found = verify_sessions(scene.store, "garage")
    assert (found.kept, found.open) == (1, 0)


def test_verify_counts_only_flags_that_speak_against_the_numbers(tmp_path: Path) -> None:
    """A late end is a habit of some chargers; a register that fell is worth a look."""
    scene = Scene(tmp_path)
    flags = ((), (SessionFlag.ENDED_AFTER_UNPLUG,), (SessionFlag.ENDED_AFTER_UNPLUG, SessionFlag.REGISTER_FELL))
    for number, given_flags in enumerate(flags):
        session = session_at(number, scene.clock.now() - timedelta(hours=number + 2))
        scene.charger.log.append(session.model_copy(update={"flags": given_flags}))
    asyncio.run(scene.history.fill())
    assert verify_sessions(scene.store, "garage").flagged == 1


def test_an_earlier_beginning_in_the_config_reads_the_older_past(tmp_path: Path) -> None:
    """Moving `history_since` back fetches what lies before the old beginning."""
    scene = Scene(tmp_path)
    scene.charger.log = [session_at(1, datetime(2026, 1, 5, tzinfo=UTC))]
    asyncio.run(scene.history.fill())
    assert verify_sessions(scene.store, "garage").kept == 0
    scene.store.close()
    earlier = Scene(tmp_path, since_at=datetime(2026, 1, 1, tzinfo=UTC))
    earlier.charger.log = scene.charger.log
    asyncio.run(earlier.history.fill())
    assert verify_sessions(earlier.store, "garage").kept == 1


def test_recent_rows_are_timely_and_older_ones_late(tmp_path: Path) -> None:
    """The regular reading marks rows of the last quarter of an hour as polled and older ones as filled."""
    scene = Scene(tmp_path)
    scene.has_rows()

    async def play() -> None:
        reading = asyncio.create_task(scene.history.read_recent())
        await scene.clock.advance(30.0)
        await reading
        await scene.recorder.commit()

    asyncio.run(play())
    now_s = int(scene.clock.now().timestamp())
    states = [i.state for i in scene.store.intervals("garage", "building", now_s - 3600, now_s)]
    assert states == [CellState.FILLED] * 3 + [CellState.POLLED] * 3
    assert scene.store.identity("garage") is not None


def test_one_endpoint_that_fails_does_not_keep_the_others_from_being_read(tmp_path: Path) -> None:
    """Sessions are kept although the power profile cannot be read, and the card says what failed."""
    scene = Scene(tmp_path)
    scene.charger.log = [session_at(1, scene.clock.now() - timedelta(hours=5))]
    scene.charger.bad_days = set(range(scene.since_s // DAY_S, scene.since_s // DAY_S + 9))

    async def play() -> None:
        task = asyncio.create_task(scene.history.run())
        scene.history.wake_recent()
        scene.history.wake_fill()
        await scene.clock.advance(120.0)
        await scene.recorder.commit()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(play())
    assert verify_sessions(scene.store, "garage").kept == 1
    assert scene.card.backfill_error is not None
    assert "not JSON" in scene.card.backfill_error


def test_one_day_that_answers_500_does_not_keep_older_days_away(tmp_path: Path) -> None:
    """A server error is stepped over like an unreadable answer; only its own day stays missing."""
    scene = Scene(tmp_path)
    scene.has_rows()
    scene.charger.busy_days = {scene.since_s // DAY_S + 1}

    async def play() -> None:
        filling = asyncio.create_task(scene.history.fill())
        await scene.clock.advance(60.0)
        await filling

    with pytest.raises(ChargerBusyError):
        asyncio.run(play())
    assert findings_missing(scene) == [288, 288]


def test_a_charger_that_asks_for_patience_is_left_alone_by_all(tmp_path: Path) -> None:
    """A Retry-After to the history holds for the polls too."""
    scene = Scene(tmp_path)
    scene.charger.errors = [ChargerBusyError("garage", "too many requests (429)", retry_after_s=300)]

    async def play() -> None:
        scene.history.wake_recent()
        tasks = [asyncio.create_task(scene.history.run())]
        await scene.clock.settle()
        tasks.append(asyncio.create_task(scene.poller.run()))
        await scene.clock.advance(1.0)
        scene.charger.asked.clear()
        scene.history.wake_recent()
        await scene.clock.advance(290.0)
        assert scene.charger.asked == []
        await scene.clock.advance(60.0)
        assert "snapshot" in scene.charger.asked
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(play())


def test_a_measure_that_is_gone_is_absent_and_not_missing_for_ever(tmp_path: Path) -> None:
    """After a load guard was taken away, its series is not waited for."""
    scene = Scene(tmp_path)
    scene.has_rows()
    asyncio.run(scene.history.fill())
    asyncio.run(scene.clock.advance(2 * DAY_S))
    scene.has_rows()
    scene.charger.given_measures = ("connector1",)
    asyncio.run(scene.history.fill())
    assert findings_missing(scene) == [0, 0]


def test_new_firmware_is_seen_within_the_hour(tmp_path: Path) -> None:
    """Each search for holes is preceded by asking anew who the box is."""
    scene = Scene(tmp_path)

    async def read() -> None:
        await scene.history.read_recent()
        await scene.recorder.commit()

    asyncio.run(read())
    scene.charger.firmware_version = "2"
    asyncio.run(read())
    before = scene.store.identity("garage")
    scene.history.wake_fill()
    asyncio.run(read())
    after = scene.store.identity("garage")
    assert before is not None
    assert after is not None
    assert (before.firmware_version, after.firmware_version) == (None, "2")


def test_a_clock_that_was_ahead_costs_no_session(tmp_path: Path) -> None:
    """Sessions of the time before a clock was set back are read although the log seemed read beyond them."""
    scene = Scene(tmp_path)
    scene.clock.jump(40 * DAY_S)
    asyncio.run(scene.history.fill())
    scene.clock.jump(-40 * DAY_S)
    scene.charger.log = [session_at(1, scene.clock.now() - timedelta(hours=30))]
    asyncio.run(scene.history.fill())
    assert verify_sessions(scene.store, "garage").kept == 1


def test_a_session_that_begins_or_ends_is_committed_at_once(tmp_path: Path) -> None:
    """Somebody waits for an edge; a correction of a running session gathers with the others' for ten seconds."""
    scene = Scene(tmp_path)
    started_at = scene.clock.now() - timedelta(hours=1)
    commits: list[int] = []
    scene.recorder.on_commit(lambda: commits.append(1))

    async def read(session: ChargingSession | None) -> int:
        scene.charger.log = [] if session is None else [session]
        commits.clear()
        reading = asyncio.create_task(scene.history.read_recent())
        await scene.clock.settle()
        await reading
        at_once = len(commits)
        await scene.clock.advance(11.0)
        return at_once

    async def play() -> None:
        recording = asyncio.create_task(scene.recorder.run())
        await read(None)
        running = session_at(1, started_at, running=True)
        corrected = running.model_copy(update={"meter_stop_wh": 5.0})
        assert [await read(session) for session in (running, running, corrected)] == [1, 0, 0]
        assert scene.store.open_sessions("garage") == [corrected]
        assert await read(session_at(1, started_at)) == 1
        recording.cancel()
        await asyncio.gather(recording, return_exceptions=True)

    asyncio.run(play())


def test_a_session_that_was_kept_before_a_restart_is_no_edge(tmp_path: Path) -> None:
    """The first reading compares with the store, so that starting is no burst of commits."""
    scene = Scene(tmp_path)
    scene.charger.log = [session_at(1, scene.clock.now() - timedelta(hours=3))]
    asyncio.run(scene.history.fill())
    taken: list[bool] = []
    take = scene.recorder.take_sessions

    class Watched:
        def __getattr__(self, name: str) -> object:
            return getattr(scene.recorder, name)

        def take_sessions(self, charger: str, sessions: list[ChargingSession], *, at_once: bool) -> None:
            taken.append(at_once)
            take(charger, sessions, at_once=at_once)

    history = SessionHistory(
        "garage",
        scene.charger,
        scene.desk,
        Watched(),  # type: ignore[arg-type]  # only `take_sessions` is watched
        scene.clock,
        from_epoch_s(scene.since_s),
    )
    asyncio.run(history.read_recent())
    assert taken == [False]
