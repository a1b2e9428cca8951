"""The place for uploads: a real server on loopback, real files."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bridge.central import upload_folder
from bridge.central.house import CentralHouse
from bridge.central.options import CentralOptions
from bridge.central.upload_folder import UploadFolder, safe_name
from bridge.central.uploads import LIFETIME_S, MOST_OPEN, SILENCE_S, Uploads
from bridge.engine.board import Board, StationCard
from bridge.engine.recorder import Recorder
from bridge.serving import RETRY_S
from bridge.store.sqlite import open_store
from tests.clock import FakeClock
from tests.engine.fakes import DirectDesk

LIMIT_S = 10.0


@dataclass
class Scene:
    """A server for uploads."""

    uploads: Uploads
    clock: FakeClock
    card: StationCard
    folder: Path
    board: Board

    def target(self) -> str:
        """Return the path of a new address."""
        url = self.uploads.target("carport", "127.0.0.1")
        assert url is not None
        assert url.startswith(f"http://127.0.0.1:{self.uploads.port}/")
        return url.removeprefix(f"http://127.0.0.1:{self.uploads.port}")

    async def send(self, text: bytes) -> int:
        """Send this and return the status of the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.uploads.port)
        try:
            writer.write(text)
            async with asyncio.timeout(LIMIT_S):
                answer = await reader.read()
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        return int(answer.split(b" ")[1])

    async def put(self, path: str, body: bytes, method: str = "PUT") -> int:
        """Upload, and return the status of the answer."""
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        return await self.send(head.encode() + body)

    def files(self) -> dict[str, bytes]:
        """Return what lies in the charger's folder."""
        return {path.name: path.read_bytes() for path in sorted((self.folder / "carport").glob("*"))}

    def around(self) -> set[str]:
        """Return what lies beside the folder."""
        return {path.name for path in self.folder.parent.iterdir()}

    @property
    def remarks(self) -> list[str]:
        """What the card says."""
        return [remark.text for remark in self.card.remarks]


def played(tmp_path: Path, play: Callable[[Scene], Awaitable[None]], **options: Any) -> None:
    """Play a scene with a server."""

    async def all_of_it() -> None:
        async with serving(tmp_path, **options) as scene:
            await play(scene)

    asyncio.run(all_of_it())


@contextlib.asynccontextmanager
async def serving(tmp_path: Path, port: int = 0, *, wait: bool = True) -> AsyncIterator[Scene]:
    """Serve on loopback."""
    clock = FakeClock()
    board = Board(clock.now(), "home")
    card = board.stations["carport"] = StationCard("carport", "CP1", 0)
    options = CentralOptions(host="127.0.0.1", upload_port=port)
    with open_store(tmp_path / "store.sqlite") as store:
        desk = DirectDesk(store)
        house = CentralHouse(options, desk, Recorder(desk, clock, board), board, clock, tmp_path)
        uploads = Uploads(house)
        running = asyncio.ensure_future(uploads.run())
        try:
            if wait:
                async with asyncio.timeout(LIMIT_S):
                    await uploads.listening.wait()
            yield Scene(uploads, clock, card, tmp_path / "uploads", board)
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running


def test_a_file_is_kept_under_a_safe_name_and_told(tmp_path: Path) -> None:
    """Only this user may read it; the card names it."""

    async def play(scene: Scene) -> None:
        assert await scene.put(f"{scene.target()}log%20%C3%A4.gz", b"abc") == 201
        assert scene.files() == {"20250303T120000Z-log_.gz": b"abc"}
        (path,) = (scene.folder / "carport").iterdir()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert scene.remarks == ["log_.gz has come (3 bytes): uploads/carport/20250303T120000Z-log_.gz"]

    played(tmp_path, play)


