from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import IdTokenType
from bridge.uplink.obeyed.local_list import ENTRIES_AT_MOST
from bridge.uplink.v2.local_list import get_local_list_version, send_local_list
from bridge.uplink.v16.local_list import send_local_list as send_local_list_of_1_6
from tests.uplink.station_scene import AT
from tests.uplink.v2.asking import BOTH, Asking, asking, reason

pytestmark = pytest.mark.parametrize("version", BOTH)
RFID, CENTRAL = IdTokenType.ISO14443, IdTokenType.CENTRAL


def driver(text: str, status: str | None, kind: IdTokenType = RFID, **more: Any) -> dict[str, Any]:
    """Return one driver of a list; without a status he is taken off it."""
    info = {} if status is None else {"idTokenInfo": {"status": status, **more}}
    return {"idToken": {"idToken": text, "type": kind.value}, **info}


async def send(it: Asking, number: int, kind: str, *drivers: dict[str, Any]) -> tuple[str, str | None]:
    """Send a list."""
    given = {"localAuthorizationList": list(drivers)} if drivers else {}
    payload = {"versionNumber": number, "updateType": kind, **given}
    return reason(await it.ask(send_local_list, "SendLocalList", **payload))


async def held(it: Asking) -> int:
    """Return the version that is held."""
    return int((await it.ask(get_local_list_version, "GetLocalListVersion"))["versionNumber"])


def test_a_list_is_replaced_changed_and_kept(tmp_path: Path, version: OcppVersion) -> None:
    """With all that the central system knows of a driver; it outlives a restart."""

    async def before(it: Asking) -> None:
        assert await held(it) == 0
        message = {"format": "UTF8", "content": "Hello"}
        good = driver("04aabbcc", "Accepted", personalMessage=message, chargingPriority=1, language1="de")
        assert await send(it, 3, "Full", good, driver("04AABBCD", "Blocked")) == ("Accepted", None)
        assert await send(it, 3, "Differential", driver("04AABBCD", None)) == ("VersionMismatch", "ValueTooLow")
        assert await send(it, 5, "Differential", driver("04AABBCD", None), driver("X", "Expired", CENTRAL)) == (
            "Accepted",
            None,
        )

    async def after(it: Asking) -> None:
        standing = it.station.local_list.standing
        assert await held(it) == 5
        assert standing("04AABBCC", AT, RFID) == "Accepted"
        assert standing("04AABBCC", AT, CENTRAL) is None
        assert standing("04AABBCC", AT) == "Accepted"
        assert standing("04AABBCD", AT, RFID) is None
        assert standing("x", AT, CENTRAL) == "Expired"
        assert await send(it, 9, "Full") == ("Accepted", None)
        assert await held(it) == 0
        assert len(it.station.local_list) == 0

    asking(tmp_path, version, before)
    asking(tmp_path, version, after)


def test_a_list_that_cannot_be_taken_whole_is_not_taken(tmp_path: Path, version: OcppVersion) -> None:
    """The one that is held stays."""

    async def act(it: Asking) -> None:
        assert await send(it, 1, "Full", driver("A", "Accepted")) == ("Accepted", None)
        assert await send(it, 0, "Full", driver("B", "Accepted")) == ("Failed", "ValuePositiveOnly")
        assert await send(it, 2, "Full", driver("B", None)) == ("Failed", "MissingParam")
        assert await send(it, 2, "Full", driver("B", "Accepted"), driver("b", "Blocked")) == ("Failed", "InvalidValue")
        many = [driver(f"T{number}", "Accepted") for number in range(ENTRIES_AT_MOST)]
        assert await send(it, 2, "Full", *many, driver("U", "Accepted")) == ("Failed", "TooManyElements")
        assert await send(it, 2, "Differential", *many) == ("Failed", "TooManyElements")
        assert await held(it) == 1
        assert it.station.local_list.standing("A", AT, RFID) == "Accepted"

    asking(tmp_path, version, act)


def test_a_driver_s_time_and_place_count(tmp_path: Path, version: OcppVersion) -> None:
    """He is expired after his time, and not accepted at another EVSE than his."""

    async def act(it: Asking) -> None:
        until = to_rfc3339(AT + timedelta(hours=1))
        assert await send(it, 1, "Full", driver("A", "Accepted", cacheExpiryDateTime=until, evseId=[2])) == (
            "Accepted",
            None,
        )
        standing = it.station.local_list.standing
        assert standing("A", AT, RFID, 2) == "Accepted"
        assert standing("A", AT, RFID, 1) == "NotAllowedTypeEVSE"
        assert standing("A", AT + timedelta(hours=1), RFID, 2) == "Expired"

    asking(tmp_path, version, act)


def test_what_1_6_brought_is_any_type_s_and_what_2_x_brought_is_1_6_s(tmp_path: Path, version: OcppVersion) -> None:
    """It is one list; where types disagree, a bare tag is not accepted; the newer word replaces the older one."""

    async def act(it: Asking) -> None:
        listed = [{"idTag": "Tag", "idTagInfo": {"status": "Accepted", "parentIdTag": "P"}}]
        payload = {"listVersion": 1, "updateType": "Full", "localAuthorizationList": listed}
        answer = await send_local_list_of_1_6(it.station, it, payload)
        assert answer.payload == {"status": "Accepted"}
        standing = it.station.local_list.standing
        assert (standing("TAG", AT), standing("tag", AT, RFID), standing("tag", AT, CENTRAL)) == ("Accepted",) * 3
        changed = (driver("Tag", "Accepted"), driver("Tag", "Blocked", CENTRAL))
        assert await send(it, 2, "Differential", *changed) == ("Accepted", None)
        assert (standing("tag", AT, RFID), standing("tag", AT, CENTRAL)) == ("Accepted", "Blocked")
        assert standing("tag", AT) == "Blocked"
        assert await send(it, 3, "Differential", driver("TAG", None, CENTRAL)) == ("Accepted", None)
        assert standing("tag", AT) == "Accepted"
        payload = {"listVersion": 4, "updateType": "Differential", "localAuthorizationList": [{"idTag": "tag"}]}
        await send_local_list_of_1_6(it.station, it, payload)
        assert standing("tag", AT) is None

    asking(tmp_path, version, act)


def test_a_list_of_the_time_of_1_6_alone_is_read(tmp_path: Path, version: OcppVersion) -> None:
    """It was kept by tag."""

    async def before(it: Asking) -> None:
        text = '{"version":7,"entries":{"tag":{"status":"Blocked","expiryDate":"2026-03-10T13:00:00Z"}}}'
        it.scene.store.put_setting(f"{it.station.outbox.station}/list", text)

    async def after(it: Asking) -> None:
        assert await held(it) == 7
        assert it.station.local_list.standing("TAG", AT, RFID) == "Blocked"
        assert it.station.local_list.standing("TAG", AT + timedelta(hours=1)) == "Expired"

    asking(tmp_path, version, before)
    asking(tmp_path, version, after)
