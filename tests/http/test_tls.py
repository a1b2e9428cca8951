from __future__ import annotations

import asyncio
import hashlib
import shutil
import ssl
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import Blame, ChargerTlsError, ChargerUnreachableError
from bridge.http import tls
from bridge.http.peer import Limits
from tests.http.loopback import OK, Line, answering, client, listening

Spell = Callable[[str], str]


@dataclass(frozen=True)
class Certificate:
    """A certificate that a charger made for itself."""

    der: bytes
    spelt: str
    """the fingerprint as browsers show it"""
    context: ssl.SSLContext
    """for a server that shows it"""


def _make(folder: Path, subject: str) -> Certificate:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl command, which makes the test's certificate, is not installed")
    key, pem = folder / "key.pem", folder / "cert.pem"
    make = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made = subprocess.run(
        [*make, "-keyout", key, "-out", pem, "-days", "2", "-utf8", "-subj", subject],
        check=False,
        capture_output=True,
    )
    assert made.returncode == 0, made.stderr
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    der = ssl.PEM_cert_to_DER_cert(pem.read_text())
    return Certificate(der, hashlib.sha256(der).hexdigest().upper(), context)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    made = _make(tmp_path_factory.mktemp("tls"), "/O=Maker/CN=charger-0815/OU=Series")
    spelt = ":".join(made.spelt[i : i + 2] for i in range(0, 64, 2))
    return Certificate(made.der, spelt, made.context)


def test_a_self_signed_certificate_is_refused_with_what_it_takes_to_pin_it(certificate: Certificate) -> None:
    """The error shows name and fingerprint of the certificate and the line to write; nothing was sent."""

    async def scene() -> None:
        async with answering(OK, tls=certificate.context) as server:
            url = f"https://127.0.0.1:{server.port}"
            async with client(url) as http:
                with pytest.raises(ChargerTlsError) as refused:
                    await http.request("GET", "/", bearer="secret")
            assert server.requests == []
            assert refused.value.seen.replace("self signed", "self-signed") == (
                f"the certificate of 127.0.0.1:{server.port} is not trusted (self-signed certificate); "
                f"it shows CN charger-0815, SHA-256 {certificate.spelt}"
            )
            assert refused.value.todo.endswith(f"pin it: tls_fingerprint: {certificate.spelt}")
            assert (refused.value.blame, refused.value.waiting_helps) == (Blame.OPERATOR, False)
            pinned = refused.value.todo.rpartition(" ")[2]
            async with client(url, tls_fingerprint=pinned) as http:
                assert (await http.request("GET", "/")).body == b"hi", "the line does what it promises"

    asyncio.run(scene())


@pytest.mark.parametrize("spell", [str, str.lower, lambda s: s.replace(":", "")], ids=["shown", "lower", "bare"])
def test_a_pinned_certificate_opens_whatever_way_it_is_spelt(certificate: Certificate, spell: Spell) -> None:
    """Pinned in any usual spelling, the certificate is taken, and the connection is kept as without TLS."""

    async def scene() -> None:
        async with answering(OK, tls=certificate.context) as server:
            url = f"https://127.0.0.1:{server.port}"
            async with client(url, tls_fingerprint=spell(certificate.spelt)) as http:
                for method in ("GET", "POST", "GET"):
                    assert (await http.request(method, "/")).body == b"hi"
            assert server.connections == 1

    asyncio.run(scene())


def test_another_certificate_than_the_pinned_one_gets_no_request(certificate: Certificate) -> None:
    """Whoever shows another certificate receives nothing, even where `verify: false` is set."""

    async def scene() -> None:
        async with answering(OK, tls=certificate.context) as server:
            url = f"https://127.0.0.1:{server.port}"
            async with client(url, tls_fingerprint="ab" * 32, verify=False) as http:
                with pytest.raises(ChargerTlsError) as refused:
                    await http.request("POST", "/login", form={"password": "secret"})
            assert server.requests == []
            assert "shows another certificate than the pinned one" in refused.value.seen
            assert certificate.spelt in refused.value.todo

    asyncio.run(scene())


def test_verify_false_takes_any_certificate(certificate: Certificate) -> None:
    """Who switches the check off gets an encrypted connection to whoever answers."""

    async def scene() -> None:
        async with (
            answering(OK, tls=certificate.context) as server,
            client(f"https://127.0.0.1:{server.port}", verify=False) as http,
        ):
            assert (await http.request("GET", "/")).body == b"hi"

    asyncio.run(scene())


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_tls_connection_that_was_closed_while_idle_is_replaced(certificate: Certificate, method: str) -> None:
    """The end of an idle TLS connection is noticed before the next request is written."""
    closed = asyncio.Event()

    async def script(line: Line) -> None:
        await line.request()
        line.writer.write(OK)
        if line.number == 1:
            line.writer.close()
            await line.writer.wait_closed()
            closed.set()
        else:
            await line.request()

    async def scene() -> None:
        async with (
            listening(script, tls=certificate.context) as server,
            client(f"https://127.0.0.1:{server.port}", verify=False) as http,
        ):
            await http.request("GET", "/")
            await closed.wait()
            assert (await http.request(method, "/")).body == b"hi"
            assert server.connections == 2

    asyncio.run(scene())


