"""SendLocalList and GetLocalListVersion."""

from __future__ import annotations

from bridge.types.ocpp.base import take_ocpp
from bridge.types.ocpp.v2.local_list import (
    GetLocalListVersionRequest,
    SendLocalListRequest,
    SendLocalListStatus,
    UpdateType,
)
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.obeyed.local_list import ENTRIES_AT_MOST, Change, Listed
from bridge.uplink.smart_charging.acceptance import Refusal
from bridge.uplink.station import Station
from bridge.uplink.v2.stating import stating

_TOO_MANY = Refusal("TooManyElements", f"one message brings at most {ENTRIES_AT_MOST} drivers")
_TWICE = Refusal("InvalidValue", "a driver is told twice, and only one of it can hold")


async def send_local_list(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Replace or change the list."""
    request = take_ocpp(SendLocalListRequest, payload).model
    given = request.local_authorization_list or ()
    changes = [Change(Listed.of(item.id_token.id_token, item.id_token.type), item.id_token_info) for item in given]
    refusal = _TOO_MANY if len(changes) > ENTRIES_AT_MOST else None
    if len({change.listed for change in changes}) < len(changes):
        refusal = _TWICE
    if refusal is not None:
        return stating(SendLocalListStatus.FAILED, refusal)
    is_full = request.update_type is UpdateType.FULL
    return stating(*await station.local_list.update(request.version_number, changes, is_full=is_full))


async def get_local_list_version(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Tell the list's version."""
    take_ocpp(GetLocalListVersionRequest, payload)
    return Answer({"versionNumber": station.local_list.version})
