"""A simulated site: chargers as they behave, the bridge's real way down to them, and what they offer together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge.engine.board import Board, ChargerCard
from bridge.engine.commander import ChargerCommander
from bridge.engine.recorder import Recorder
from bridge.engine.site_limit.caps import Caps, Place
from bridge.engine.site_limit.controller import Sited, SiteLimit
from bridge.engine.site_limit.options import SiteLimitOptions
from bridge.errors import ChargerUnreachableError
from bridge.store.sqlite import open_store
from bridge.types.charger import ConnectorReading, Outcome, Snapshot
from bridge.types.charger_options import SupplyOptions
from bridge.types.command import Command, LimitCurrent, StartCharging, StopCharging
from bridge.types.words import Ability, CommandStatus, ConnectorStatus
from tests.clock import FakeClock
from tests.engine.fakes import DirectDesk

POLL_S = 10.0
HANGS_S = 120.0
"""of real time, after which a test has hung"""
OBEYING = frozenset({Ability.LIMIT_CURRENT, Ability.START_CHARGING, Ability.STOP_CHARGING, Ability.RESTART})


@dataclass
class Box:
    """A charger with one connector. `switch` has one switch for start, stop and pause, as a go-e has."""

    name: str
    clock: FakeClock
    kind: str = "station"
    """station, switch, dumb"""
    supply: SupplyOptions = field(default_factory=SupplyOptions)
    mood: str = "good"
    """good; mute: does it and cannot say so; deaf: neither; flaky: deaf to every other command; busy: refuses;
    slow: takes 20 s; hung: never comes back"""
    wants_a: float = 80.0
    silent_until_s: float = 0.0
    is_plugged: bool = False
    is_paused: bool = False
    is_stopped: bool = False
    is_deaf: bool = False
    shows: bool = True
    """whether it shows what it offers"""
    got: list[Command] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.amp = self.supply.max_current_a
        self.changed = list[object]()
        self.site: Site | None = None

    @property
    def abilities(self) -> frozenset[Ability]:
        """What it can be asked to do."""
        return frozenset() if self.kind == "dumb" else OBEYING

    @property
    def w_per_a(self) -> float:
        """Volt times phases."""
        return self.supply.voltage_v * self.supply.phases

    @property
    def offers_a(self) -> float:
        """What it really offers to a vehicle that is there."""
        return 0.0 if self.is_paused or self.is_stopped or not self.is_plugged else self.amp

    @property
    def is_silent(self) -> bool:
        """Whether it can be reached."""
        return self.clock.monotonic_s() < self.silent_until_s

    def plug(self) -> None:
        """Let a vehicle come."""
        self.is_plugged = True
        self._checked()

    def unplug(self) -> None:
        """Let the vehicle leave; a switch goes back to neutral."""
        self.is_plugged = self.is_stopped = False
        if self.kind == "switch":
            self.is_paused = False
        self._checked()

    def _checked(self) -> None:
        if self.site is not None:
            self.site.check()

    def reading(self) -> ConnectorReading:
        """Say how it is."""
        status = ConnectorStatus.AVAILABLE
        drawn_a = min(self.wants_a, self.offers_a)
        if self.is_plugged:
            status = ConnectorStatus.CHARGING if drawn_a else ConnectorStatus.SUSPENDED_EV
            if not self.offers_a:
                status = ConnectorStatus.SUSPENDED_EVSE
        return ConnectorReading(
            evse_id=1,
            connector_id=1,
            status=status,
            status_raw=status.value,
            current_a=drawn_a,
            power_w=drawn_a * self.w_per_a,
            current_offered_a=self.offers_a if self.shows else None,
        )

    # --- as the commander has it ---------------------------------------------------------------------------------

    async def execute(self, command: Command) -> Outcome:
        """Do it, in its mood."""
        if self.is_silent or self.mood == "busy":
            raise ChargerUnreachableError(self.name, "nothing answers")
        mood = self.mood
        if mood == "flaky":
            self.is_deaf = not self.is_deaf
            mood = "deaf" if self.is_deaf else "good"
        if mood != "deaf":
            self.got.append(command)
            self._do(command)
        if mood in ("slow", "hung"):
            await self.clock.sleep(20.0 if mood == "slow" else 1e6)
        else:
            await self.clock.sleep(0.5)
        return Outcome(status=CommandStatus.DONE if mood in ("good", "slow") else CommandStatus.UNCONFIRMED)

    def _do(self, command: Command) -> None:
        if isinstance(command, LimitCurrent):
            assert command.limit_a is not None
            assert command.limit_a == 0 or command.limit_a >= 6
            self.is_paused = command.limit_a == 0
            if command.limit_a or self.kind == "station":
                self.amp = command.limit_a
            if self.kind == "switch":
                self.is_stopped = False
        elif isinstance(command, StopCharging):
            if self.kind == "switch":
                self.is_paused = True
            else:
                self.is_stopped = self.is_plugged
        elif isinstance(command, StartCharging):
            self.is_stopped = False
            if self.kind == "switch":
                self.is_paused = False
        self._checked()

    def note_command(self, command: Command, status: CommandStatus) -> None:
        """Nothing to note."""

    async def look(self, max_age_s: float) -> Snapshot:
        """Nobody looks."""
        raise AssertionError(f"the site limit looks at no charger ({max_age_s} s)")


class Site:
    """Boxes, and a bridge that can be started, stopped and killed."""

    def __init__(self, folder: Path, clock: FakeClock, boxes: list[Box], options: SiteLimitOptions) -> None:
        self.clock = clock
        self.boxes = {box.name: box for box in boxes}
        self.options = options
        self.store = open_store(folder)
        self.desk = DirectDesk(self.store)
        self.building_w: float | None = None
        """what the rest of the building takes"""
        self.breaches: list[str] = []
        self.is_running = False
        self.is_settled = False
        self._began_s = clock.monotonic_s()
        for box in boxes:
            box.site = self

    async def start(self) -> None:
        """Start the bridge."""
        self.board = Board(self.clock.now(), "home")
        for name in self.boxes:
            self.board.chargers[name] = ChargerCard(name, POLL_S, f"http://{name}")
        self.recorder = Recorder(self.desk, self.clock, self.board)
        self.caps = Caps()
        self.commander = ChargerCommander(list(self.boxes.values()), self.desk, self.recorder, self.clock, self.caps)
        await self.commander.restore()
        sited = [Sited(box.name, box.supply, forgets_pause=box.kind == "switch") for box in self.boxes.values()]
        self.limit = SiteLimit(
            self.options,
            sited,
            caps=self.caps,
            commander=self.commander,
            board=self.board,
            recorder=self.recorder,
            clock=self.clock,
        )
        self.running = asyncio.create_task(self.limit.run())
        self.is_running = True

    async def stop(self) -> None:
        """Stop the bridge, in the middle of whatever it does; what it keeps in memory is lost."""
        self.is_running = False
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        stopping = asyncio.create_task(self.commander.aclose())
        await self.clock.advance(0.5)
        await stopping

    def poll(self) -> None:
        """Let every box be polled."""
        for box in self.boxes.values():
            card = self.board.chargers[box.name]
            if box.is_silent:
                card.error = "nothing answers"
                continue
            card.error = None
            building_w = None
            if self.building_w is not None and box.name == self.options.building:
                building_w = self.building_w + sum(one.reading().power_w or 0.0 for one in self.boxes.values())
            card.snapshot = Snapshot(read_at=self.clock.now(), connectors=(box.reading(),), building_power_w=building_w)
            self.recorder.take_snapshot(box.name, card.snapshot)

    async def pass_time(self, seconds: float) -> None:
        """Let time go by; polls come every ten seconds."""
        end_s = self.clock.monotonic_s() + seconds
        while (now_s := self.clock.monotonic_s()) < end_s:
            tick_s = self._began_s + POLL_S * ((now_s - self._began_s) // POLL_S + 1)
            await self.clock.advance(min(tick_s, end_s) - now_s)
            if self.clock.monotonic_s() >= tick_s:
                self.poll()
                await self.clock.settle()
            self.check()

    async def wish(self, name: str, command: Command, origin: str = "ocpp employer") -> asyncio.Task[Outcome]:
        """Let somebody else wish something."""
        task = asyncio.create_task(self.commander.execute(name, command, origin))
        await self.clock.settle()
        return task

    def allowed(self) -> list[float]:
        """Return the cap of every box."""
        return [self.caps.cap(Place(name, 1)) or 0.0 for name in self.boxes]

    def offered(self) -> list[float]:
        """Return what every box really offers."""
        return [box.offers_a for box in self.boxes.values()]

    def check(self) -> None:
        """Hold what is really offered against the limit and against what the bridge believes."""
        boxes = self.boxes.values()
        total_a = sum(box.offers_a for box in boxes)
        total_w = sum(box.offers_a * box.w_per_a for box in boxes)
        if not self.is_settled:
            return
        if self.options.max_current_a is not None and total_a > self.options.max_current_a + 1e-6:
            self.breaches.append(f"{self.offered()} A")
        fixed_w = None if self.options.building is not None else self.options.max_power_w
        if fixed_w is not None and total_w > fixed_w + 1e-6:
            self.breaches.append(f"{self.offered()} A, {total_w} W")
        if self.is_running:
            for seat in self.limit.card.seats:
                offers_a = self.boxes[seat.place.charger].offers_a
                if offers_a > seat.promised_a + 1e-6:
                    self.breaches.append(
                        f"{seat.place.charger} offers {offers_a} A and was promised {seat.promised_a} A"
                    )


@contextlib.asynccontextmanager
async def running(site: Site) -> AsyncIterator[None]:
    """Run the bridge; the store is closed at the end."""
    await site.start()
    try:
        yield
    finally:
        await site.stop()
        site.store.close()


def site_of(folder: Path, *kinds: str, **given: Any) -> Site:
    """Return a site of chargers of these kinds, called a, b, c, of 32 A on three phases each."""
    clock = FakeClock()
    boxes = [Box(name, clock, kind) for name, kind in zip("abcdef", kinds, strict=False)]
    return Site(folder, clock, boxes, SiteLimitOptions.model_validate(given))


def played(site: Site, play: Callable[[], Awaitable[None]]) -> None:
    """Run a test while the bridge runs."""

    async def run() -> None:
        async with asyncio.timeout(HANGS_S), running(site):
            await site.pass_time(60.0)
            site.is_settled = True
            await play()
            assert not site.breaches

    asyncio.run(run())
