from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.errors import Blame, CsmsError, CsmsTlsError
from bridge.uplink.line.link import open_line
from tests.http.loopback import Line as RawLine
from tests.http.loopback import answering, listening
from tests.uplink.foreign.certificates import Authority, Pair
from tests.uplink.loopback_csms import PASSWORD, address, csms, failure, line_to


@dataclass(frozen=True)
class Scene:
    """Who trusts whom."""

    authority: Path
    server: Pair
    station: Pair
    stranger: Pair

    def context(self, *, wants_certificate: bool = False) -> ssl.SSLContext:
        """Return what the central system shows and wants."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.server.cert, self.server.key)
        if wants_certificate:
            made.load_verify_locations(self.authority)
            made.verify_mode = ssl.CERT_REQUIRED
        return made


@pytest.fixture(scope="module")
def who(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    stranger = Authority(tmp_path_factory.mktemp("stranger"), "stranger")
    return Scene(authority.cert, authority.sign("csms"), authority.sign("GARAGE-1"), stranger.sign("GARAGE-1"))


def test_a_certificate_of_a_named_authority_is_taken(who: Scene) -> None:
    """Security profile 2: the password goes only over the encrypted line."""

    async def scene() -> None:
        async with csms(tls=who.context()) as server:
            where = address(server.port, "wss", ca_file=who.authority, password=PASSWORD)
            async with line_to(where) as line:
                await line.send("x")
            assert server.requests[0].headers["Authorization"].startswith("Basic ")
            assert await server.closed() == 1001

    asyncio.run(scene())


@pytest.mark.parametrize("with_ca_file", [False, True], ids=["this computer's authorities", "another authority"])
def test_an_unknown_certificate_is_refused(who: Scene, *, with_ca_file: bool) -> None:
    """Nothing is sent to whoever shows it, and a person reads what would make it known."""

    async def scene() -> None:
        async with csms(tls=who.context()) as server:
            ca_file = who.stranger.cert if with_ca_file else None
            error = await failure(address(server.port, "wss", ca_file=ca_file, password=PASSWORD))
            assert isinstance(error, CsmsTlsError)
            assert error.seen == "its certificate is not believed (unable to get local issuer certificate)"
            assert error.todo == "If it is that central system, name who signed it with `ca_file`"
            assert (error.blame, error.waiting_helps) == (Blame.OPERATOR, True)
            assert server.requests == []

    asyncio.run(scene())


def test_a_certificate_of_another_host_is_refused(who: Scene) -> None:
    """The name in the url has to be in the certificate, and naming another authority would not help."""

    async def scene() -> None:
        async with csms(tls=who.context()) as server:
            url = f"wss://localhost:{server.port}/ocpp"
            error = await failure(address(server.port, url=url, ca_file=who.authority))
            assert isinstance(error, CsmsTlsError)
            assert "not valid for 'localhost'" in error.seen
            assert error.todo == "Write the url with a name for which the certificate was made"
            assert server.requests == []

    asyncio.run(scene())


def test_a_certificate_that_has_expired_is_refused(tmp_path: Path) -> None:
    """It says so; the clock of this computer may be the reason."""
    pair = Pair(tmp_path / "old.pem", tmp_path / "old.key")
    request, extensions = tmp_path / "old.csr", tmp_path / "old.ext"
    extensions.write_text("subjectAltName=IP:127.0.0.1\n")
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl("req", "-new", *new_key, "-subj", "/CN=old", "-keyout", pair.key, "-out", request)
    validity = ("-days", "-1", "-extfile", extensions)
    _openssl("x509", "-req", "-in", request, "-signkey", pair.key, *validity, "-out", pair.cert)

    async def scene() -> None:
        async with csms(tls=Scene(pair.cert, pair, pair, pair).context()) as server:
            error = await failure(address(server.port, "wss", ca_file=pair.cert))
            assert error.seen == "its certificate is not believed (certificate has expired)"
            assert error.todo == "Its operator has to renew it, unless this computer's clock is wrong"

    asyncio.run(scene())


# --- a port without TLS ------------------------------------------------------------------------------------------


def test_a_port_that_does_not_speak_tls_is_named() -> None:
    """The usual mistake, with what to write instead."""

    async def script(line: RawLine) -> None:
        await line.reader.read(1)
        line.writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        line.writer.write_eof()
        await line.reader.read()

    async def scene() -> None:
        async with listening(script) as server:
            error = await failure(address(server.port, "wss", password=PASSWORD))
            assert isinstance(error, CsmsTlsError)
            assert error.seen.startswith("the TLS handshake failed (")
            assert error.todo == "That port does not seem to speak TLS: try a url with ws://"

    asyncio.run(scene())


def test_a_hang_up_within_the_handshake_may_mean_many_things() -> None:
    """Without a word it cannot be known why, so all usual reasons are named."""

    async def script(line: RawLine) -> None:
        await line.reader.read(1)

    async def scene() -> None:
        async with listening(script) as server:
            error = await failure(address(server.port, "wss"))
            assert isinstance(error, CsmsTlsError)
            assert error.seen == "it hung up within the TLS handshake"
            assert "security_profile 3" in error.todo
            assert "does not speak TLS" in error.todo

    asyncio.run(scene())


def test_a_web_page_behind_tls_is_no_central_system(who: Scene) -> None:
    """Encryption changes nothing of the other refusals."""

    async def scene() -> None:
        page = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
        async with answering(page, tls=who.context()) as server:
            error = await failure(address(server.port, "wss", ca_file=who.authority))
            assert error.seen == f"what answers at 127.0.0.1:{server.port} is a web page, no websocket (HTTP 200)"

    asyncio.run(scene())


# --- the station's own certificate -------------------------------------------------------------------------------


def test_a_station_shows_its_certificate(who: Scene) -> None:
    """Security profile 3: a certificate on both sides, and no password."""

    async def scene() -> None:
        async with csms(tls=who.context(wants_certificate=True)) as server:
            own = {"certificate_file": who.station.cert, "key_file": who.station.key}
            async with line_to(address(server.port, "wss", ca_file=who.authority, **own)):
                assert "Authorization" not in server.requests[0].headers

    asyncio.run(scene())


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("is_wrong", [False, True], ids=["missing", "wrong"])
def test_a_certificate_that_is_missing_or_wrong_is_told(who: Scene, version: ssl.TLSVersion, *, is_wrong: bool) -> None:
    """In TLS 1.3 the refusal comes after the handshake, in the place of an answer; it is told all the same."""
    server_context = who.context(wants_certificate=True)
    server_context.minimum_version = server_context.maximum_version = version
    own = {"certificate_file": who.stranger.cert, "key_file": who.stranger.key} if is_wrong else {}

    async def scene() -> None:
        async with listening(lambda line: _refuse_in_words(line, server_context)) as server:
            error = await failure(address(server.port, "wss", ca_file=who.authority, **own))
            assert isinstance(error, CsmsTlsError)
            assert error.seen.startswith("it refused the TLS handshake (")
            assert "ALERT" in error.seen
            assert error.todo == (
                "It may not believe the station's certificate: ask its operator who has to sign it"
                if is_wrong
                else "It may want a station's certificate: security_profile 3"
            )

    asyncio.run(scene())


async def _refuse_in_words(line: RawLine, context: ssl.SSLContext) -> None:
    """Shake hands as most servers do, with an alert at the end; asyncio's own hangs up without one."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(incoming, outgoing, server_side=True)
    is_over = False
    while not is_over:
        incoming.write(await line.reader.read(1 << 16))
        try:
            server.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            is_over = True
        line.writer.write(outgoing.read())
    line.writer.write_eof()
    await line.reader.read()


