from __future__ import annotations

import asyncio
import base64
import gzip
import json
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bridge.errors import StoreError
from bridge.store.sqlite import open_store
from bridge.types.charger import ChargerIdentity
from bridge.types.journal import EntryKind
from bridge.types.ocpp.base import from_ocpp
from bridge.types.ocpp.v16.diagnostics import GetDiagnosticsRequest, GetLogRequest, LogStatus
from bridge.uplink.dialect import Wording
from bridge.uplink.uploads.uploads import ATTEMPT_LIMIT_S, LARGEST_TEXT_BYTES, LONGEST_INTERVAL_S, MOST_REPEATS, Uploads
from tests.clock import FakeClock
from tests.engine.fakes import DirectDesk
from tests.store.stores import session_of
from tests.uplink.foreign.certificates import Authority

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DIAGNOSTICS_NAME = "garage-diagnostics-20260310T120000Z.jsonl.gz"
SECURITY_NAME = "garage-security-20260310T120000Z.jsonl.gz"
CARD = "04A1B2C3"
LIMIT_S = 10.0
UPLOADING = ("LogStatusNotification", {"status": "Uploading", "requestId": 7})
UPLOADED = ("LogStatusNotification", {"status": "Uploaded", "requestId": 7})


def failed(status: str, request_id: int = 7) -> tuple[str, dict[str, Any]]:
    return "LogStatusNotification", {"status": status, "requestId": request_id}


# --- servers ---------------------------------------------------------------------------------------------------------


@dataclass
class Taken:
    """One request."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpTaker:
    """An HTTP server on loopback that answers with these statuses, the last one for ever; None is silence."""

    statuses: Sequence[int | None]
    url: str = ""
    taken: list[Taken] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request and answer it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        status = self.statuses[min(len(self.taken), len(self.statuses) - 1)]
        self.taken.append(Taken(method, target, headers, body))
        self.came.set()
        if status is None:
            await reader.read()
            return
        location = "Location: /elsewhere/\r\n" if status in range(300, 400) else ""
        writer.write(f"HTTP/1.1 {status} Word\r\n{location}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()


@dataclass
class FtpTaker:
    """An FTP server on loopback with one user; knows passive mode and STOR. `refused` are commands it denies."""

    refused: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    url: str = ""
    folder: list[str] = field(default_factory=list)
    login: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Follow one client's commands until it leaves."""
        self.came.set()
        if self.silent:
            await reader.read()
            return
        stored: asyncio.Queue[bytes] = asyncio.Queue()

        async def take(data: asyncio.StreamReader, sender: asyncio.StreamWriter) -> None:
            try:
                stored.put_nowait(await data.read())
            finally:
                sender.close()

        async with await asyncio.start_server(take, "127.0.0.1", 0) as passive:
            port = passive.sockets[0].getsockname()[1]
            writer.write(b"220 ready\r\n")
            while line := (await reader.readline()).decode().strip():
                command, _, given = line.partition(" ")
                if command == "STOR" and command not in self.refused:
                    writer.write(b"150 go on\r\n")
                    self.files["/".join([*self.folder, given])] = await stored.get()
                writer.write(f"{self.refused.get(command) or self._reply(command, given, port)}\r\n".encode())
                if command == "QUIT":
                    return

    def _reply(self, command: str, given: str, port: int) -> str:
        if command in ("USER", "PASS"):
            self.login.append(given)
        elif command == "CWD":
            self.folder.append(given)
        passive = f"227 passive (127,0,0,1,{port // 256},{port % 256})"
        return {**_FTP_REPLIES, "PASV": passive}.get(command, "502 what?")


_FTP_REPLIES = {
    "USER": "331 and?",
    "PASS": "230 welcome",
    "CWD": "250 there",
    "TYPE": "200 binary",
    "STOR": "226 stored",
    "QUIT": "221 bye",
}


Taker = TypeVar("Taker", HttpTaker, FtpTaker)


