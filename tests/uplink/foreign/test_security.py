from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.uplink.foreign.certificates import Authority
from tests.uplink.foreign.csms import ForeignCsms
from tests.uplink.foreign.events import CsmsOptions, CsmsTls
from tests.uplink.foreign.journal import of
from tests.uplink.foreign.site import STATION, Site, etrel_site
from tests.uplink.foreign.talk import TALKS, Talk, Talk2
from tests.uplink.foreign.test_provisioning import connection, get, set_

OLD, NEW = "an old password 1", "a new password 22"


def password_file(folder: Path, password: str) -> str:
    file = folder / "csms.password"
    file.write_text(password)
    file.chmod(0o600)
    return "password_file: csms.password"


def basic(folder: Path, password: str = OLD) -> str:
    return f"control: true, security_profile: 1, {password_file(folder, password)}"


async def change(site: Site[Any], key: str, value: str) -> str:
    status: str = (await site.call("ChangeConfiguration", key=key, value=value))["status"]
    return status


async def value_of(site: Site[Any], key: str) -> str | None:
    told = await site.call("GetConfiguration", key=[key])
    value: str | None = told["configurationKey"][0].get("value")
    return value


@pytest.mark.parametrize("talk", TALKS, ids=str)
def test_a_password_lets_it_in(tmp_path: Path, talk: Talk) -> None:
    """Basic authentication with the identity as the user's name."""

    async def scene() -> None:
        async with (
            talk.csms(stations={STATION: OLD}) as csms,
            etrel_site(tmp_path, csms, version=talk.version, ocpp=basic(tmp_path)) as site,
        ):
            await site.online()
            assert csms.connects[0].password
            assert csms.refusals == []

    asyncio.run(scene())


@pytest.mark.parametrize("talk", TALKS, ids=str)
def test_a_wrong_password_is_a_sentence_on_the_card(tmp_path: Path, talk: Talk) -> None:
    """It says what was seen and what to do, holds no secret, and it is tried again until somebody puts it right."""

    async def scene() -> None:
        async with (
            talk.csms(stations={STATION: OLD}) as csms,
            etrel_site(tmp_path, csms, version=talk.version, ocpp=basic(tmp_path, NEW)) as site,
        ):
            await csms.wait_refused(2)
            await site.until(lambda: site.card().error is not None, "the card says why")
            assert site.card().error == (
                "garage → employer (config.yaml:12): it refused the password (HTTP 401). Check the password and the "
                "identity. It is tried again; whatever happens meanwhile is told then."
            )
            assert site.card().state == "connecting"
            await csms.set_password(STATION, NEW)
            await site.online()
            assert site.card().error is None

    asyncio.run(scene())


@pytest.mark.parametrize("talk", TALKS, ids=str)
def test_a_password_that_the_central_system_sets_holds(tmp_path: Path, talk: Talk) -> None:
    """It reconnects with the new one, keeps it over a restart, and never tells it."""

    async def scene() -> None:
        async with (
            talk.csms(stations={STATION: OLD}) as csms,
            etrel_site(tmp_path, csms, version=talk.version, ocpp=basic(tmp_path)) as site,
        ):
            await site.online()
            assert await talk.change(site, "AuthorizationKey", "short") == "Rejected"
            await csms.set_password(STATION, NEW)
            assert await talk.change(site, "AuthorizationKey", NEW) == "Accepted"
            await csms.wait_connected(STATION, 2)
            await talk.list_version(site)
            assert await talk.value(site, "AuthorizationKey") is None
            await site.stop()
            await site.start()
            await site.online(2)
            await csms.catch_up()
            assert csms.refusals == []
            assert NEW not in str(csms.received)

    asyncio.run(scene())