@pytest.mark.parametrize("is_wrong", [False, True], ids=["missing", "wrong"])
def test_a_refusal_without_a_word_names_the_certificate_too(who: Scene, *, is_wrong: bool) -> None:
    """Some central systems only hang up."""
    own = {"certificate_file": who.stranger.cert, "key_file": who.stranger.key} if is_wrong else {}

    async def scene() -> None:
        async with csms(tls=who.context(wants_certificate=True)) as server:
            error = await failure(address(server.port, "wss", ca_file=who.authority, **own))
            assert isinstance(error, CsmsTlsError)
            assert "certificate" in error.todo
            assert server.requests == []

    asyncio.run(scene())


# --- files -------------------------------------------------------------------------------------------------------


def _openssl(*arguments: str | Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl command, which makes the test's certificates, is not installed")
    subprocess.run([openssl, *arguments], check=True, capture_output=True)


def _encrypted(key: Path, to: Path) -> Path:
    _openssl("pkey", "-in", key, "-aes256", "-passout", "pass:secret", "-out", to)
    return to


@pytest.mark.parametrize("kind", ["no ca", "bad ca", "no key", "bad key", "other key", "locked key", "bad certificate"])
def test_files_that_cannot_be_used_are_named(who: Scene, tmp_path: Path, kind: str) -> None:
    """Missing, garbage, a key of another certificate, or one with a passphrase, for which nobody is asked."""
    bad = tmp_path / "bad.pem"
    bad.write_text("-----BEGIN NOTHING-----\n")
    files = {"ca_file": who.authority, "certificate_file": who.station.cert, "key_file": who.station.key}
    files |= {
        "no ca": {"ca_file": tmp_path / "none.pem"},
        "bad ca": {"ca_file": bad},
        "no key": {"key_file": tmp_path / "none.key"},
        "bad key": {"key_file": bad},
        "other key": {"key_file": who.stranger.key},
        "locked key": {"key_file": _encrypted(who.station.key, tmp_path / "locked.key")},
        "bad certificate": {"certificate_file": bad},
    }[kind]
    error = asyncio.run(failure(address(1, "wss", **files)))
    assert isinstance(error, CsmsTlsError)
    assert error.seen.startswith("the certificates cannot be read (")
    assert error.todo == (
        f"Look at {', '.join(str(file) for file in files.values())}: PEM is needed, and a key without a passphrase"
    )
    assert "BEGIN" not in str(error)


def test_a_key_that_may_not_be_read_is_told(who: Scene, tmp_path: Path) -> None:
    """The system's own word for it is shown."""
    key = tmp_path / "station.key"
    shutil.copy(who.station.key, key)
    key.chmod(0)
    if os.access(key, os.R_OK):
        pytest.skip("this user may read everything")
    files = {"ca_file": who.authority, "certificate_file": who.station.cert, "key_file": key}
    error = asyncio.run(failure(address(1, "wss", **files)))
    assert "Permission denied" in error.seen


def test_a_file_that_was_replaced_holds_from_the_next_connection_on(who: Scene, tmp_path: Path) -> None:
    """A renewed certificate needs no restart."""
    ca_file = tmp_path / "ca.pem"
    shutil.copy(who.stranger.cert, ca_file)

    async def scene() -> None:
        async with csms(tls=who.context()) as server:
            where = address(server.port, "wss", ca_file=ca_file)
            with pytest.raises(CsmsError):
                await open_line(where)
            ca_file.write_bytes(who.authority.read_bytes() + b"\n")
            async with line_to(where):
                assert len(server.requests) == 1

    asyncio.run(scene())