@asynccontextmanager
async def serving(taker: Taker, scheme: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[Taker]:
    """Let it listen on a free port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await taker.serve(reader, writer)
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls) as server:
        taker.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield taker


async def reached(server: HttpTaker | FtpTaker) -> None:
    """Wait until somebody has come."""
    async with asyncio.timeout(LIMIT_S):
        await server.came.wait()


# --- the scene -------------------------------------------------------------------------------------------------------


class NotedClock(FakeClock):
    """Notes every sleep, and tells when somebody sleeps so long."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self.slept: list[float] = []
        self.new_sleep = asyncio.Event()

    async def sleep(self, delay_s: float) -> None:
        """Park as before."""
        self.slept.append(delay_s)
        self.new_sleep.set()
        await super().sleep(delay_s)

    async def until_slept(self, delay_s: float, number: int) -> None:
        """Wait until somebody has begun the sleep of this length and number."""
        async with asyncio.timeout(LIMIT_S):
            while self.slept.count(delay_s) < number:
                self.new_sleep.clear()
                await self.new_sleep.wait()

    async def pass_sleep(self, delay_s: float, number: int) -> None:
        """Wait likewise, and let its time pass."""
        await self.until_slept(delay_s, number)
        await self.advance(delay_s)

    @property
    def pauses(self) -> list[float]:
        """Sleeps between attempts."""
        return [delay_s for delay_s in self.slept if delay_s != ATTEMPT_LIMIT_S]


class Scene:
    """Uploads of the charger `garage` to the central system `home`, on a real store."""

    def __init__(self, folder: Path, most_bytes: int = LARGEST_TEXT_BYTES) -> None:
        self.clock = NotedClock()
        self.store = open_store(folder)
        self.desk = DirectDesk(self.store)
        self.uploads = Uploads("garage → home", "garage", "home", self.desk, self.clock, most_bytes=most_bytes)
        self.told: list[tuple[str, dict[str, Any]]] = []
        self._news = asyncio.Event()

    def tell(self, wording: Wording) -> None:
        """Take a notification."""
        self.told.append((wording.action, wording.payload))
        self._news.set()

    async def until_told(self, count: int) -> None:
        """Wait for this many notifications."""
        async with asyncio.timeout(LIMIT_S):
            while len(self.told) < count:
                self._news.clear()
                await self._news.wait()

    def get_log(self, location: str, request_id: int = 7, **given: object) -> tuple[LogStatus, str | None]:
        """Ask for a log; `oldestTimestamp`, `latestTimestamp` and `logType` go where they belong."""
        log = {"remoteLocation": location} | {key: given.pop(key) for key in list(given) if key.endswith("Timestamp")}
        payload = {"logType": "DiagnosticsLog", "requestId": request_id, "log": log, **given}
        return self.uploads.start_log(from_ocpp(GetLogRequest, payload), self.tell)

    def get_diagnostics(self, location: str, **given: object) -> str | None:
        """Ask for diagnostics."""
        request = from_ocpp(GetDiagnosticsRequest, {"location": location, **given})
        return self.uploads.start_diagnostics(request, self.tell)

    def journal(self, kind: EntryKind, *, minutes: float = 0, charger: str = "garage", **body: object) -> None:
        """Add an entry."""
        self.store.append(kind, charger, NOW + timedelta(minutes=minutes), body)


def play(folder: Path, act: Callable[[Scene], Any], most_bytes: int = LARGEST_TEXT_BYTES) -> None:
    """Play one scene."""

    async def run() -> None:
        scene = Scene(folder, most_bytes)
        try:
            await act(scene)
        finally:
            await scene.uploads.aclose()
            scene.store.close()

    asyncio.run(run())


def unpacked(body: bytes) -> list[dict[str, Any]]:
    """Return the JSON lines of a file, the head left out."""
    return [json.loads(line) for line in gzip.decompress(body).splitlines()][1:]


def eventful(scene: Scene) -> None:
    """Fill the journal with a bit of everything."""
    scene.journal(EntryKind.STATUS, minutes=-9, connector_id=1, status="charging", previous="preparing", raw="C")
    scene.journal(EntryKind.STATUS, minutes=-8, charger="neighbour", connector_id=1, status="charging")
    scene.journal(EntryKind.HEALTH, minutes=-7, health="silent", previous="well", last_heard_us=1)
    scene.journal(EntryKind.CLOCK_JUMP, minutes=-6, charger="", jump_s=7200.0)
    scene.journal(EntryKind.REGISTER_RESET, minutes=-5, connector_id=1, before_wh=9.0, after_wh=0.0)
    given = {"connector_id": 1, "id_token": CARD}
    asked: dict[str, Any] = {"command": "start_charging", "origin": "ocpp home", "given": given}
    scene.journal(EntryKind.COMMAND, minutes=-4, **asked, phase="asked")
    refused: dict[str, Any] = {"phase": "outcome", "status": "refused", "detail": f"Card {CARD} is unknown."}
    scene.journal(EntryKind.COMMAND, minutes=-4, **asked, **refused)
    limit: dict[str, Any] = {
        "command": "limit_current",
        "given": {"connector_id": 1, "limit_a": 6.0},
        "phase": "asked",
    }
    scene.journal(EntryKind.COMMAND, minutes=-3, **limit, origin="ocpp employer")
    scene.journal(EntryKind.SECURITY, minutes=-2, type="SettingSystemTime", info=None, critical=True)
    scene.journal(EntryKind.SECURITY, minutes=-2, type="InvalidMessages", info="x", critical=False, csms="home")
    scene.journal(EntryKind.SECURITY, minutes=-2, type="TamperDetectionActivated", info="y", csms="employer")
    scene.journal(EntryKind.READINGS, minutes=-1, from_s=1, to_s=2)
    scene.store.put_identity("garage", ChargerIdentity(vendor_name="Fake", serial_number="S-1"), NOW)
    scene.store.put_sessions("garage", [session_of("s-1", NOW)], NOW)


# --- what goes out ---------------------------------------------------------------------------------------------------


def test_diagnostics_are_the_journal_of_this_charger_without_drivers_and_sessions(tmp_path: Path) -> None:
    """States, health, resets, jumps, commands and security go out; id tags, sessions and strangers do not."""

    async def act(scene: Scene) -> None:
        eventful(scene)
        async with serving(HttpTaker([201]), "http") as server:
            assert scene.get_diagnostics(f"{server.url}/logs/") == DIAGNOSTICS_NAME
            await scene.until_told(2)
        (taken,) = server.taken
        assert (taken.method, taken.target) == ("PUT", f"/logs/{DIAGNOSTICS_NAME}")
        assert taken.headers["content-type"] == "application/gzip"
        assert "authorization" not in taken.headers
        text = gzip.decompress(taken.body).decode()
        assert not [word for word in (CARD, "S-1", "s-1", "employer", "neighbour") if word in text]
        head = json.loads(text.splitlines()[0])
        assert head["charger"] == "garage"
        assert head["made_at"] == "2026-03-10T12:00:00Z"
        lines = unpacked(taken.body)
        assert [line["kind"] for line in lines] == [
            *("status", "health", "clock_jump", "register_reset", "command", "command", "command"),
            *("security", "security"),
        ]
        status = {"connector_id": 1, "status": "charging", "previous": "preparing", "raw": "C"}
        assert lines[0] == {"seq": 1, "at": "2026-03-10T11:51:00Z", "kind": "status", **status}
        assert lines[4]["given"] == {"connector_id": 1, "id_token": "***"}
        assert lines[5]["detail"] == "Card *** is unknown."
        assert [line["origin"] for line in lines[4:7]] == ["ocpp home", "ocpp home", "another central system"]
        assert [line["type"] for line in lines[7:]] == ["SettingSystemTime", "InvalidMessages"]

    play(tmp_path, act)


def test_a_security_log_holds_the_events_of_this_central_system_and_of_all(tmp_path: Path) -> None:
    """What concerns another central system alone stays here."""

    async def act(scene: Scene) -> None:
        eventful(scene)
        async with serving(HttpTaker([200]), "http") as server:
            assert scene.get_log(f"{server.url}/", logType="SecurityLog") == (LogStatus.ACCEPTED, SECURITY_NAME)
            assert scene.uploads.log_status == {"status": "Uploading", "requestId": 7}
            assert scene.uploads.diagnostics_status == "Idle"
            await scene.until_told(2)
        types = [(line["kind"], line["type"]) for line in unpacked(server.taken[0].body)]
        assert types == [("security", "SettingSystemTime"), ("security", "InvalidMessages")]
        assert scene.told == [UPLOADING, UPLOADED]
        assert scene.uploads.log_status == {"status": "Idle"}

    play(tmp_path, act)


def test_the_range_that_was_asked_for_holds_with_both_its_ends(tmp_path: Path) -> None:
    """The oldest and the latest moment belong to it, for either question."""

    async def act(scene: Scene) -> None:
        for minute in range(6):
            scene.journal(EntryKind.CLOCK_JUMP, minutes=minute, jump_s=float(minute))
        first, last = "2026-03-10T13:01:00+01:00", "2026-03-10T12:03:00Z"
        async with serving(HttpTaker([200]), "http") as server:
            scene.get_log(server.url, oldestTimestamp=first, latestTimestamp=last)
            await scene.until_told(2)
            scene.get_diagnostics(server.url, startTime=first, stopTime=last)
            await scene.until_told(4)
            scene.get_diagnostics(server.url, stopTime=last)
            await scene.until_told(6)
        jumps = [[line["jump_s"] for line in unpacked(taken.body)] for taken in server.taken]
        assert jumps == [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [0.0, 1.0, 2.0, 3.0]]

    play(tmp_path, act)


def test_a_long_journal_goes_out_whole_in_pieces(tmp_path: Path) -> None:
    """More entries than one reading of the journal takes arrive all, in their order."""

    async def act(scene: Scene) -> None:
        with scene.store.transaction():
            for number in range(4321):
                scene.journal(EntryKind.CLOCK_JUMP, jump_s=float(number))
        async with serving(HttpTaker([200]), "http") as server:
            scene.get_diagnostics(server.url)
            await scene.until_told(2)
        assert [line["jump_s"] for line in unpacked(server.taken[0].body)] == [float(n) for n in range(4321)]

    play(tmp_path, act)


def test_a_file_that_becomes_too_large_ends_with_a_line_that_says_so(tmp_path: Path) -> None:
    """The bound holds for the text, and the reader learns that there was more."""

    async def act(scene: Scene) -> None:
        with scene.store.transaction():
            for number in range(100):
                scene.journal(EntryKind.CLOCK_JUMP, jump_s=float(number))
        async with serving(HttpTaker([200]), "http") as server:
            scene.get_diagnostics(server.url)
            await scene.until_told(2)
        body = server.taken[0].body
        *lines, last = unpacked(body)
        assert [line["jump_s"] for line in lines] == [float(n) for n in range(len(lines))]
        assert 0 < len(lines) < 100
        assert "3000 bytes" in last["cut"]
        assert len(gzip.decompress(body)) <= 3000 + 200

    play(tmp_path, act, most_bytes=3000)


# --- where it goes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "target", "name"),
    [
        ("", f"/{DIAGNOSTICS_NAME}", DIAGNOSTICS_NAME),
        ("/a/b/?key=1", f"/a/b/{DIAGNOSTICS_NAME}?key=1", DIAGNOSTICS_NAME),
        ("/a/my%20log.gz?sign=x%2By", "/a/my%20log.gz?sign=x%2By", "my log.gz"),
    ],
)
def test_a_folder_gets_the_file_s_name_and_a_file_is_taken_as_it_is(
    tmp_path: Path, location: str, target: str, name: str
) -> None:
    """A location that does not end with a slash already names the file; its query stays."""

    async def act(scene: Scene) -> None:
        async with serving(HttpTaker([200]), "http") as server:
            assert scene.get_diagnostics(server.url + location) == name
            await scene.until_told(2)
        assert server.taken[0].target == target

    play(tmp_path, act)


