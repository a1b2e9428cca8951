"""SendLocalList, GetLocalListVersion, ClearCache."""

from __future__ import annotations

from bridge.types.ocpp.base import take_ocpp
from bridge.types.ocpp.v16.authorization import ClearCacheRequest
from bridge.types.ocpp.v16.local_list import GetLocalListVersionRequest, SendLocalListRequest, UpdateType
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.obeyed.local_list import Change, Listed, info_of_tag
from bridge.uplink.station import Station


async def send_local_list(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Replace or change the list."""
    request = take_ocpp(SendLocalListRequest, payload).model
    changes = [
        Change(Listed.of(item.id_tag), None if item.id_tag_info is None else info_of_tag(item.id_tag_info))
        for item in request.local_authorization_list or ()
    ]
    is_full = request.update_type is UpdateType.FULL
    status, _ = await station.local_list.update(request.list_version, changes, is_full=is_full)
    return Answer({"status": status.value})


async def get_local_list_version(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Tell the list's version."""
    take_ocpp(GetLocalListVersionRequest, payload)
    return Answer({"listVersion": station.local_list.version})


async def clear_cache(_station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Refuse to clear a cache that is not there: the charger decides itself who may charge."""
    take_ocpp(ClearCacheRequest, payload)
    return Answer({"status": "Rejected"})