@pytest.mark.parametrize("talk", TALKS, ids=str)
def test_a_new_password_that_does_not_work_is_given_up(tmp_path: Path, talk: Talk) -> None:
    """After three refusals the old one holds again, and the central system is told so."""

    async def scene() -> None:
        async with (
            talk.csms(stations={STATION: OLD}) as csms,
            etrel_site(tmp_path, csms, version=talk.version, ocpp=basic(tmp_path)) as site,
        ):
            await site.online()
            assert await talk.change(site, "AuthorizationKey", NEW) == "Accepted"
            await csms.wait_connected(STATION, 2)
            assert [refusal.status for refusal in csms.refusals] == [401] * 3
            event = await site.told("SecurityEventNotification")
            assert event["type"] == "ReconfigurationOfSecurityParameters"
            assert "AuthorizationKey did not work" in event["techInfo"]
            assert NEW not in str(csms.received)
            await site.stop()
            await site.start()
            await site.online(2)
            assert len(csms.refusals) == 3

    asyncio.run(scene())


@pytest.mark.parametrize("talk", TALKS, ids=str)
def test_a_new_password_that_was_never_proven_is_given_up_after_a_restart_too(tmp_path: Path, talk: Talk) -> None:
    """A power cut between the change and the first connection with it locks nobody out."""

    async def scene() -> None:
        async with (
            talk.csms(stations={STATION: OLD}) as csms,
            etrel_site(tmp_path, csms, version=talk.version, ocpp=basic(tmp_path)) as site,
        ):
            await site.online()
            await csms.refuse(503)
            assert await talk.change(site, "AuthorizationKey", NEW) == "Accepted"
            await csms.wait_refused()
            await site.stop()
            await csms.refuse(None)
            await site.start()
            await site.online(2)
            assert [refusal.status for refusal in csms.refusals if refusal.status == 401] == [401] * 3

    asyncio.run(scene())


def test_the_security_profile_only_rises(tmp_path: Path) -> None:
    """It never falls; one that does not work goes back to what did, with a security event."""

    async def scene() -> None:
        options = CsmsOptions(stations={STATION: OLD})
        async with ForeignCsms(options) as csms, etrel_site(tmp_path, csms, ocpp=basic(tmp_path)) as site:
            await site.online()
            assert await change(site, "SecurityProfile", "0") == "Rejected"
            assert await change(site, "SecurityProfile", "3") == "Rejected", "there is no certificate"
            assert await change(site, "SecurityProfile", "2") == "Accepted"
            await csms.wait_connected(STATION, 2)  # the port does not speak TLS
            assert (await site.told("SecurityEventNotification"))["techInfo"].startswith("SecurityProfile did not work")
            assert await value_of(site, "SecurityProfile") == "1"
            assert await change(site, "SecurityProfile", "0") == "Rejected"

    asyncio.run(scene())


@pytest.mark.parametrize("talk", TALKS, ids=str)
def test_tls_and_a_password(tmp_path: Path, talk: Talk) -> None:
    """Profile 2: the central system's certificate is checked against the authority of the config."""

    async def scene() -> None:
        authority = Authority(tmp_path)
        server = authority.sign("csms")
        tls = CsmsTls(key=server.key, cert=server.cert)
        more = f"control: true, security_profile: 2, {password_file(tmp_path, OLD)}, ca_file: {authority.cert}"
        async with (
            talk.csms(stations={STATION: OLD}, tls=tls) as csms,
            etrel_site(tmp_path, csms, version=talk.version, ocpp=more) as site,
        ):
            await site.online()
            assert csms.url.startswith("wss://")
            assert csms.connects[0].password
            assert await talk.change(site, "SecurityProfile", "1") == "Rejected"
            assert await talk.value(site, "SecurityProfile") == "2"

    asyncio.run(scene())


@pytest.mark.parametrize("talk", TALKS, ids=str)
def test_a_central_system_with_the_wrong_certificate_gets_no_password(tmp_path: Path, talk: Talk) -> None:
    """The station does not talk with it, and the card says why."""

    async def scene() -> None:
        server = Authority(tmp_path, "real").sign("csms")
        other = Authority(tmp_path, "other")
        tls = CsmsTls(key=server.key, cert=server.cert)
        more = f"control: true, security_profile: 2, {password_file(tmp_path, OLD)}, ca_file: {other.cert}"
        async with (
            talk.csms(stations={STATION: OLD}, tls=tls) as csms,
            etrel_site(tmp_path, csms, version=talk.version, ocpp=more) as site,
        ):
            await csms.wait_refused(2)
            await site.until(lambda: site.card().error is not None, "the card says why")
            assert "its certificate is not believed" in (site.card().error or "")
            assert csms.connects == []

    asyncio.run(scene())


