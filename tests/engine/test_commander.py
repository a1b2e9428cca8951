"""A wish is stored, sent once, and what became of it is stored; the charger is looked at then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.engine.board import ChargerCard
from bridge.engine.commander import ANSWER_LIMIT_S, TURN_LIMIT_S, ChargerCommander
from bridge.engine.site_limit.caps import Caps, Place
from bridge.engine.worker import ChargerWorker
from bridge.errors import ChargerBusyError, ChargerError, ChargerUnreachableError, ChargerUnsupportedError, StoreError
from bridge.types.charger import Outcome
from bridge.types.command import Command, LimitCurrent, StartCharging, StopCharging, UnlockConnector
from bridge.types.facts import from_epoch_s
from bridge.types.journal import EntryKind
from bridge.types.words import Ability, CommandStatus, ConnectorStatus
from tests.engine.fakes import FakeCharger, Scene

STOP = StopCharging(connector_id=1)
ABILITIES = frozenset({Ability.START_CHARGING, Ability.STOP_CHARGING, Ability.LIMIT_CURRENT})


class Site:
    """Chargers that obey, their workers, and the commander over them, on a real store."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.scene = Scene(folder)
        self.clock = self.scene.clock
        self.chargers: dict[str, ObedientCharger] = {}
        self.workers: list[ChargerWorker] = []
        for name in names or ("garage",):
            charger = self.chargers[name] = ObedientCharger(self.clock)
            self.scene.board.chargers[name] = ChargerCard(name, 10.0, f"http://{name}")
            self.workers.append(self._worker(name, charger))
        self.commander = ChargerCommander(self.workers, self.scene.desk, self.scene.recorder, self.clock)

    def _worker(self, name: str, charger: ObedientCharger) -> ChargerWorker:
        return ChargerWorker(
            name,
            charger,
            from_epoch_s(self.scene.since_s),
            board=self.scene.board,
            desk=self.scene.desk,
            recorder=self.scene.recorder,
            health=self.scene.health,
            clock=self.clock,
        )

    def command(self, charger: ObedientCharger) -> None:
        """Put another charger in the place of the garage's."""
        self.workers[0] = self._worker("garage", charger)
        self.commander = ChargerCommander(self.workers, self.scene.desk, self.scene.recorder, self.clock)

    def journal(self, charger: str = "garage") -> list[dict[str, Any]]:
        """Return the bodies of the command entries of a charger."""
        entries = self.scene.store.journal(0, 1000)
        return [e.body for e in entries if e.kind is EntryKind.COMMAND and e.charger == charger]

    def phases(self, charger: str = "garage") -> list[str]:
        """Return phase or status of each of them."""
        return [body.get("status", body["phase"]) for body in self.journal(charger)]


class ObedientCharger(FakeCharger):
    """Does what it is told after `takes_s`, or raises."""

    def __init__(self, clock: Any) -> None:
        super().__init__(clock)
        self.abilities = ABILITIES
        self.takes_s = 0.0
        self.refuses_with: Exception | None = None
        self.got: list[Command] = []

    async def execute(self, command: Command) -> Outcome:
        """Do it."""
        if self.refuses_with is not None:
            raise self.refuses_with
        self.got.append(command)
        if self.takes_s:
            await self.clock.sleep(self.takes_s)
        return Outcome(status=CommandStatus.DONE, detail="The charger took it.")


def played(play: Callable[[], Awaitable[None]]) -> None:
    """Run a test's coroutine."""

    async def run() -> None:
        await play()

    asyncio.run(run())


def test_a_wish_is_stored_before_it_is_sent_and_its_outcome_after(tmp_path: Path) -> None:
    """The journal has the wish when the charger gets it, and what became of it when the caller does."""
    site = Site(tmp_path)
    seen: list[list[str]] = []

    class Watching(ObedientCharger):
        async def execute(self, command: Command) -> Outcome:
            seen.append(site.phases())
            return await super().execute(command)

    site.chargers["garage"] = Watching(site.clock)
    site.command(site.chargers["garage"])

    async def play() -> None:
        outcome = await site.commander.execute("garage", STOP, "ocpp employer")
        assert outcome.status is CommandStatus.DONE

    played(play)
    assert seen == [["asked"]]
    asked, told = site.journal()
    assert asked == {
        "command": "stop_charging",
        "origin": "ocpp employer",
        "given": {"connector_id": 1},
        "phase": "asked",
    }
    assert told == {**asked, "phase": "outcome", "status": "done", "detail": "The charger took it."}


