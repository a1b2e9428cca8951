"""GetLog: what the bridge has is its own journal, and only who may command the charger gets it."""

from __future__ import annotations

from bridge.types.ocpp.base import take_ocpp
from bridge.types.ocpp.v2.diagnostics import GetLogRequest, LogType
from bridge.types.ocpp.v16.diagnostics import LogStatus
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.obeyed.log_upload import UploadTeller, may_have_log
from bridge.uplink.smart_charging.acceptance import Refusal
from bridge.uplink.station import Station
from bridge.uplink.v2.stating import hold_request_id, stating

_NO_CONTROL = Refusal("NotEnabled", "this central system only gets reports")
_NO_DATA_COLLECTOR = Refusal("UnsupportedParam", "there is no data collector")
_NO_PLACE = Refusal("InvalidURL", "a log is sent by http, https or ftp")


async def get_log(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Upload the journal, or its security events."""
    request = take_ocpp(GetLogRequest, payload).model
    hold_request_id(request.request_id)
    if not may_have_log(station):
        return stating(LogStatus.REJECTED, _NO_CONTROL)
    if request.log_type is LogType.DATA_COLLECTOR_LOG:
        return stating(LogStatus.REJECTED, _NO_DATA_COLLECTOR)
    teller = UploadTeller(station, conversation)
    status, name = station.uploads.start_log(request, teller.tell)
    if name is None:
        return stating(LogStatus.REJECTED, _NO_PLACE)
    return stating(status, then=teller.begin, more={"filename": name})