def test_user_and_password_become_basic_auth_and_are_nowhere_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the address that is asked for nor any log line holds them, whatever the level."""
    caplog.set_level(logging.DEBUG)

    async def act(scene: Scene) -> None:
        async with serving(HttpTaker([200, 403]), "http") as server:
            location = server.url.replace("://", "://us%40er:s%C3%A4cret@") + "/logs/"
            for count in (2, 4):
                scene.get_log(location)
                await scene.until_told(count)
        taken = server.taken[0]
        assert base64.b64decode(taken.headers["authorization"].removeprefix("Basic ")).decode() == "us@er:säcret"
        assert taken.target == f"/logs/{DIAGNOSTICS_NAME}"
        assert scene.told[-1] == failed("PermissionDenied")

    play(tmp_path, act)
    assert "was uploaded" in caplog.text
    assert "was not taken" in caplog.text
    assert not [word for word in ("s%C3%A4cret", "säcret", "us@er", "us%40er") if word in caplog.text]


@pytest.mark.parametrize(
    "location",
    [
        *("sftp://host/", "ftps://host/", "file:///etc/", "C:", "", "http://", "http://host:99999/", "http://[::1/"),
        *("ftp://host/a%0d%0aDELE%20b/", "ftp://us%0aer:x@host/", "http://host/\n", f"http://host/{'x' * 2100}/"),
    ],
)
def test_a_location_of_no_use_is_refused_at_once(tmp_path: Path, location: str) -> None:
    """Nothing begins, nothing is told, and what is under way goes on."""

    async def act(scene: Scene) -> None:
        async with serving(HttpTaker([None]), "http") as server:
            scene.get_log(server.url, request_id=1)
            await scene.until_told(1)
            if len(location) <= 512:
                assert scene.get_log(location) == (LogStatus.REJECTED, None)
            assert scene.get_diagnostics(location) is None
            assert scene.uploads.log_status == {"status": "Uploading", "requestId": 1}
            assert len(scene.told) == 1

    play(tmp_path, act)


def test_no_proxy_of_the_environment_sees_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The location is gone to straight away."""

    async def act(scene: Scene) -> None:
        async with serving(HttpTaker([200]), "http") as proxy, serving(HttpTaker([200]), "http") as server:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.url)
            for name in ("NO_PROXY", "no_proxy"):
                monkeypatch.delenv(name, raising=False)
            scene.get_log(server.url)
            await scene.until_told(2)
        assert (len(proxy.taken), len(server.taken)) == (0, 1)

    play(tmp_path, act)