def test_a_store_that_refuses_keeps_the_wish_from_being_sent(tmp_path: Path) -> None:
    """Nothing is sent that was not stored: StoreError, and the charger hears nothing."""
    site = Site(tmp_path)
    site.scene.desk.failing = StoreError("store", "the disk is full")

    async def play() -> None:
        with pytest.raises(StoreError):
            await site.commander.execute("garage", STOP, "page")
        site.scene.desk.failing = None
        assert (await site.commander.execute("garage", STOP, "page")).status is CommandStatus.DONE

    played(play)
    assert site.chargers["garage"].got == [STOP]
    assert site.phases() == ["asked", "done"]


def test_an_outcome_that_cannot_be_stored_waits_and_comes_first(tmp_path: Path) -> None:
    """A disk that fills up between wish and outcome: the outcome is told, kept in memory, and journaled before all."""
    site = Site(tmp_path)
    charger = site.chargers["garage"]
    charger.takes_s = 5.0

    async def play() -> None:
        asking = asyncio.create_task(site.commander.execute("garage", STOP, "page"))
        await site.clock.settle()
        site.scene.desk.failing = StoreError("store", "the disk is full")
        await site.clock.advance(5.0)
        assert (await asking).status is CommandStatus.DONE
        with pytest.raises(StoreError):
            await site.commander.execute("garage", STOP, "page")
        assert len(charger.got) == 1
        site.scene.desk.failing = None
        charger.takes_s = 0.0
        await site.commander.execute("garage", STOP, "page")

    played(play)
    assert site.phases() == ["asked", "done", "asked", "done"]


def test_what_a_charger_lacks_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """An ability that is not there, and a charger that is not: refused, nothing sent, the wish journaled."""
    site = Site(tmp_path)

    async def play() -> None:
        outcome = await site.commander.execute("garage", UnlockConnector(connector_id=1), "page")
        assert outcome == Outcome(
            status=CommandStatus.REFUSED, detail="The charger has no command to unlock connector."
        )
        assert (await site.commander.execute("cellar", STOP, "page")).status is CommandStatus.REFUSED

    played(play)
    assert site.chargers["garage"].got == []
    assert site.phases() == ["asked", "refused"]
    assert site.commander.abilities("garage") == ABILITIES
    assert site.commander.abilities("cellar") == frozenset()


@pytest.mark.parametrize(
    ("error", "status", "word"),
    [
        (ChargerUnsupportedError("garage", "HTTP 404"), CommandStatus.REFUSED, "no command to stop charging"),
        (ChargerUnreachableError("garage", "nothing answers"), CommandStatus.REFUSED, "nothing answers"),
        (KeyError("defect"), CommandStatus.UNCONFIRMED, "KeyError"),
    ],
)
def test_an_error_is_an_outcome(tmp_path: Path, error: Exception, status: CommandStatus, word: str) -> None:
    """What the charger raises was not sent; a defect may have come after the sending."""
    site = Site(tmp_path)
    site.chargers["garage"].refuses_with = error

    async def play() -> None:
        outcome = await site.commander.execute("garage", STOP, "page")
        assert outcome.status is status
        assert word in outcome.detail

    played(play)
    assert site.phases() == ["asked", status]


def test_a_charger_that_never_comes_back_leaves_the_outcome_unconfirmed(tmp_path: Path) -> None:
    """After the limit the command is given up and not repeated; the next one has its turn."""
    site = Site(tmp_path)
    charger = site.chargers["garage"]
    charger.takes_s = 1e6

    async def play() -> None:
        asking = asyncio.create_task(site.commander.execute("garage", STOP, "page"))
        await site.clock.advance(ANSWER_LIMIT_S)
        assert (await asking).status is CommandStatus.UNCONFIRMED
        charger.takes_s = 0.0
        await site.commander.execute("garage", LimitCurrent(connector_id=1, limit_a=8.0), "page")

    played(play)
    assert [command.ability for command in charger.got] == ["stop_charging", "limit_current"]
    assert site.phases() == ["asked", "unconfirmed", "asked", "done"]