@pytest.mark.parametrize("path", ["", "/..", "/.hidden", "/%2e%2e%2f%2e%2e%2fetc%2fpasswd"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, path: str) -> None:
    """A name is one name, and none at all is `log`."""

    async def play(scene: Scene) -> None:
        status = await scene.put(scene.target().rstrip("/") + path, b"abc", "POST")
        names = list(scene.files())
        assert status == 404 if "etc" in path else names in (["20250303T120000Z-log"], ["20250303T120000Z-hidden"])
        assert scene.around() <= {"uploads", "store.sqlite", "store.sqlite-wal", "store.sqlite-shm"}

    played(tmp_path, play)


def test_an_address_is_for_one_file_and_for_an_hour(tmp_path: Path) -> None:
    """The same upload may come again; another may not."""

    async def play(scene: Scene) -> None:
        path = scene.target()
        assert await scene.put(f"{path}a.log", b"first") == 201
        await scene.clock.advance(60)
        assert await scene.put(f"{path}a.log", b"second") == 201
        assert await scene.put(f"{path}b.log", b"other") == 404
        assert scene.files() == {"20250303T120000Z-a.log": b"second"}
        await scene.clock.advance(LIFETIME_S)
        assert await scene.put(f"{path}a.log", b"third") == 404
        assert scene.files() == {"20250303T120000Z-a.log": b"second"}

    played(tmp_path, play)


def test_everything_else_is_not_found(tmp_path: Path) -> None:
    """Reading, guessing and looking around."""

    async def play(scene: Scene) -> None:
        path = scene.target()
        assert await scene.put(f"{path}a", b"abc") == 201
        for method, asked in (
            ("GET", f"{path}a"),
            ("HEAD", path),
            ("DELETE", f"{path}a"),
            ("PUT", "/"),
            ("PUT", "/wrong/a"),
            ("PUT", f"{path}a/b"),
            ("GET", "/carport"),
        ):
            assert await scene.put(asked, b"", method) == 404

    played(tmp_path, play)


def test_what_is_too_large_is_not_kept(tmp_path: Path) -> None:
    """Whether it says so before or is only found to be."""

    async def play(scene: Scene) -> None:
        path = scene.target()
        head = f"PUT {path}a HTTP/1.1\r\nHost: x\r\nContent-Length: 50000001\r\n\r\n".encode()
        assert await scene.send(head) == 413
        piece = b"F4240\r\n" + bytes(1_000_000) + b"\r\n"
        head = f"PUT {path}a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        assert await scene.send(head + piece * 50 + b"1\r\nx\r\n") == 413
        assert scene.files() == {}
        assert scene.remarks == ["a was not taken: it has more than 50 MB"] * 2

    played(tmp_path, play)


def test_a_broken_or_silent_upload_leaves_nothing(tmp_path: Path) -> None:
    """The station may try again with the same address."""

    async def play(scene: Scene) -> None:
        path = scene.target()
        head = f"PUT {path}a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc".encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", scene.uploads.port)
        writer.write(head)
        await scene.clock.until_parked()
        writer.close()
        await writer.wait_closed()
        async with asyncio.timeout(LIMIT_S):
            while not scene.remarks:  # noqa: ASYNC110 -- a card has no event
                await asyncio.sleep(0.005)
        del reader
        silent = asyncio.ensure_future(scene.send(head))
        while not silent.done():
            with contextlib.suppress(TimeoutError):
                await scene.clock.until_parked(limit_s=0.2)
            await scene.clock.advance(SILENCE_S)
        assert await silent == 408
        assert scene.files() == {}
        assert scene.remarks == [
            "a was not taken: the line broke before its end",
            "a was not taken: nothing came for 60 s",
        ]
        assert await scene.put(f"{path}a", b"whole") == 201

    played(tmp_path, play)


def test_addresses_are_bounded_and_unlike_each_other(tmp_path: Path) -> None:
    """Of too many the oldest is forgotten."""

    async def play(scene: Scene) -> None:
        paths = [scene.target() for _ in range(MOST_OPEN + 1)]
        assert len(set(paths)) == len(paths)
        assert await scene.put(f"{paths[0]}a", b"abc") == 404
        assert await scene.put(f"{paths[1]}a", b"abc") == 201

    played(tmp_path, play)


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "[fe80::1]"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("bridge.local", "bridge.local"),
    ],
)
def test_the_address_is_the_one_under_which_the_station_reaches_us(tmp_path: Path, host: str, shown: str) -> None:
    """As it stands in a URL."""

    async def play(scene: Scene) -> None:
        url = scene.uploads.target("carport", host)
        assert url is not None
        assert url.startswith(f"http://{shown}:{scene.uploads.port}/")

    played(tmp_path, play)


def test_a_port_that_is_taken_is_tried_again(tmp_path: Path) -> None:
    """The board says why; until then there is no address to give."""

    async def all_of_it() -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            async with serving(tmp_path, port, wait=False) as scene:
                await scene.clock.until_parked()
                assert scene.uploads.target("carport", "127.0.0.1") is None
                assert "upload_port" in scene.board.notes["central upload_port"]
                other.close()
                await scene.clock.advance(RETRY_S)
                async with asyncio.timeout(LIMIT_S):
                    await scene.uploads.listening.wait()
                assert scene.uploads.port == port
                assert scene.board.notes == {}

    asyncio.run(all_of_it())


def test_a_disk_that_takes_nothing_is_said(tmp_path: Path) -> None:
    """The station is told, and so is the card."""

    async def play(scene: Scene) -> None:
        scene.folder.write_text("no folder")
        assert await scene.put(f"{scene.target()}a", b"abc") == 507
        assert scene.remarks[0].startswith("a could not be kept: ")

    played(tmp_path, play)


def test_of_too_many_files_the_oldest_go(tmp_path: Path) -> None:
    """At most a hundred of a charger, and at most so many bytes; the newest always stays."""
    folder = UploadFolder(tmp_path)
    clock = FakeClock()
    for number in range(upload_folder.MOST_FILES + 5):
        place = folder.place("carport", f"{number}.log", clock.now())
        part, file = folder.begin(place, "token")
        file.write(b"x")
        folder.finish(file, part, place)
        clock.jump(1)
    names = sorted(path.name for path in (tmp_path / "carport").iterdir())
    assert len(names) == upload_folder.MOST_FILES
    assert names[0].endswith("-5.log")
    place = folder.place("carport", "big.log", clock.now())
    part, file = folder.begin(place, "token")
    file.truncate(upload_folder.MOST_BYTES + 1)
    folder.finish(file, part, place)
    assert [path.name for path in (tmp_path / "carport").iterdir()] == [place.name]


def test_what_an_earlier_run_left_is_swept_away(tmp_path: Path) -> None:
    """Unfinished files only."""
    folder = UploadFolder(tmp_path)
    place = folder.place("carport", "a", FakeClock().now())
    _, file = folder.begin(place, "token")
    file.close()
    (tmp_path / "carport" / "kept").write_text("x")
    folder.sweep()
    assert [path.name for path in (tmp_path / "carport").iterdir()] == ["kept"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [("a b/c\\d", "a_b_c_d"), ("..", "log"), ("", "log"), ("x" * 300, "x" * 100), ("\u00e4.gz", "_.gz")],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    """Letters, digits, and three signs."""
    assert safe_name(name) == safe