@pytest.mark.parametrize("status", [405, 501])
def test_a_server_without_put_gets_a_post(tmp_path: Path, status: int) -> None:
    """The same file, whole, to the same address."""

    async def act(scene: Scene) -> None:
        eventful(scene)
        async with serving(HttpTaker([status, 201]), "http") as server:
            scene.get_log(server.url)
            await scene.until_told(2)
        put, post = server.taken
        assert (put.method, post.method) == ("PUT", "POST")
        assert (put.target, put.body) == (post.target, post.body)
        assert scene.told == [UPLOADING, UPLOADED]

    play(tmp_path, act)


@pytest.mark.parametrize(
    ("status", "word"),
    [
        *((401, "PermissionDenied"), (403, "PermissionDenied"), (400, "BadMessage"), (422, "BadMessage")),
        *((404, "UploadFailure"), (413, "UploadFailure"), (302, "UploadFailure")),
    ],
)
def test_what_waiting_does_not_help_is_told_and_not_repeated(tmp_path: Path, status: int, word: str) -> None:
    """A refusal has its own word; a redirect is not followed."""

    async def act(scene: Scene) -> None:
        async with serving(HttpTaker([status]), "http") as server:
            scene.get_log(server.url, retries=3, retryInterval=30)
            await scene.until_told(2)
        assert len(server.taken) == 1
        assert scene.told == [UPLOADING, failed(word)]

    play(tmp_path, act)