def test_one_charger_is_commanded_in_turn_and_two_side_by_side(tmp_path: Path) -> None:
    """The second command of a charger waits for the first; the other charger does not."""
    site = Site(tmp_path, "garage", "carport")
    for charger in site.chargers.values():
        charger.takes_s = 4.0

    async def play() -> None:
        asking = [
            asyncio.create_task(site.commander.execute(name, STOP, "page")) for name in ("garage", "garage", "carport")
        ]
        await site.clock.advance(1.0)
        assert [len(charger.got) for charger in site.chargers.values()] == [1, 1]
        await site.clock.advance(4.0)
        assert [len(charger.got) for charger in site.chargers.values()] == [2, 1]
        await site.clock.advance(4.0)
        assert {(await task).status for task in asking} == {CommandStatus.DONE}

    played(play)
    assert site.phases("garage") == ["asked", "done", "asked", "done"]


def test_a_turn_that_does_not_come_is_a_refusal(tmp_path: Path) -> None:
    """Behind a command that hangs the next one waits for a limit, is refused, and is never sent."""
    site = Site(tmp_path)
    site.chargers["garage"].takes_s = ANSWER_LIMIT_S - 1

    async def play() -> None:
        first = asyncio.create_task(site.commander.execute("garage", STOP, "page"))
        await site.clock.settle()
        second = asyncio.create_task(site.commander.execute("garage", STOP, "page"))
        await site.clock.advance(TURN_LIMIT_S)
        outcome = await second
        assert outcome.status is CommandStatus.REFUSED
        assert "nothing was sent" in outcome.detail
        await site.clock.advance(ANSWER_LIMIT_S)
        assert (await first).status is CommandStatus.DONE

    played(play)
    assert len(site.chargers["garage"].got) == 1


def test_a_caller_that_goes_away_stops_only_what_was_not_begun(tmp_path: Path) -> None:
    """A command that was sent is followed to its outcome; one that waited for its turn is never sent."""
    site = Site(tmp_path)
    site.chargers["garage"].takes_s = 5.0

    async def play() -> None:
        asking = [asyncio.create_task(site.commander.execute("garage", STOP, "page")) for _ in range(2)]
        await site.clock.advance(1.0)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        await site.clock.advance(10.0)
        site.chargers["garage"].takes_s = 0.0
        assert (await site.commander.execute("garage", STOP, "page")).status is CommandStatus.DONE

    played(play)
    assert site.phases() == ["asked", "done", "asked", "done"]


def test_a_wish_that_a_stop_of_the_bridge_cut_off_is_closed_once(tmp_path: Path) -> None:
    """At the next start it is unconfirmed, also where another wish was refused behind it; at the one after, quiet."""
    site = Site(tmp_path)
    site.chargers["garage"].takes_s = 1e6

    async def play() -> None:
        asyncio.create_task(site.commander.execute("garage", STOP, "page")).add_done_callback(lambda _: None)
        await site.clock.settle()
        await site.commander.execute("garage", UnlockConnector(connector_id=1), "page")
        await site.commander.aclose()
        for _ in range(2):
            await site.scene.recorder.commit()
            again = ChargerCommander(site.workers, site.scene.desk, site.scene.recorder, site.clock)
            await again.restore()
        await site.scene.recorder.commit()

    played(play)
    assert site.phases() == ["asked", "asked", "refused", "unconfirmed"]
    closed = site.journal()[-1]
    assert closed["command"] == "stop_charging"
    assert "The bridge stopped while" in closed["detail"]


def test_the_charger_is_looked_at_at_once_after_a_command(tmp_path: Path) -> None:
    """The poll after a command does not wait for its slot, and another follows a little later."""
    site = Site(tmp_path)
    charger = site.chargers["garage"]

    async def play() -> None:
        polling = asyncio.create_task(site.workers[0].poll())
        await site.clock.advance(13.0)
        charger.asked.clear()
        charger.status = ConnectorStatus.CHARGING
        await site.commander.execute("garage", StartCharging(connector_id=1), "page")
        await site.clock.settle()
        assert charger.asked == ["snapshot"]
        card = site.scene.board.chargers["garage"]
        assert card.snapshot is not None
        assert card.snapshot.connectors[0].status is ConnectorStatus.CHARGING
        await site.clock.advance(2.0)
        assert charger.asked == ["snapshot"] * 2
        await site.clock.advance(4.0)
        assert charger.asked == ["snapshot"] * 2
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)

    played(play)


