"""GetDiagnostics and GetLog: what the bridge has is its own journal, and only who may command the charger gets it."""

from __future__ import annotations

from bridge.types.ocpp.base import take_ocpp
from bridge.types.ocpp.v16.diagnostics import GetDiagnosticsRequest, GetLogRequest
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.obeyed.log_upload import UploadTeller, may_have_log
from bridge.uplink.station import Station

_NO_FILE = Answer({})
_REJECTED = Answer({"status": "Rejected"})


async def get_diagnostics(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Upload the journal; without a file's name where there is no file for this central system [spec]."""
    request = take_ocpp(GetDiagnosticsRequest, payload).model
    if not may_have_log(station):
        return _NO_FILE
    teller = UploadTeller(station, conversation)
    name = station.uploads.start_diagnostics(request, teller.tell)
    return _NO_FILE if name is None else Answer({"fileName": name}, teller.begin)


async def get_log(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Upload the journal, or its security events."""
    request = take_ocpp(GetLogRequest, payload).model
    if not may_have_log(station):
        return _REJECTED
    teller = UploadTeller(station, conversation)
    status, name = station.uploads.start_log(request, teller.tell)
    return _REJECTED if name is None else Answer({"status": status.value, "filename": name}, teller.begin)
