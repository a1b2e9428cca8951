"""A simulated charger, a config file and the whole bridge, in front of a foreign central system."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

import httpx

from adapters.etrel import simulator as etrel
from adapters.go_e import simulator as go_e
from bridge.app import Running, run_bridge
from bridge.config.load import load_config
from bridge.engine.board import UplinkCard
from bridge.types.ocpp.base import parse_rfc3339
from bridge.types.session import ChargingSession
from tests.uplink.foreign.csms import ForeignCsms
from tests.uplink.foreign.events import Params
from tests.uplink.foreign.quick_clock import QuickClock

STATION = "GARAGE-1"
CHARGER = "garage"
TAG = "HOME"
"""the driver's tag where the charger names none"""
LIMIT_S = 15.0
_LOOK_EVERY_S = 0.02
_END_LIMIT_S = 10.0

Charger = TypeVar("Charger", etrel.EtrelSimulator, go_e.GoESimulator)


@dataclass
class Site(Generic[Charger]):
    """One charger in front of one central system, and the bridge between, which can be stopped and started again."""

    csms: ForeignCsms
    charger: Charger
    config: Path
    clock: QuickClock
    version: str = "1.6"
    """of OCPP, as the central system takes it"""
    running: Running | None = None
    began_at: datetime = field(init=False)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.began_at = self.clock.now()

    # --- the bridge ----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the bridge and wait until it is ready; the station connects by itself."""
        ready: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
        self._stop = asyncio.Event()
        config = load_config(self.config, {})
        self._task = asyncio.create_task(run_bridge(config, self.clock, self._stop, ready.set_result))
        async with asyncio.timeout(LIMIT_S):
            await asyncio.wait((ready, self._task), return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            self._task.result()
        self.running = ready.result()

    async def stop(self) -> None:
        """Stop the bridge as SIGTERM does."""
        self._stop.set()
        if self._task is not None:
            async with asyncio.timeout(_END_LIMIT_S):
                await self._task
        self._task = self.running = None

    @property
    def bridge(self) -> Running:
        """The running bridge."""
        assert self.running is not None
        return self.running

    def card(self, csms: str = "employer") -> UplinkCard:
        """Return how a station stands."""
        return self.bridge.board.uplinks[CHARGER, csms]

    async def api(self, command: str, arguments: Params | None = None, *, csms: str = "employer") -> Any:
        """Run a command of EVerest's interface over the bridge's own API, and return its result."""
        url = f"{self.bridge.web.url}/api/v1/ocpp/{CHARGER}/{command}"
        async with httpx.AsyncClient(trust_env=False, timeout=30.0) as client:
            answer = await client.post(url, params={"csms": csms}, json=arguments or {})
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()["result"]

    async def sessions(self) -> list[ChargingSession]:
        """Return the charging sessions that the bridge keeps of the time since the start, oldest first."""
        found = await self.bridge.desk.run(lambda store: store.sessions(CHARGER, self.began_at))
        return [session for _, session in reversed(found) if session.started_at >= self.began_at]

    @property
    def is_v2(self) -> bool:
        """Whether 2.0.1 or 2.1 is spoken."""
        return self.version != "1.6"

    # --- the central system --------------------------------------------------------------------------------------

    async def call(self, method: str, **params: Any) -> Params:
        """Let the central system ask the station."""
        return await self.csms.call(STATION, method, params)

    async def online(self, count: int = 1) -> None:
        """Wait until the station was booted for the `count`th time and told its states."""
        await self.csms.wait_for("BootNotification", count, identity=STATION, limit_s=LIMIT_S)
        states = count if self.is_v2 else 2 * count  # 2.x has none of the station as a whole
        await self.csms.wait_for("StatusNotification", states, identity=STATION, limit_s=LIMIT_S)

    async def status(self, status: str, *, connector: int = 1) -> Params:
        """Wait until this is the last that the central system was told of the connector, in 2.x of the EVSE."""
        place, word = ("evseId", "connectorStatus") if self.is_v2 else ("connectorId", "status")

        def last() -> Params | None:
            told = [p for p in self.csms.params("StatusNotification", identity=STATION) if p.get(place) == connector]
            return told[-1] if told and told[-1][word] == status else None

        await self.csms.wait_until(lambda: last() is not None, f"{connector} is told as {status}", limit_s=LIMIT_S)
        told = last()
        assert told is not None
        return told

    async def told(self, method: str, count: int = 1) -> Params:
        """Wait for the `count`th message of that sort, and return what it says."""
        return (await self.csms.wait_for(method, count, identity=STATION, limit_s=LIMIT_S))[count - 1]

    def events(self, event_type: str | None = None) -> list[Params]:
        """Return the TransactionEvents so far, of one type or all."""
        told = self.csms.params("TransactionEvent", identity=STATION)
        return [event for event in told if event_type in (None, event["eventType"])]

    async def event(self, event_type: str, count: int = 1, **wanted: Any) -> Params:
        """Wait for the `count`th TransactionEvent of that type that has these fields, and return it."""

        def found() -> list[Params]:
            return [event for event in self.events(event_type) if event.items() >= wanted.items()]

        what = f"{count} × {event_type} with {wanted}"
        await self.csms.wait_until(lambda: len(found()) >= count, what, limit_s=LIMIT_S)
        return found()[count - 1]

    async def set(self, **settings: str) -> None:
        """Change settings of the station in 1.6, each of which must be taken."""
        for key, value in settings.items():
            answer = await self.call("ChangeConfiguration", key=key, value=value)
            assert answer == {"status": "Accepted"}, key

    async def until(self, condition: Callable[[], bool], what: str, *, limit_s: float = LIMIT_S) -> None:
        """Wait until something is so at the charger or on the board."""
        try:
            async with asyncio.timeout(limit_s):
                while not condition():  # noqa: ASYNC110 -- neither a board nor a charger says when it changes
                    await asyncio.sleep(_LOOK_EVERY_S)
        except TimeoutError:
            raise TimeoutError(f"not within {limit_s:g} s: {what}") from None

    async def ended(self, count: int) -> list[ChargingSession]:
        """Wait until so many sessions since the start have ended, and return them."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                ended = [one for one in await self.sessions() if one.ended_at is not None]
                if len(ended) >= count:
                    return ended
                await asyncio.sleep(_LOOK_EVERY_S)


class Box:
    """What a person sees at a simulated go-e charger, and does to it by hand."""

    def __init__(self, charger: go_e.GoESimulator) -> None:
        self._charger = charger

    def setting(self, key: str) -> Any:
        """Return what is set: `amp`, `frc`, `acs` or `trx`."""
        self._charger.world.advance(self._charger.now())
        return getattr(self._charger.world.box.settings, key)

    @property
    def offered_a(self) -> int:
        """What a vehicle may draw of each phase now."""
        self._charger.world.advance(self._charger.now())
        box = self._charger.world.box
        return box.acted_on.amp if box.allows else 0

    async def turn(self, **settings: int) -> None:
        """Set something by hand, as the vendor's app does."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{self._charger.url}/api/set", params={k: str(v) for k, v in settings.items()})
        assert answer.status_code == httpx.codes.OK, answer.text


def etrel_charger(clock: QuickClock) -> etrel.EtrelSimulator:
    """Return a charger that can only be read and restarted, with nobody at it."""
    return etrel.EtrelSimulator(etrel.SimulatorOptions(autonomous=False, days=1), clock)


def go_e_charger(clock: QuickClock, *, waits_for_a_card: bool = False) -> go_e.GoESimulator:
    """Return a charger that obeys, with nobody at it."""
    return go_e.GoESimulator(go_e.SimulatorOptions(autonomous=False, days=0, access_control=waits_for_a_card), clock)


@asynccontextmanager
async def etrel_site(
    folder: Path,
    csms: ForeignCsms,
    *,
    speed: float = 10.0,
    ocpp: str = "control: true",
    also: str = "",
    version: str = "1.6",
) -> AsyncIterator[Site[etrel.EtrelSimulator]]:
    """Run a bridge in front of a charger that reads only; `ocpp` is more of its config, `also` further stations.

    `version` is what the central system takes; it is configured unless `ocpp` names another, such as auto.
    """
    clock = QuickClock(speed)
    async with etrel_charger(clock) as charger:
        site = Site(
            csms, charger, _config(folder, csms, "etrel", charger.url, clock, _in(version, ocpp), also), clock, version
        )
        async with _running(site):
            yield site


@asynccontextmanager
async def go_e_site(
    folder: Path,
    csms: ForeignCsms,
    *,
    speed: float = 10.0,
    ocpp: str = "control: true",
    also: str = "",
    version: str = "1.6",
    waits_for_a_card: bool = False,
) -> AsyncIterator[Site[go_e.GoESimulator]]:
    """Run a bridge in front of a charger that obeys."""
    clock = QuickClock(speed)
    async with go_e_charger(clock, waits_for_a_card=waits_for_a_card) as charger:
        site = Site(
            csms, charger, _config(folder, csms, "go-e", charger.url, clock, _in(version, ocpp), also), clock, version
        )
        async with _running(site):
            yield site


@asynccontextmanager
async def _running(site: Site[Charger]) -> AsyncIterator[None]:
    try:
        await site.start()
        yield
    except BaseException as error:
        if site.running is not None:
            cards = "; ".join(f"{card.csms} {card.state}: {card.error}" for card in site.bridge.board.uplinks.values())
            error.add_note(f"stations: {cards}; notes: {site.bridge.board.notes}")
        raise
    finally:
        await site.stop()


def _in(version: str, ocpp: str) -> str:
    return ocpp if version == "1.6" or "version:" in ocpp else f'version: "{version}", {ocpp}'


def _config(
    folder: Path, csms: ForeignCsms, vendor: str, charger_url: str, clock: QuickClock, ocpp: str, also: str
) -> Path:
    config = folder / "config.yaml"
    config.write_text(f"""\
timezone: Europe/Zurich
data_dir: data
web: {{port: 0}}
chargers:
  - id: {CHARGER}
    type: {vendor}
    url: {charger_url}
    poll: 1s
    id_token: {TAG}
    history_since: {clock.now():%Y-%m-%d}
    ocpp:
      - {{name: employer, url: "{csms.url}", identity: {STATION}, {ocpp}}}
{also}""")
    return config


def at(told: Params) -> datetime:
    """Return the instant of a message."""
    return parse_rfc3339(told["timestamp"])
