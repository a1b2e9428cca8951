"""A whole bridge that is the central system of one charger, in front of a foreign station."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from bridge.app import Running, run_bridge
from bridge.clock import SystemClock
from bridge.config.load import load_config
from bridge.engine.board import ChargerCard, StationCard
from bridge.types.charger import ConnectorReading
from bridge.types.facts import to_rfc3339
from bridge.types.session import ChargingSession
from tests.central.foreign.station import IDENTITY, ForeignStation, StationOptions
from tests.uplink.foreign.events import Params

CHARGER = "carport"
LIMIT_S = 15.0
_LOOK_EVERY_S = 0.02
_END_LIMIT_S = 10.0


@dataclass
class CentralSite:
    """A bridge with one charger of type `ocpp`, which can be stopped and started again on the same data."""

    config: Path
    environ: Mapping[str, str]
    clock: SystemClock = field(default_factory=SystemClock)
    running: Running | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the bridge and wait until stations can connect."""
        ready: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
        self._stop = asyncio.Event()
        config = load_config(self.config, self.environ)
        self._task = asyncio.create_task(run_bridge(config, self.clock, self._stop, ready.set_result))
        async with asyncio.timeout(LIMIT_S):
            await asyncio.wait((ready, self._task), return_when=asyncio.FIRST_COMPLETED)
            if self._task.done():
                self._task.result()
            self.running = ready.result()
            assert self.running.central is not None
            await self.running.central.server.listening()

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

    @property
    def url(self) -> str:
        """Where stations connect, without their identity; another one after each start."""
        assert self.bridge.central is not None
        return f"ws://127.0.0.1:{self.bridge.central.server.port}"

    # --- what the bridge knows -----------------------------------------------------------------------------------

    @property
    def station(self) -> StationCard:
        """How the charger stands as a station."""
        return self.bridge.board.stations[CHARGER]

    @property
    def charger(self) -> ChargerCard:
        """How it stands as a charger."""
        return self.bridge.board.chargers[CHARGER]

    def connector(self, number: int = 1) -> ConnectorReading | None:
        """Return what the page shows of a connector; None before it was told."""
        if self.charger.snapshot is None:
            return None
        return next((one for one in self.charger.snapshot.connectors if one.connector_id == number), None)

    async def sessions(self) -> list[ChargingSession]:
        """Return all charging sessions in the store, oldest first."""
        found = await self.bridge.desk.run(lambda store: store.sessions(CHARGER))
        return [session for _, session in reversed(found)]

    async def until(self, condition: Callable[[], object], what: str, *, limit_s: float = LIMIT_S) -> None:
        """Wait until something is so on the board."""
        try:
            async with asyncio.timeout(limit_s):
                while not condition():  # noqa: ASYNC110 -- a board does not say when it changes
                    await asyncio.sleep(_LOOK_EVERY_S)
        except TimeoutError:
            raise TimeoutError(f"not within {limit_s:g} s: {what}; {self.charger}; {self.station}") from None

    async def shown(self, status: str, number: int = 1) -> ConnectorReading:
        """Wait until a connector is shown so, and return all that is shown of it."""

        def now() -> ConnectorReading | None:
            reading = self.connector(number)
            return reading if reading is not None and reading.status == status else None

        await self.until(now, f"connector {number} is {status}")
        reading = now()
        assert reading is not None
        return reading

    # --- what is asked of it -------------------------------------------------------------------------------------

    async def operate(self, operation: str, arguments: Params | str | None = None) -> dict[str, Any]:
        """Have the station do something over the bridge's own API, and return the result.

        Arguments that are a text are sent as it stands.
        """
        url = f"{self.bridge.web.url}/api/v1/central/{CHARGER}/{operation}"
        async with httpx.AsyncClient(trust_env=False, timeout=60.0) as client:
            if isinstance(arguments, str):
                answer = await client.post(url, content=arguments, headers={"Content-Type": "text/plain"})
            else:
                answer = await client.post(url, json=arguments or {})
        assert answer.status_code == httpx.codes.OK, answer.text
        result: dict[str, Any] = answer.json()
        return result


@asynccontextmanager
async def central_site(
    folder: Path, *, central: str = "", charger: str = "", environ: Mapping[str, str] | None = None
) -> AsyncIterator[CentralSite]:
    """Run a bridge; `central` and `charger` are more of their config."""
    config = folder / "config.yaml"
    config.write_text(f"""\
timezone: Europe/Zurich
data_dir: data
web: {{port: 0}}
central: {{host: 127.0.0.1, port: 0, sample: 30s{central and ", "}{central}}}
chargers:
  - {{id: {CHARGER}, type: ocpp, identity: {IDENTITY}, poll: 1s{charger and ", "}{charger}}}
""")
    site = CentralSite(config, environ or {})
    try:
        await site.start()
        yield site
    except BaseException as error:
        if site.running is not None:
            error.add_note(f"{site.station}; {site.charger}; notes: {site.bridge.board.notes}")
        raise
    finally:
        await site.stop()


@asynccontextmanager
async def station_at(site: CentralSite, version: str = "1.6", **options: Any) -> AsyncIterator[ForeignStation]:
    """Connect a foreign station that has booted, told its states, and been set up."""
    async with ForeignStation(site.url, StationOptions(versions=(version,), **options)) as station:
        assert (await station.boot())["status"] == "Accepted"
        await tell_state(station, "Available", site.clock.now())
        await station.wait_asked("TriggerMessage")
        await site.shown("Available")
        yield station


async def tell_state(station: ForeignStation, status: str, at: datetime) -> None:
    """Tell the state of its connector, in 2.x of its EVSE, in the words of its version."""
    place: Params = {"connectorId": 1, "errorCode": "NoError", "status": status}
    if station.is_v2:
        words = {"Available": "Available", "Faulted": "Faulted", "Unavailable": "Unavailable"}
        place = {"evseId": 1, "connectorId": 1, "connectorStatus": words.get(status, "Occupied")}
    await station.call("StatusNotification", {**place, "timestamp": to_rfc3339(at)})