def test_a_server_that_takes_no_method_is_not_supported(tmp_path: Path) -> None:
    """PUT and POST were both refused."""

    async def act(scene: Scene) -> None:
        async with serving(HttpTaker([405]), "http") as server:
            scene.get_log(server.url)
            await scene.until_told(2)
        assert [taken.method for taken in server.taken] == ["PUT", "POST"]
        assert scene.told[-1] == failed("NotSupportedOperation")

    play(tmp_path, act)


# --- again and again -------------------------------------------------------------------------------------------------


def test_a_server_in_trouble_is_tried_again_after_the_interval(tmp_path: Path) -> None:
    """Each attempt sends the whole file; «Uploading» is told once."""

    async def act(scene: Scene) -> None:
        eventful(scene)
        async with serving(HttpTaker([500, 503, 200]), "http") as server:
            scene.get_log(server.url, retries=2, retryInterval=30)
            for number in (1, 2):
                await scene.clock.pass_sleep(30, number)
            await scene.until_told(2)
        assert scene.told == [UPLOADING, UPLOADED]
        assert scene.clock.pauses == [30, 30]
        assert len(server.taken) == 3
        assert len({taken.body for taken in server.taken}) == 1

    play(tmp_path, act)


@pytest.mark.parametrize(
    ("given", "pauses"),
    [
        ({"retries": 0, "retryInterval": 30}, []),
        ({"retries": -1, "retryInterval": 30}, []),
        ({}, [60.0] * 2),
        ({"retries": 99, "retryInterval": 86_400}, [LONGEST_INTERVAL_S] * MOST_REPEATS),
    ],
)
def test_attempts_and_pauses_are_bounded(tmp_path: Path, given: dict[str, int], pauses: list[float]) -> None:
    """Without retries it is tried once; without a word about them three times; never more than six times."""

    async def act(scene: Scene) -> None:
        async with serving(HttpTaker([500]), "http") as server:
            scene.get_log(server.url, **given)
            for number, pause_s in enumerate(pauses, 1):
                await scene.clock.pass_sleep(pause_s, number)
            await scene.until_told(2)
        assert scene.clock.pauses == pauses
        assert len(server.taken) == 1 + len(pauses)
        assert scene.told == [UPLOADING, failed("UploadFailure")]

    play(tmp_path, act)