def test_a_certificate_that_can_be_seen_only_once_is_refused_all_the_same(certificate: Certificate) -> None:
    """When the second look at the certificate fails, the error still says why the first was refused."""

    async def scene() -> None:
        async with answering(OK, tls=certificate.context) as behind:

            async def relay(line: Line) -> None:
                if line.number > 1:
                    return
                reader, writer = await asyncio.open_connection("127.0.0.1", behind.port)
                writer.write(await line.reader.read(4096))
                line.writer.write(await reader.read(4096))
                await line.reader.read(4096)
                writer.transport.abort()

            async with listening(relay) as server, client(f"https://127.0.0.1:{server.port}") as http:
                with pytest.raises(ChargerTlsError) as refused:
                    await http.request("GET", "/")
                assert f"the certificate of 127.0.0.1:{server.port} is not trusted" in refused.value.seen
                assert refused.value.todo == "If that is your charger, pin it with tls_fingerprint."
                assert server.connections == 2

    asyncio.run(scene())


def test_an_answer_can_end_with_the_tls_connection(certificate: Certificate) -> None:
    """A body without a length lasts until the TLS connection ends, as without TLS."""

    async def script(line: Line) -> None:
        await line.request()
        line.writer.write(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 100_000)

    async def scene() -> None:
        async with (
            listening(script, tls=certificate.context) as server,
            client(f"https://127.0.0.1:{server.port}", verify=False) as http,
        ):
            assert len((await http.request("GET", "/")).body) == 100_000

    asyncio.run(scene())


def test_https_to_a_port_that_speaks_http_says_so() -> None:
    """The usual mistake is named, with the address to write instead."""

    async def script(line: Line) -> None:
        await line.reader.read(1)
        line.writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    async def scene() -> None:
        async with listening(script) as server, client(f"https://127.0.0.1:{server.port}") as http:
            with pytest.raises(ChargerTlsError) as refused:
                await http.request("GET", "/")
            assert refused.value.seen.endswith("does not speak TLS; that port speaks http")
            assert refused.value.todo == f"Write http://127.0.0.1:{server.port} in url."

    asyncio.run(scene())


def test_a_handshake_that_the_charger_refuses_is_told_by_its_reason() -> None:
    """A charger that finds no common way to encrypt gives a TLS error that names the alert."""

    async def script(line: Line) -> None:
        await line.reader.read(1)
        line.writer.write(bytes.fromhex("15 03 03 00 02 02 28"))  # fatal alert 40, handshake_failure

    async def scene() -> None:
        async with listening(script) as server, client(f"https://127.0.0.1:{server.port}") as http:
            with pytest.raises(ChargerTlsError) as refused:
                await http.request("GET", "/")
            assert f"the TLS handshake with 127.0.0.1:{server.port} failed" in refused.value.seen
            assert "HANDSHAKE_FAILURE" in refused.value.seen

    asyncio.run(scene())


def test_a_hang_up_within_the_handshake_is_a_broken_line() -> None:
    """Who hangs up without a word within the handshake may be starting: the network's fault, and waiting helps."""

    async def script(line: Line) -> None:
        await line.reader.read(1)
        line.reset()

    async def scene() -> None:
        async with listening(script) as server, client(f"https://127.0.0.1:{server.port}") as http:
            with pytest.raises(ChargerUnreachableError) as broken:
                await http.request("GET", "/")
            assert broken.value.seen.endswith("(it broke the connection off before anything was asked)")
            assert broken.value.waiting_helps

    asyncio.run(scene())


def test_silence_within_the_handshake_has_a_limit() -> None:
    """A port that accepts and never answers the handshake is given up after the limit for connecting."""

    async def script(line: Line) -> None:
        while await line.reader.read(1024):
            pass

    async def scene() -> None:
        limits = Limits(connect_s=0.05)
        async with listening(script) as server, client(f"https://127.0.0.1:{server.port}", limits=limits) as http:
            with pytest.raises(ChargerUnreachableError, match=r"\(0\.05 s of silence\)"):
                await http.request("GET", "/")

    asyncio.run(scene())


def test_names_in_certificates_are_fit_for_a_log(tmp_path: Path) -> None:
    """The name is read as UTF-8, cut at 64 characters, and signs that a terminal would obey are replaced."""
    assert tls.common_name(_make(tmp_path, "/CN=Säule\u202e7/O=x").der) == "Säule?7"
    assert tls.common_name(_make(tmp_path, f"/O=x/CN={'a' * 64}").der) == "a" * 64
    assert tls.common_name(_make(tmp_path, "/O=nameless").der) is None


@given(st.binary(max_size=80))
def test_any_bytes_have_a_name_or_none(certificate_bytes: bytes) -> None:
    """What is no certificate has no name, and reading it never fails."""
    name = tls.common_name(certificate_bytes)
    assert name is None or name.isprintable()


@given(at=st.integers(0, 400), byte=st.integers(0, 255), cut=st.integers(0, 400))
def test_damaged_certificates_have_a_name_or_none(certificate: Certificate, at: int, byte: int, cut: int) -> None:
    """A certificate with a wrong byte, or cut off, gives a name fit for a log or none."""
    damaged = bytearray(certificate.der)
    damaged[at % len(damaged)] = byte
    for der in (bytes(damaged), bytes(damaged[:cut])):
        name = tls.common_name(der)
        assert name is None or name.isprintable()


def test_contexts_are_built_once() -> None:
    """All chargers share one context of each kind: building one is dear in time and memory."""
    assert tls.authority_context() is tls.authority_context()
    assert tls.any_certificate_context() is tls.any_certificate_context()
    assert tls.authority_context().verify_mode is ssl.CERT_REQUIRED
    assert tls.authority_context().check_hostname
