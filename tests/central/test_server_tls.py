from __future__ import annotations

import asyncio
import logging
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidHandshake

from bridge.central.house import Member
from bridge.central.options import CentralOptions
from bridge.central.roster import Roster
from bridge.central.server import CentralServer
from bridge.central.tls import Certificates, names_of
from bridge.serving import ServerStartError
from tests.central.stations import (
    BOOT_V16,
    LIMIT_S,
    PASSWORD,
    FakeMember,
    Scene,
    Station,
    a_house,
    member,
    serving,
)
from tests.clock import FakeClock
from tests.uplink.foreign.certificates import Authority, Pair


@dataclass(frozen=True, slots=True)
class Papers:
    """Who signs, and what the server has."""

    authority: Authority
    server: Pair

    def options(self) -> dict[str, Any]:
        """Return what is set in the config."""
        files = {
            "certificate_file": self.server.cert,
            "key_file": self.server.key,
            "client_ca_file": self.authority.cert,
        }
        return {"tls_port": 0, **{key: str(file) for key, file in files.items()}}

    def station(self, pair: Pair | None = None) -> ssl.SSLContext:
        """Return the TLS side of a station, with a certificate or without one."""
        context = ssl.create_default_context(cafile=self.authority.cert)
        if pair is not None:
            context.load_cert_chain(pair.cert, pair.key)
        return context


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Make an authority and the server's certificate."""
    authority = Authority(tmp_path_factory.mktemp("papers"))
    return Papers(authority, authority.sign("server"))


def sign_expired(authority: Authority, folder: Path, name: str) -> Pair:
    """Make a certificate that ended yesterday."""
    valid = authority.sign(name)
    made, request = Pair(folder / "expired.pem", valid.key), folder / "expired.csr"
    openssl = shutil.which("openssl")
    assert openssl is not None, "the authority has used it"
    signer = ("-CA", authority.cert, "-CAkey", authority.cert.with_suffix(".key"), "-CAcreateserial", "-days", "-1")
    for command in (
        ("req", "-new", "-key", valid.key, "-subj", f"/CN={name}", "-out", request),
        ("x509", "-req", "-in", request, *signer, "-out", made.cert),
    ):
        subprocess.run([openssl, *command], check=True, capture_output=True, timeout=60)
    return made


async def not_believed(scene: Scene, tls: ssl.SSLContext) -> None:
    """Connect with a certificate that is not believed: in TLS 1.3 that shows only after the handshake."""
    with pytest.raises((ssl.SSLError, ConnectionError, EOFError, InvalidHandshake)):
        async with scene.station(tls=tls):
            raise AssertionError("it came in")


@asynccontextmanager
async def encrypted(folder: Path, papers: Papers, *members: Member, **options: Any) -> AsyncIterator[Scene]:
    """Serve with TLS beside the plain port."""
    async with serving(folder, members, **papers.options(), **options) as scene:
        yield scene


def test_profile_2_comes_in_over_tls(tmp_path: Path, papers: Papers) -> None:
    """With the right password; with a wrong one it does not, and over the plain port not at all."""

    async def scene() -> None:
        async with encrypted(tmp_path, papers, member(profile=2, password=PASSWORD)) as scene:
            async with scene.station(password=PASSWORD, tls=papers.station()) as station:
                await station.heartbeat()
                assert scene.members["CP1"].local_hosts == ["127.0.0.1"]
            assert (await scene.refused(password="wrong", tls=papers.station())).response.status_code == 401
            assert (await scene.refused(password=PASSWORD)).response.status_code == 403

    asyncio.run(scene())