def test_a_server_that_is_not_there_is_told_as_a_failure(tmp_path: Path) -> None:
    """Refused connections are tried again, and then told in the words of the question."""

    async def act(scene: Scene) -> None:
        async with serving(HttpTaker([200]), "http") as server:
            gone = server.url
        scene.get_diagnostics(gone, retries=1, retryInterval=5)
        assert scene.uploads.diagnostics_status == "Uploading"
        assert scene.uploads.log_status == {"status": "Idle"}
        await scene.clock.pass_sleep(5, 1)
        await scene.until_told(2)
        assert scene.told == [
            ("DiagnosticsStatusNotification", {"status": "Uploading"}),
            ("DiagnosticsStatusNotification", {"status": "UploadFailed"}),
        ]
        assert scene.uploads.diagnostics_status == "Idle"

    play(tmp_path, act)


def test_a_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    """An attempt has a limit, whatever the other side does."""

    async def act(scene: Scene) -> None:
        async with serving(HttpTaker([None]), "http") as server:
            scene.get_log(server.url, retries=0)
            await reached(server)
            await scene.clock.advance(ATTEMPT_LIMIT_S - 1)
            assert scene.told == [UPLOADING]
            await scene.clock.advance(1)
            await scene.until_told(2)
        assert scene.told == [UPLOADING, failed("UploadFailure")]

    play(tmp_path, act)