@pytest.mark.parametrize("talk", TALKS, ids=str)
def test_a_certificate_on_both_sides(tmp_path: Path, talk: Talk) -> None:
    """Profile 3: the station shows its certificate and no password."""

    async def scene() -> None:
        authority = Authority(tmp_path)
        server, own = authority.sign("csms"), authority.sign(STATION)
        own.key.chmod(0o600)
        tls = CsmsTls(key=server.key, cert=server.cert, ca=authority.cert, client_certificate=True)
        more = (
            f"control: true, security_profile: 3, ca_file: {authority.cert}, "
            f"certificate_file: {own.cert}, key_file: {own.key}"
        )
        async with talk.csms(tls=tls) as csms, etrel_site(tmp_path, csms, version=talk.version, ocpp=more) as site:
            await site.online()
            [connect] = of(csms.connects, STATION)
            assert (connect.certificate, connect.password) == (STATION, False)
            assert await talk.value(site, "SecurityProfile") == "3"

    asyncio.run(scene())


PRIORITY = "OCPPCommCtrlr.NetworkConfigurationPriority"


def test_the_security_profile_rises_with_a_network_profile(tmp_path: Path) -> None:
    """From a password in clear to TLS: it holds over a restart, and nothing below it is taken any more."""
    talk = Talk2("2.0.1")

    async def scene() -> None:
        authority = Authority(tmp_path)
        server = authority.sign("csms")
        secure = CsmsTls(key=server.key, cert=server.cert)
        more = f"{basic(tmp_path)}, ca_file: {authority.cert}"
        async with (
            talk.csms(stations={STATION: OLD}) as plain,
            talk.csms(stations={STATION: OLD}, tls=secure) as csms,
            etrel_site(tmp_path, plain, version="2.0.1", ocpp=more) as site,
        ):
            await site.online()
            up = connection(csms, securityProfile=2)
            assert (await site.call("SetNetworkProfile", configurationSlot=1, connectionData=up))[
                "status"
            ] == "Accepted"
            assert await set_(site, PRIORITY, "1,0") in ("Accepted", "RebootRequired")
            await site.call("Reset", type="OnIdle")
            site.csms = csms
            await site.online()
            assert await talk.value(site, "SecurityProfile") == "2"
            down = connection(plain, securityProfile=1)
            answer = await site.call("SetNetworkProfile", configurationSlot=2, connectionData=down)
            assert answer["statusInfo"]["reasonCode"] == "NoSecurityDowngrade"
            await csms.refuse(503)
            await csms.close(STATION)
            await csms.wait_refused(4)
            await plain.catch_up()
            assert len(plain.connects) == 1
            await csms.refuse(None)
            await csms.wait_connected(STATION, 2)

    asyncio.run(scene())


def test_a_security_profile_that_does_not_work_falls_back(tmp_path: Path) -> None:
    """A central system with a certificate that is not believed: the station is back where it was, at its old level."""
    talk = Talk2("2.0.1")

    async def scene() -> None:
        server = Authority(tmp_path, "real").sign("csms")
        other = Authority(tmp_path, "other")
        secure = CsmsTls(key=server.key, cert=server.cert)
        more = f"{basic(tmp_path)}, ca_file: {other.cert}"
        async with (
            talk.csms(stations={STATION: OLD}) as plain,
            talk.csms(stations={STATION: OLD}, tls=secure) as csms,
            etrel_site(tmp_path, plain, version="2.0.1", speed=20, ocpp=more) as site,
        ):
            await site.online()
            up = connection(csms, securityProfile=2)
            assert (await site.call("SetNetworkProfile", configurationSlot=1, connectionData=up))[
                "status"
            ] == "Accepted"
            assert await set_(site, PRIORITY, "1,0") in ("Accepted", "RebootRequired")
            await site.call("Reset", type="OnIdle")
            await site.online(2)
            assert csms.connects == []
            assert len(csms.refusals) == 3
            assert await talk.value(site, "SecurityProfile") == "1"
            assert await get(site, "OCPPCommCtrlr.ActiveNetworkProfile") == ("Accepted", "0")

    asyncio.run(scene())