def test_profile_3_comes_in_with_its_certificate(tmp_path: Path, papers: Papers) -> None:
    """Another's and none are refused with 403, and the card says whose it was."""

    async def scene() -> None:
        async with encrypted(tmp_path, papers, member(profile=3)) as scene:
            async with scene.station(tls=papers.station(papers.authority.sign("CP1"))) as station:
                await station.heartbeat()
            other = papers.station(papers.authority.sign("CP2"))
            assert (await scene.refused(tls=other)).response.status_code == 403
            assert "CP2" in str(scene.card.error)
            assert (await scene.refused(tls=papers.station())).response.status_code == 403
            assert (await scene.refused()).response.status_code == 403

    asyncio.run(scene())


def test_certificate_of_a_stranger_is_not_believed(
    tmp_path: Path, papers: Papers, caplog: pytest.LogCaptureFixture
) -> None:
    """Though it bears the right name; the log says what is wrong, and others come in."""

    async def scene() -> None:
        stranger = Authority(tmp_path, "stranger").sign("CP1")
        async with encrypted(tmp_path, papers, member(profile=3)) as scene:
            await not_believed(scene, papers.station(stranger))
            assert scene.members["CP1"].talks == []
            async with scene.station(tls=papers.station(papers.authority.sign("CP1"))) as station:
                await station.heartbeat()

    asyncio.run(scene())
    assert "certificate is not believed" in caplog.text
    assert "client_ca_file" in caplog.text


def test_certificate_that_has_expired_is_not_believed(
    tmp_path: Path, papers: Papers, caplog: pytest.LogCaptureFixture
) -> None:
    """TLS itself refuses it, and the log says why."""

    async def scene() -> None:
        expired = sign_expired(papers.authority, tmp_path, "CP1")
        async with encrypted(tmp_path, papers, member(profile=3)) as scene:
            await not_believed(scene, papers.station(expired))
            assert scene.members["CP1"].talks == []

    asyncio.run(scene())
    assert "certificate has expired" in caplog.text


def test_old_tls_is_not_spoken(tmp_path: Path, papers: Papers) -> None:
    """1.2 is the least [spec]."""
    assert _server_side(papers).minimum_version is ssl.TLSVersion.TLSv1_2
    assert _server_side(papers).verify_mode is ssl.CERT_OPTIONAL
    del tmp_path


def _server_side(papers: Papers) -> ssl.SSLContext:
    return Certificates(CentralOptions.model_validate(papers.options())).context()


def test_plain_words_on_the_tls_port_do_no_harm(tmp_path: Path, papers: Papers) -> None:
    """And TLS on the plain one neither; both ports go on."""

    async def scene() -> None:
        async with encrypted(tmp_path, papers, member()) as scene:
            reader, writer = await asyncio.open_connection("127.0.0.1", scene.server.tls_port)
            writer.write(b"GET /CP1 HTTP/1.1\r\n\r\n")
            async with asyncio.timeout(LIMIT_S):
                await reader.read()
            writer.close()
            with pytest.raises((ssl.SSLError, ConnectionError, EOFError)):
                await Station.open(scene.url().replace("ws:", "wss:"), ["ocpp1.6"], tls=papers.station())
            for tls in (None, papers.station()):
                async with scene.station(tls=tls) as station:
                    await station.heartbeat()

    asyncio.run(scene())


def test_connection_that_says_nothing_in_tls_is_dropped(tmp_path: Path, papers: Papers) -> None:
    """By the same limit as any handshake."""

    async def scene() -> None:
        async with encrypted(tmp_path, papers, member()) as scene:
            reader, writer = await asyncio.open_connection("127.0.0.1", scene.server.tls_port)
            await scene.until(lambda: scene.server.connections == 1)
            scene.job.cancel()
            async with asyncio.timeout(LIMIT_S):
                await asyncio.gather(scene.job, return_exceptions=True)
                assert await reader.read() == b""
            writer.close()

    asyncio.run(scene())


