from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from tests.uplink.foreign.certificates import Authority, Pair
from tests.uplink.foreign.csms import ForeignCsms
from tests.uplink.foreign.events import CsmsOptions, CsmsTls, ForeignCallError
from tests.uplink.foreign.payloads import BOOT
from tests.uplink.foreign.plain import PlainStation, plain_station


@pytest.mark.parametrize("password", ["correct horse battery", b"\x00\xff:\x80" * 5], ids=["text", "bytes"])
def test_basic_authentication_lets_the_right_station_in(password: str | bytes) -> None:
    """The identity with its password connects; a station that needs none connects without."""
    raw = password.encode() if isinstance(password, str) else password

    async def scene() -> None:
        async with ForeignCsms(CsmsOptions(stations={"CP1": password, "CP2": None})) as csms:
            async with plain_station(csms.url, "CP1", password=raw) as station:
                assert (await station.ask("BootNotification", BOOT))[1]["status"] == "Accepted"
                connect = await csms.wait_connected("CP1")
                assert (connect.number, connect.protocol, connect.password) == (1, "ocpp1.6", True)
            async with plain_station(csms.url, "CP2") as station:
                assert (await station.ask("Heartbeat", {}))[0] == 3
                assert not (await csms.wait_connected("CP2")).password
            await csms.catch_up()
            assert csms.refusals == []

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("identity", "user", "password", "status"),
    [
        ("CP1", None, b"wrong", 401),
        ("CP1", None, None, 401),
        ("CP1", "CP2", b"secret", 401),
        ("CP2", None, b"secret", 404),
        ("", None, b"secret", 404),
        ("more/CP1", "CP1", b"secret", 404),
    ],
)
def test_basic_authentication_keeps_all_others_out(
    identity: str, user: str | None, password: bytes | None, status: int
) -> None:
    """A wrong or missing password or another user is 401; an unknown identity or another path is 404."""

    async def scene() -> None:
        async with ForeignCsms(CsmsOptions(stations={"CP1": "secret"})) as csms:
            with pytest.raises(InvalidStatus) as refused:
                async with plain_station(csms.url, identity, user=user, password=password):
                    pass
            assert refused.value.response.status_code == status
            assert (await csms.wait_refused()).status == status
            await csms.catch_up()
            assert csms.connects == []

    asyncio.run(scene())


def test_without_a_common_subprotocol_the_connection_is_closed_at_once() -> None:
    """The handshake is completed without a subprotocol, then closed, as OCPP-J wants it."""

    async def scene() -> None:
        async with (
            ForeignCsms() as csms,
            plain_station(csms.url, "CP1", protocol="ocpp2.0.1") as station,
        ):
            assert station.socket.subprotocol is None
            with pytest.raises(ConnectionClosed) as closed:
                await station.frame()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1002
            assert (await csms.wait_refused()).status == 101
            await csms.catch_up()
            assert csms.connects == []

    asyncio.run(scene())


def test_handshakes_are_refused_as_often_as_wanted() -> None:
    """A central system that is away answers with the wanted status, and then lets the station in again."""

    async def scene() -> None:
        async with ForeignCsms() as csms:
            await csms.refuse(503, times=2)
            for _ in range(2):
                with pytest.raises(InvalidStatus, match="503"):
                    async with plain_station(csms.url, "CP1"):
                        pass
            async with plain_station(csms.url, "CP1") as station:
                assert (await station.ask("Heartbeat", {}))[0] == 3
            await csms.catch_up()
            assert [refusal.status for refusal in csms.refusals] == [503, 503]

    asyncio.run(scene())


def test_connections_can_be_closed_and_are_replaced() -> None:
    """A test can close a connection; a station that connects again is known by its newest connection alone."""

    async def scene() -> None:
        async with ForeignCsms() as csms:
            async with plain_station(csms.url, "CP1") as old, plain_station(csms.url, "CP1") as new:
                with pytest.raises(ConnectionClosed):
                    await old.frame()
                assert (await csms.wait_disconnected("CP1")).number == 1
                await asyncio.gather(csms.call("CP1", "ClearCache"), new.answer(3, {"status": "Accepted"}))
                await asyncio.gather(csms.close("CP1", code=1012), _closed(new, 1012))
            assert [end.code for end in csms.disconnects] == [1006, 1012]
            with pytest.raises(ForeignCallError, match="not connected"):
                await csms.close("CP1")

    asyncio.run(scene())


async def _closed(station: PlainStation, code: int) -> None:
    with pytest.raises(ConnectionClosed) as closed:
        await station.frame()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


def test_pings_go_both_ways() -> None:
    """The station's pings are counted; the central system's are sent, and who leaves them unanswered is cut off."""

    async def scene() -> None:
        async with (
            ForeignCsms(CsmsOptions(ping_interval_s=0.3)) as csms,
            plain_station(csms.url, "CP1") as station,
        ):
            await (await station.socket.ping())
            await csms.wait_until(lambda: csms.pings["CP1"] > 0, "a ping")
            station.socket.transport.pause_reading()
            assert (await csms.wait_disconnected("CP1")).code == 1006
            station.socket.transport.abort()

    asyncio.run(scene())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def csms_pair(authority: Authority) -> Pair:
    return authority.sign("csms")


def test_basic_authentication_works_over_tls(authority: Authority, csms_pair: Pair) -> None:
    """Security profile 2: the central system shows its certificate, the station its password."""

    async def scene() -> None:
        tls = CsmsTls(key=csms_pair.key, cert=csms_pair.cert)
        trusting = ssl.create_default_context(cafile=authority.cert)
        async with ForeignCsms(CsmsOptions(stations={"CP1": "secret"}, tls=tls)) as csms:
            assert csms.url.startswith("wss://")
            async with plain_station(csms.url, "CP1", password=b"secret", tls=trusting) as station:
                assert (await station.ask("BootNotification", BOOT))[1]["status"] == "Accepted"
            with pytest.raises(InvalidStatus, match="401"):
                async with plain_station(csms.url, "CP1", password=b"wrong", tls=trusting):
                    pass
            assert (await csms.wait_refused()).status == 401
            with pytest.raises(ssl.SSLCertVerificationError):
                async with plain_station(csms.url, "CP1", password=b"secret", tls=ssl.create_default_context()):
                    pass

    asyncio.run(scene())


def test_a_client_certificate_is_asked_for(authority: Authority, csms_pair: Pair, tmp_path: Path) -> None:
    """Security profile 3: only a station with a certificate of the right authority gets in."""
    own, strange = authority.sign("CP1"), Authority(tmp_path, "stranger").sign("CP1")

    def context(pair: Pair | None) -> ssl.SSLContext:
        made = ssl.create_default_context(cafile=authority.cert)
        if pair is not None:
            made.load_cert_chain(pair.cert, pair.key)
        return made

    async def scene() -> None:
        tls = CsmsTls(key=csms_pair.key, cert=csms_pair.cert, ca=authority.cert, client_certificate=True)
        async with ForeignCsms(CsmsOptions(tls=tls)) as csms:
            async with plain_station(csms.url, "CP1", tls=context(own)) as station:
                assert (await station.ask("BootNotification", BOOT))[1]["status"] == "Accepted"
                assert (await csms.wait_connected("CP1")).certificate == "CP1"
            for count, pair in enumerate((None, strange), 1):
                with pytest.raises((OSError, WebSocketException)):
                    async with plain_station(csms.url, "CP1", tls=context(pair)):
                        pass
                assert (await csms.wait_refused(count)).status is None
            await csms.catch_up()
            assert len(csms.connects) == 1

    asyncio.run(scene())
