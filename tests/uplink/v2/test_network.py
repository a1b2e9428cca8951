from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import SecretStr

from bridge.errors import StoreError
from bridge.ocppj.schemas import Schemas
from bridge.store.sqlite import SqliteStore, open_store
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.version import OcppVersion
from bridge.types.station_options import OcppOptions
from bridge.uplink.network.judging import Grounds
from bridge.uplink.network.profiles import NetworkProfiles
from bridge.uplink.network.route import Route
from bridge.uplink.station import Station
from bridge.uplink.v2.network import answer, grounds_of
from tests.engine.fakes import DirectDesk
from tests.uplink.network.making import PASSWORD, grounds, payload

V201, V21 = OcppVersion.V201, OcppVersion.V21


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Give a store on disk."""
    opened = open_store(tmp_path / "bridge.db")
    yield opened
    opened.close()


def answered(profiles: NetworkProfiles, request: dict[str, Any], *editions: OcppVersion) -> dict[str, Any]:
    """Return the answer; request and answer are held against the schemas of these editions."""
    given = asyncio.run(answer("garage → home", profiles, grounds(security_profile=1, has_password=True), request))
    for edition in editions:
        schemas = Schemas(edition)
        schemas.check_request("SetNetworkProfile", request)
        schemas.check_answer("SetNetworkProfile", given.payload)
    assert given.then is None, "the connection in use stays"
    return dict(given.payload)


@pytest.mark.parametrize(
    ("data", "editions"),
    [
        (payload(securityProfile=1), (V201, V21)),
        (payload(securityProfile=1, ocppVersion="OCPP21", ocppInterface="Any", basicAuthPassword=PASSWORD), (V21,)),
        (payload(securityProfile=1, ocppVersion=None, identity="B"), (V21,)),
    ],
)
def test_a_profile_is_kept(data: dict[str, Any], editions: tuple[OcppVersion, ...], store: SqliteStore) -> None:
    """In the words of either edition."""
    profiles = NetworkProfiles("garage/home", DirectDesk(store))
    request = {"configurationSlot": 2, "connectionData": data}
    assert answered(profiles, request, *editions) == {"status": "Accepted"}
    kept = profiles.profile(2)
    assert kept is not None
    assert kept.basic_auth_password == data.get("basicAuthPassword")


def test_what_is_refused_has_a_reason(store: SqliteStore) -> None:
    """And the slot stays as it was."""
    profiles = NetworkProfiles("garage/home", DirectDesk(store))
    request = {"configurationSlot": 2, "connectionData": payload()}
    info = {
        "reasonCode": "NoSecurityDowngrade",
        "additionalInfo": "security profile 1 is in force and may only rise",
    }
    assert answered(profiles, request, V201, V21) == {"status": "Rejected", "statusInfo": info}
    assert profiles.slots == ()


def test_what_cannot_be_kept_has_failed(store: SqliteStore) -> None:
    """It is the station's own trouble, and the central system may try again."""
    profiles = NetworkProfiles("garage/home", DirectDesk(store, StoreError("the store", "the disk is full")))
    request = {"configurationSlot": 1, "connectionData": payload(securityProfile=1)}
    info = {"reasonCode": "InternalError", "additionalInfo": "it could not be kept"}
    assert answered(profiles, request, V201, V21) == {"status": "Failed", "statusInfo": info}


def test_what_is_no_profile_is_no_question(store: SqliteStore) -> None:
    """It is answered with an error of its own."""
    profiles = NetworkProfiles("garage/home", DirectDesk(store))
    with pytest.raises(PayloadError):
        answered(profiles, {"configurationSlot": "1", "connectionData": payload()})


def station(profiles: NetworkProfiles, set_to: int, key: SecretStr | None, **options: Any) -> Station:
    """Return as much of a station as its grounds are made of."""
    given = OcppOptions.model_validate({"name": "home", "url": "wss://home", "identity": "GARAGE-1", **options})
    configuration = SimpleNamespace(settings=SimpleNamespace(security_profile=set_to), authorization_key=key)
    return cast("Station", SimpleNamespace(options=given, configuration=configuration, route=Route(profiles)))


@pytest.mark.parametrize(
    ("set_to", "key", "options", "grounds"),
    [
        (0, None, {}, (0, False, False)),
        (1, SecretStr(PASSWORD), {}, (1, True, False)),
        (2, None, {"security_profile": 2, "password_env": "P"}, (2, True, False)),
        (2, None, {"security_profile": 2, "password_file": "p"}, (2, True, False)),
        (3, None, {"security_profile": 3, "certificate_file": "c", "key_file": "k"}, (3, False, True)),
    ],
)
def test_the_grounds_are_what_the_station_has(
    set_to: int,
    key: SecretStr | None,
    options: dict[str, Any],
    grounds: tuple[int, bool, bool],
    store: SqliteStore,
) -> None:
    """The security in force, a password of the config's or the central system's, and a certificate."""
    level, has_password, has_certificate = grounds
    profiles = NetworkProfiles("garage/home", DirectDesk(store))
    assert grounds_of(station(profiles, set_to, key, **options)) == Grounds(
        security_profile=level, identity="GARAGE-1", has_password=has_password, has_certificate=has_certificate
    )