def test_a_certificate_that_nobody_vouches_for_is_not_believed(tmp_path: Path) -> None:
    """Nothing of the file is sent to a stranger."""
    pair = Authority(tmp_path).sign("stranger")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pair.cert, pair.key)

    async def act(scene: Scene) -> None:
        async with serving(HttpTaker([200]), "https", tls) as server:
            scene.get_log(server.url, retries=0)
            await scene.until_told(2)
        assert server.taken == []
        assert scene.told == [UPLOADING, failed("UploadFailure")]

    play(tmp_path / "store", act)


def test_a_store_that_cannot_be_read_is_a_failure_that_is_told(tmp_path: Path) -> None:
    """Nothing is sent, and the next wish is taken."""

    async def act(scene: Scene) -> None:
        async with serving(HttpTaker([200]), "http") as server:
            scene.desk.failing = StoreError("store", "it cannot be read")
            scene.get_log(server.url)
            await scene.until_told(2)
            assert server.taken == []
            assert scene.told == [UPLOADING, failed("UploadFailure")]
            scene.desk.failing = None
            assert scene.get_log(server.url)[0] is LogStatus.ACCEPTED
            await scene.until_told(4)
        assert scene.told[2:] == [UPLOADING, UPLOADED]

    play(tmp_path, act)


# --- one at a time ---------------------------------------------------------------------------------------------------


def test_a_second_log_takes_the_place_of_the_first(tmp_path: Path) -> None:
    """The answer says so, and who waited for the first learns that it failed."""

    async def act(scene: Scene) -> None:
        async with serving(HttpTaker([None]), "http") as slow, serving(HttpTaker([200]), "http") as server:
            scene.get_log(slow.url, request_id=1)
            await reached(slow)
            assert scene.get_log(server.url) == (LogStatus.ACCEPTED_CANCELED, DIAGNOSTICS_NAME)
            assert scene.uploads.log_status == {"status": "Uploading", "requestId": 7}
            await scene.until_told(4)
        assert scene.told == [failed("Uploading", 1), failed("UploadFailure", 1), UPLOADING, UPLOADED]
        assert len(server.taken) == 1

    play(tmp_path, act)


def test_wishes_that_follow_each_other_at_once_end_with_the_last(tmp_path: Path) -> None:
    """One that was replaced before it began is told too, and nothing of it is sent."""

    async def act(scene: Scene) -> None:
        async with serving(HttpTaker([200]), "http") as server:
            answers = [scene.get_log(f"{server.url}/{number}", request_id=number)[0] for number in (1, 2, 7)]
            await scene.until_told(4)
        assert answers == [LogStatus.ACCEPTED, LogStatus.ACCEPTED_CANCELED, LogStatus.ACCEPTED_CANCELED]
        assert scene.told == [failed("UploadFailure", 1), failed("UploadFailure", 2), UPLOADING, UPLOADED]
        assert [taken.target for taken in server.taken] == ["/7"]

    play(tmp_path, act)


def test_diagnostics_and_logs_take_each_other_s_place(tmp_path: Path) -> None:
    """There is one upload at a time, whichever question began it."""

    async def act(scene: Scene) -> None:
        async with serving(HttpTaker([None]), "http") as slow, serving(HttpTaker([200]), "http") as server:
            scene.get_diagnostics(slow.url)
            await reached(slow)
            assert scene.get_log(server.url)[0] is LogStatus.ACCEPTED_CANCELED
            await scene.until_told(4)
            said = "DiagnosticsStatusNotification"
            assert scene.told[:2] == [(said, {"status": "Uploading"}), (said, {"status": "UploadFailed"})]
            assert scene.told[2:] == [UPLOADING, UPLOADED]

    play(tmp_path, act)


def test_diagnostics_that_follow_diagnostics_tell_of_the_newer_only(tmp_path: Path) -> None:
    """A failure of the first would be taken for one of the second: no id tells them apart."""

    async def act(scene: Scene) -> None:
        async with serving(HttpTaker([None]), "http") as slow, serving(HttpTaker([200]), "http") as server:
            scene.get_diagnostics(slow.url)
            await reached(slow)
            scene.get_diagnostics(server.url)
            await scene.until_told(3)
        assert [payload["status"] for _, payload in scene.told] == ["Uploading", "Uploading", "Uploaded"]

    play(tmp_path, act)