def test_an_id_token_is_stored_and_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Card numbers are personal: the store is private, the log is not."""
    caplog.set_level(logging.DEBUG)
    site = Site(tmp_path)

    async def play() -> None:
        await site.commander.execute("garage", StartCharging(connector_id=1, id_token="04AABBCC"), "page")

    played(play)
    assert site.journal()[0]["given"] == {"connector_id": 1, "id_token": "04AABBCC"}
    assert "04AABBCC" not in caplog.text
    assert "start_charging" in caplog.text


def test_lookers_share_one_answer_and_a_young_one_costs_none(tmp_path: Path) -> None:
    """However many look at once, the charger is asked once; what is young enough is not asked for."""
    site = Site(tmp_path)
    charger = site.chargers["garage"]

    async def play() -> None:
        looks = [asyncio.create_task(site.commander.look("garage", 0.0)) for _ in range(5)]
        await site.clock.settle()
        assert len({id(await look) for look in looks}) == 1
        assert charger.asked == ["snapshot"]
        await site.clock.advance(3.0)
        await site.commander.look("garage", 3.0)
        assert charger.asked == ["snapshot"]
        await site.commander.look("garage", 2.0)
        assert charger.asked == ["snapshot"] * 2

    played(play)


def test_a_charger_is_not_looked_at_more_often_than_once_a_second(tmp_path: Path) -> None:
    """Who wants a fresher answer than that waits for it."""
    site = Site(tmp_path)
    charger = site.chargers["garage"]

    async def play() -> None:
        await site.commander.look("garage", 0.0)
        await site.clock.advance(0.4)
        looking = asyncio.create_task(site.commander.look("garage", 0.1))
        await site.clock.advance(0.5)
        assert charger.asked == ["snapshot"]
        await site.clock.advance(0.2)
        assert looking.done()
        assert charger.asked == ["snapshot"] * 2

    played(play)


def test_lookers_share_a_failure_too(tmp_path: Path) -> None:
    """A dead charger is asked once for all who look, and each gets the sentence."""
    site = Site(tmp_path)
    charger = site.chargers["garage"]
    charger.errors = [ChargerBusyError("garage", "busy (503)", retry_after_s=120)]

    async def play() -> None:
        looks = [asyncio.create_task(site.commander.look("garage", 0.0)) for _ in range(3)]
        await site.clock.settle()
        told = await asyncio.gather(*looks, return_exceptions=True)
        assert all(isinstance(error, ChargerBusyError) for error in told)
        assert charger.asked == ["snapshot"]
        with pytest.raises(ChargerError, match="left alone for another 120 s"):
            await site.commander.look("garage", 0.0)
        await site.clock.advance(121.0)
        await site.commander.look("garage", 0.0)

    played(play)
    assert charger.asked == ["snapshot"] * 2


def test_a_charger_that_keeps_failing_is_not_looked_at_before_its_time(tmp_path: Path) -> None:
    """The breaker holds for looks too; the error says when it is asked again."""
    site = Site(tmp_path)
    charger = site.chargers["garage"]
    charger.errors = [ChargerUnreachableError("garage", "nothing answers") for _ in range(1000)]

    async def play() -> None:
        polling = asyncio.create_task(site.workers[0].poll())
        await site.clock.advance(60.0)
        charger.asked.clear()
        with pytest.raises(ChargerUnreachableError, match=r"nothing answers.*asked again in \d+ s"):
            await site.commander.look("garage", 0.0)
        assert charger.asked == []
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)

    played(play)


def test_a_charger_that_is_not_there_cannot_be_looked_at(tmp_path: Path) -> None:
    """An unknown name is an error with a sentence."""
    site = Site(tmp_path)

    async def play() -> None:
        with pytest.raises(ChargerError, match="no charger of this name"):
            await site.commander.look("cellar", 0.0)

    played(play)


def test_no_limit_goes_down_above_the_cap(tmp_path: Path) -> None:
    """The journal has the wish and what was sent for it; a lifted limit is the cap; below 6 A is a pause."""
    site = Site(tmp_path)
    caps = Caps()
    site.commander = ChargerCommander(site.workers, site.scene.desk, site.scene.recorder, site.clock, caps)
    caps.guard("garage", forgets_pause=False)
    place = Place("garage", 1)

    async def play() -> None:
        for cap_a, wished_a in ((10.0, 16.0), (10.0, None), (10.0, 8.0), (10.0, 4.0), (0.0, 16.0)):
            caps.allow(place, cap_a)
            outcome = await site.commander.execute("garage", LimitCurrent(connector_id=1, limit_a=wished_a), "page")
            assert outcome.status is CommandStatus.DONE
        assert outcome.detail == "The charger took it. The site's limit allows 0 A at present."

    played(play)
    sent = [command.limit_a for command in site.chargers["garage"].got if isinstance(command, LimitCurrent)]
    assert sent == [10.0, 10.0, 8.0, 0.0, 0.0]
    first, second, third = site.journal()[0], site.journal()[2], site.journal()[4]
    assert first["given"] == {"connector_id": 1, "limit_a": 16.0}
    assert first["sent"] == [{"command": "limit_current", "given": {"connector_id": 1, "limit_a": 10.0}}]
    assert second["given"]["limit_a"] is None
    assert "sent" not in third
    assert caps.told(place).wish_a == 16.0


def test_a_connector_without_a_cap_is_allowed_nothing_under_the_site_limit(tmp_path: Path) -> None:
    """Another charger is not concerned."""
    site = Site(tmp_path, "garage", "carport")
    caps = Caps()
    site.commander = ChargerCommander(site.workers, site.scene.desk, site.scene.recorder, site.clock, caps)
    caps.guard("garage", forgets_pause=False)

    async def play() -> None:
        for name in ("garage", "carport"):
            await site.commander.execute(name, LimitCurrent(connector_id=1, limit_a=16.0), "page")

    played(play)
    assert site.chargers["garage"].got == [LimitCurrent(connector_id=1, limit_a=0.0)]
    assert site.chargers["carport"].got == [LimitCurrent(connector_id=1, limit_a=16.0)]


def test_a_box_that_forgets_its_pause_is_lowered_before_it(tmp_path: Path) -> None:
    """To 6 A, in the same turn, before a pause and before a stop; not again while it is stopped or low already."""
    site = Site(tmp_path)
    caps = Caps()
    site.commander = ChargerCommander(site.workers, site.scene.desk, site.scene.recorder, site.clock, caps)
    caps.guard("garage", forgets_pause=True)
    caps.allow(Place("garage", 1), 32.0)
    pause, high = LimitCurrent(connector_id=1, limit_a=0.0), LimitCurrent(connector_id=1, limit_a=32.0)
    low = LimitCurrent(connector_id=1, limit_a=6.0)

    async def play() -> None:
        for command in (high, pause, pause, high, STOP, STOP, pause):
            await site.commander.execute("garage", command, "page")

    played(play)
    assert site.chargers["garage"].got == [high, low, pause, pause, high, low, STOP, STOP, pause]
    assert site.phases() == ["asked", "done"] * 7


def test_what_was_told_is_known_after_a_restart_also_without_a_site_limit(tmp_path: Path) -> None:
    """What a command may have changed is stored with the wish, what it did change with the outcome."""
    site = Site(tmp_path)
    place = Place("garage", 1)

    async def told() -> tuple[float | None, bool]:
        caps = Caps()
        await ChargerCommander(site.workers, site.scene.desk, site.scene.recorder, site.clock, caps).restore()
        return caps.told(place).may_a, caps.told(place).is_sure

    async def play() -> None:
        assert await told() == (None, False)
        await site.commander.execute("garage", LimitCurrent(connector_id=1, limit_a=10.0), "page")
        assert await told() == (10.0, True)
        site.chargers["garage"].takes_s = 10.0
        asking = asyncio.create_task(
            site.commander.execute("garage", LimitCurrent(connector_id=1, limit_a=16.0), "page")
        )
        await site.clock.settle()
        assert await told() == (16.0, False)
        await site.clock.advance(10.0)
        await asking
        assert await told() == (16.0, True)
        asking = asyncio.create_task(
            site.commander.execute("garage", LimitCurrent(connector_id=1, limit_a=8.0), "page")
        )
        await site.clock.settle()
        assert await told() == (16.0, False)
        await site.clock.advance(10.0)
        await asking
        site.chargers["garage"].refuses_with = ChargerUnreachableError("garage", "nothing answers")
        await site.commander.execute("garage", LimitCurrent(connector_id=1, limit_a=32.0), "page")
        assert await told() == (8.0, True)

    played(play)
