from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.engine.board import Board, ChargerCard, UplinkCard
from bridge.engine.commander import ChargerCommander
from bridge.engine.recorder import Recorder
from bridge.store.sqlite import open_store
from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.version import OcppVersion
from bridge.types.station_options import OcppOptions
from bridge.uplink.answer import Answer
from bridge.uplink.house import House
from bridge.uplink.smart_charging.layout import Supply
from bridge.uplink.speech import speech_of
from bridge.uplink.station import Station
from bridge.uplink.v16.diagnostics import get_diagnostics, get_log
from tests.clock import FakeClock
from tests.engine.fakes import DirectDesk

LIMIT_S = 10.0
NAME = "garage-diagnostics-20260310T120000Z.jsonl.gz"
NOWHERE = "sftp://host/"


@dataclass
class Conversation:
    """Counts how often it was asked to look."""

    looks: int = 0

    def restart(self) -> None:
        """Do nothing."""

    def look(self) -> None:
        """Count."""
        self.looks += 1


class Scene:
    """A station of a charger, accepted by its central system, and a server that takes what is uploaded."""

    def __init__(self, folder: Path, *, control: bool) -> None:
        self.clock = FakeClock(datetime(2026, 3, 10, 12, tzinfo=UTC))
        self.store = open_store(folder)
        desk = DirectDesk(self.store)
        recorder = Recorder(desk, self.clock, Board(self.clock.now(), "home"))
        options = OcppOptions(name="home", url="ws://127.0.0.1/ocpp", identity="CP-1", control=control)
        commander = ChargerCommander([], desk, recorder, self.clock)
        self.station = Station(
            options,
            "unknown",
            Supply(230.0, 3, 16.0),
            ChargerCard("garage", 10.0, "http://garage"),
            UplinkCard("garage", "home", "ws://127.0.0.1/ocpp/CP-1", "CP-1", "1.6", control),
            House(desk, recorder, commander, self.clock, ZoneInfo("UTC")),
            speech_of(OcppVersion.V16),
        )
        self.conversation = Conversation()
        self.url = ""
        self.bodies = 0
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one file, once `go_on` is set."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.partition(b"content-length: ")[2].split(b"\r\n")[0]))
            self.bodies += 1
            await self.go_on.wait()
            writer.write(b"HTTP/1.1 201 Made\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        finally:
            writer.close()

    def connect(self) -> None:
        """Open the line and have the boot accepted."""
        session, now_s = self.station.session, self.clock.monotonic_s()
        session.opened(now_s)
        boot = session.next(now_s, 0.0)
        assert boot is not None
        session.send(boot, now_s)
        answer = {"status": "Accepted", "currentTime": to_rfc3339(self.clock.now()), "interval": 300}
        session.received(json.dumps([3, boot.call.message_id, answer]), now_s)

    def said(self) -> list[tuple[str, Any]]:
        """Send and have answered what waits, and return it."""
        session, now_s, said = self.station.session, self.clock.monotonic_s(), []
        while (outgoing := session.next(now_s, 0.0)) is not None:
            self.station.schemas.check_request(outgoing.call.action, outgoing.call.payload)
            session.send(outgoing, now_s)
            session.received(json.dumps([3, outgoing.call.message_id, {}]), now_s)
            said.append((outgoing.call.action, outgoing.call.payload))
        return said

    async def get_diagnostics(self, **payload: object) -> Answer:
        """Ask for diagnostics."""
        answer = await get_diagnostics(self.station, self.conversation, payload)
        self.station.schemas.check_answer("GetDiagnostics", dict(answer.payload))
        return answer

    async def get_log(self, location: str) -> Answer:
        """Ask for a log."""
        payload = {"logType": "DiagnosticsLog", "requestId": 3, "log": {"remoteLocation": location}}
        answer = await get_log(self.station, self.conversation, payload)
        self.station.schemas.check_answer("GetLog", dict(answer.payload))
        return answer

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Let the loop run until it is so."""
        async with asyncio.timeout(LIMIT_S):
            while not is_so():  # noqa: ASYNC110 -- nothing tells that a transfer is over
                await asyncio.sleep(0)

    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        uploads = self.station.uploads
        return uploads.diagnostics_status == "Idle" and uploads.log_status == {"status": "Idle"}


def play(folder: Path, act: Callable[[Scene], Awaitable[None]], *, control: bool = True) -> None:
    """Play one scene."""

    async def run() -> None:
        scene = Scene(folder, control=control)
        try:
            async with await asyncio.start_server(scene.serve, "127.0.0.1", 0) as server:
                scene.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
                await act(scene)
                await scene.station.uploads.aclose()
        finally:
            scene.store.close()

    asyncio.run(run())


def test_diagnostics_are_named_in_the_answer_and_told_after_it(tmp_path: Path) -> None:
    """No notification leaves before the answer did; then come `Uploading` and `Uploaded`."""

    async def act(scene: Scene) -> None:
        scene.connect()
        answer = await scene.get_diagnostics(location=scene.url, retries=1, x_vendor="ignored")
        assert answer.payload == {"fileName": NAME}
        await scene.until(scene.is_idle)
        assert scene.said() == []
        assert answer.then is not None
        await answer.then()
        action = "DiagnosticsStatusNotification"
        assert scene.said() == [(action, {"status": "Uploading"}), (action, {"status": "Uploaded"})]
        assert scene.conversation.looks == 2
        assert scene.station.has_work.is_set()

    play(tmp_path, act)


def test_a_log_is_named_in_the_answer_and_told_with_its_number(tmp_path: Path) -> None:
    """What happens after the answer is told as it happens; a second log cancels the first."""

    async def act(scene: Scene) -> None:
        scene.connect()
        scene.go_on.clear()
        answer = await scene.get_log(scene.url)
        assert answer.payload == {"status": "Accepted", "filename": NAME}
        assert answer.then is not None
        await answer.then()
        await scene.until(lambda: scene.bodies == 1)
        assert scene.said() == [("LogStatusNotification", {"status": "Uploading", "requestId": 3})]
        scene.go_on.set()
        await scene.until(scene.is_idle)
        assert scene.said() == [("LogStatusNotification", {"status": "Uploaded", "requestId": 3})]
        await scene.get_log(scene.url)
        assert (await scene.get_log(scene.url)).payload["status"] == "AcceptedCanceled"

    play(tmp_path, act)


def test_notifications_without_a_line_are_lost_and_the_upload_goes_on(tmp_path: Path) -> None:
    """They are not durable: after the reconnect nothing old is told, and the present state can be asked for."""

    async def act(scene: Scene) -> None:
        answer = await scene.get_log(scene.url)
        assert scene.station.uploads.log_status == {"status": "Uploading", "requestId": 3}
        assert answer.then is not None
        await answer.then()
        await scene.until(scene.is_idle)
        scene.connect()
        assert scene.said() == []
        assert scene.bodies == 1

    play(tmp_path, act)


def test_a_location_of_no_use_is_answered_without_a_file(tmp_path: Path) -> None:
    """`{}` says that there is no file, `Rejected` that there will be no log; nothing is told then."""

    async def act(scene: Scene) -> None:
        scene.connect()
        assert await scene.get_diagnostics(location=NOWHERE) == Answer({})
        assert await scene.get_log(NOWHERE) == Answer({"status": "Rejected"})
        assert scene.is_idle()
        assert scene.said() == []

    play(tmp_path, act)


def test_a_central_system_without_control_gets_no_log(tmp_path: Path) -> None:
    """The journal tells when somebody was at home: who only gets reports does not get it."""

    async def act(scene: Scene) -> None:
        scene.connect()
        assert await scene.get_diagnostics(location=scene.url) == Answer({})
        assert await scene.get_log(scene.url) == Answer({"status": "Rejected"})
        assert scene.is_idle()
        assert scene.bodies == 0

    play(tmp_path, act, control=False)


@pytest.mark.parametrize("control", [True, False])
def test_a_question_out_of_shape_is_refused_without_its_location(tmp_path: Path, *, control: bool) -> None:
    """The error names the field, and never the password that a location may hold."""

    async def act(scene: Scene) -> None:
        with pytest.raises(PayloadError) as without:
            await scene.get_diagnostics(retries=1)
        assert "location" in str(without.value)
        with pytest.raises(PayloadError) as long:
            await scene.get_log("ftp://me:secret@host/" + "x" * 600)
        assert "secret" not in str(long.value)

    play(tmp_path, act, control=control)