def test_closing_gives_up_what_is_under_way_and_tells_nobody(tmp_path: Path) -> None:
    """The end of the program waits for no upload."""

    async def act(scene: Scene) -> None:
        await scene.uploads.aclose()
        async with serving(HttpTaker([None]), "http") as slow:
            scene.get_log(slow.url)
            await reached(slow)
            async with asyncio.timeout(LIMIT_S):
                await scene.uploads.aclose()
            assert scene.told == [UPLOADING]
            assert scene.uploads.log_status == {"status": "Idle"}

    play(tmp_path, act)


# --- FTP -------------------------------------------------------------------------------------------------------------


def test_an_ftp_server_gets_the_file_in_its_folder(tmp_path: Path) -> None:
    """With the user of the location, folder by folder, in passive mode."""

    async def act(scene: Scene) -> None:
        eventful(scene)
        async with serving(FtpTaker(), "ftp") as server:
            scene.get_diagnostics(server.url.replace("://", "://us%40er:pass@") + "/a%20b/c/")
            await scene.until_told(2)
        assert server.login == ["us@er", "pass"]
        assert [payload["status"] for _, payload in scene.told] == ["Uploading", "Uploaded"]
        (name,) = server.files
        assert name == f"a b/c/{DIAGNOSTICS_NAME}"
        assert len(unpacked(server.files[name])) == 9

    play(tmp_path, act)


def test_an_ftp_server_without_a_user_gets_an_anonymous_one(tmp_path: Path) -> None:
    """And the location's own file name where it has one."""

    async def act(scene: Scene) -> None:
        async with serving(FtpTaker(), "ftp") as server:
            assert scene.get_log(f"{server.url}/mine.gz") == (LogStatus.ACCEPTED, "mine.gz")
            await scene.until_told(2)
        assert server.login[0] == "anonymous"
        assert list(server.files) == ["mine.gz"]

    play(tmp_path, act)


@pytest.mark.parametrize(
    ("command", "reply", "word"),
    [
        *(("PASS", "530 no", "PermissionDenied"), ("STOR", "550 no", "PermissionDenied")),
        *(("PASV", "502 no", "NotSupportedOperation"), ("STOR", "552 full", "UploadFailure")),
    ],
)
def test_what_an_ftp_server_refuses_is_told_and_not_repeated(
    tmp_path: Path, command: str, reply: str, word: str
) -> None:
    """Its code has a word of OCPP's."""

    async def act(scene: Scene) -> None:
        async with serving(FtpTaker({command: reply}), "ftp") as server:
            scene.get_log(server.url, retries=3)
            await scene.until_told(2)
        assert scene.told == [UPLOADING, failed(word)]
        assert scene.clock.pauses == []

    play(tmp_path, act)


def test_an_ftp_server_that_is_busy_is_tried_again(tmp_path: Path) -> None:
    """A code that begins with 4 passes by itself."""

    async def act(scene: Scene) -> None:
        async with serving(FtpTaker({"STOR": "450 busy"}), "ftp") as server:
            scene.get_log(server.url, retries=1, retryInterval=30)
            await scene.clock.until_slept(30, 1)
            server.refused.clear()
            await scene.clock.advance(30)
            await scene.until_told(2)
        assert scene.told == [UPLOADING, UPLOADED]

    play(tmp_path, act)


def test_a_silent_ftp_server_holds_up_nobody(tmp_path: Path) -> None:
    """Its thread is left alone, and the next upload has another one."""

    async def act(scene: Scene) -> None:
        async with serving(FtpTaker(silent=True), "ftp") as silent, serving(FtpTaker(), "ftp") as server:
            scene.get_log(silent.url, request_id=1)
            await reached(silent)
            assert scene.get_log(server.url)[0] is LogStatus.ACCEPTED_CANCELED
            await scene.until_told(4)
        assert scene.told[-1] == UPLOADED
        assert list(server.files) == [DIAGNOSTICS_NAME]

    play(tmp_path, act)