def test_stranger_with_a_certificate_is_accepted_for_it(tmp_path: Path, papers: Papers) -> None:
    """From then on it is asked for it."""

    async def scene() -> None:
        async with encrypted(tmp_path, papers, unknown="wait") as scene:
            mine = papers.station(papers.authority.sign("NEW1"))
            async with scene.station("NEW1", tls=mine) as station:
                await station.ask("BootNotification", BOOT_V16)
                assert scene.board.waiting["NEW1"].is_encrypted
                await scene.roster.accept("NEW1", "garage")
            assert (await scene.refused("NEW1")).response.status_code == 403
            async with scene.station("NEW1", tls=mine) as station:
                await station.heartbeat()

    asyncio.run(scene())


def test_certificate_that_is_renewed_holds_at_once(tmp_path: Path, papers: Papers) -> None:
    """From the next connection on; one that cannot be read leaves the old one in use."""
    cert, key = tmp_path / "server.pem", tmp_path / "server.key"
    cert.write_bytes(papers.server.cert.read_bytes())
    key.write_bytes(papers.server.key.read_bytes())
    given = CentralOptions.model_validate({"tls_port": 0, "certificate_file": str(cert), "key_file": str(key)})
    certificates = Certificates(given)
    first = certificates.context()
    assert certificates.context() is first
    cert.write_text("half of a fi")
    assert certificates.context() is first
    renewed = papers.authority.sign("renewed")
    cert.write_bytes(renewed.cert.read_bytes())
    key.write_bytes(renewed.key.read_bytes())
    second = certificates.context()
    assert second is not first
    assert certificates.context() is second


def test_certificate_that_cannot_be_read_is_told_and_tried_again(tmp_path: Path, papers: Papers) -> None:
    """The plain port serves meanwhile; half a minute after the file was put right the other does too."""

    async def scene() -> None:
        cert = tmp_path / "server.pem"
        options = {"tls_port": 0, "certificate_file": str(cert), "key_file": str(papers.server.key)}
        with a_house(tmp_path, **options) as house:
            clock = house.clock
            assert isinstance(clock, FakeClock)
            stand = FakeMember()
            server = CentralServer(house, Roster([member()], house), lambda _: stand)
            job = asyncio.create_task(server.run())
            await clock.until_parked(1)
            note = house.board.notes["central tls_port"]
            assert str(cert) in note
            assert "tried again" in note
            station = await Station.open(f"ws://127.0.0.1:{server.port}/CP1", ["ocpp1.6"])
            await station.heartbeat()
            await station.close()
            cert.write_bytes(papers.server.cert.read_bytes())
            await clock.advance(30)
            async with asyncio.timeout(LIMIT_S):
                await server.listening()
            assert house.board.notes == {}
            job.cancel()
            await asyncio.gather(job, return_exceptions=True)

    asyncio.run(scene())


def test_key_of_another_certificate_is_told(papers: Papers) -> None:
    """With the files to look at."""
    options = {**papers.options(), "key_file": str(papers.authority.sign("other").key)}
    with pytest.raises(ServerStartError, match=r"server\.pem"):
        Certificates(CentralOptions.model_validate(options)).context()


def test_names_of_a_certificate() -> None:
    """Its common name and the names beside it; addresses are none."""
    certificate = {
        "subject": ((("organizationName", "Acme"),), (("commonName", "CP1"),)),
        "subjectAltName": (("DNS", "cp1.example"), ("IP Address", "10.0.0.5"), ("URI", "urn:cp1")),
    }
    assert names_of(certificate) == {"CP1", "cp1.example", "urn:cp1"}
    assert names_of(None) == names_of({}) == frozenset()


def test_password_is_not_logged_over_tls(tmp_path: Path, papers: Papers, caplog: pytest.LogCaptureFixture) -> None:
    """At whatever level."""
    caplog.set_level(logging.DEBUG, "bridge")

    async def scene() -> None:
        async with (
            encrypted(tmp_path, papers, member(profile=2, password=PASSWORD)) as scene,
            scene.station(password=PASSWORD, tls=papers.station()) as station,
        ):
            await station.heartbeat()

    asyncio.run(scene())
    assert PASSWORD not in caplog.text
