"""Logs that a station uploads and firmware that it fetches, in the words of the station's version."""

from __future__ import annotations

from typing import Any, Final

from bridge.central.operations.arguments import Arguments, given
from bridge.central.operations.wish import Terms, Wish, single
from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.payload_error import ProblemKind

_DIAGNOSTICS: Final = "DiagnosticsLog"
_UPLOADS: Final = "The charger tells how far the upload is; a remark on its card names the file once it is here."
_ELSEWHERE: Final = "The charger tells how far the upload is."
_UPDATES: Final = "The charger tells how far the update is, in FirmwareStatusNotification."


def word_get_log(args: Arguments, terms: Terms) -> Wish:
    """Have the station upload a log: to the place named, or to this computer where that is set up."""
    log = Arguments(args.operation, args.pop_as(dict, "log") or {})
    log_type = args.pop("logType")
    request_id = args.pop("requestId")
    location = _first(log.pop("remoteLocation"), args.pop("location", "remoteLocation"))
    oldest = _first(log.pop("oldestTimestamp"), args.pop("startTime", "oldestTimestamp"))
    latest = _first(log.pop("latestTimestamp"), args.pop("stopTime", "latestTimestamp"))
    if terms.is_v16 and log.rest:
        raise args.error(f"log.{next(iter(log.rest))[:60]}", ProblemKind.UNKNOWN_FIELD, "is no field of this type")
    is_here = location is None
    if location is None:
        location = terms.upload_url()
    if location is None:
        said = "is required: a URL such as ftp://user:password@host/folder/; or set upload_port under central"
        raise args.error("location" if terms.is_v16 else "log.remoteLocation", ProblemKind.MISSING, said)
    follows = _UPLOADS if is_here else _ELSEWHERE
    diagnostics = {
        **args.rest,
        **given("location", location),
        **given("startTime", oldest),
        **given("stopTime", latest),
    }
    notes = list(args.notes)
    if terms.is_v16 and log_type in (None, _DIAGNOSTICS) and (args.operation == "GetDiagnostics" or log_type is None):
        return single("GetDiagnostics", diagnostics, notes, follows=follows)
    payload = {
        **args.rest,
        "logType": _DIAGNOSTICS if log_type is None else log_type,
        "requestId": terms.new_id() if request_id is None else request_id,
        "log": {
            **log.rest,
            "remoteLocation": location,
            **given("oldestTimestamp", oldest),
            **given("latestTimestamp", latest),
        },
    }
    if not terms.is_v16 or log_type != _DIAGNOSTICS:
        return single("GetLog", payload, notes, follows=follows)
    instead = single(
        "GetDiagnostics", diagnostics, ["the charger has no GetLog, so GetDiagnostics is sent"], follows=follows
    )
    return single("GetLog", payload, notes, follows=follows, otherwise=instead)


def word_update_firmware(args: Arguments, terms: Terms) -> Wish:
    """Have the station fetch and install firmware, signed or not."""
    firmware = Arguments(args.operation, args.pop_as(dict, "firmware") or {})
    location = _first(firmware.pop("location"), args.pop("location"))
    when = _first(firmware.pop("retrieveDateTime"), args.pop("retrieveDate", "retrieveDateTime"))
    request_id = args.pop("requestId")
    if when is None:
        when = to_rfc3339(terms.now.replace(microsecond=0))
        args.notes.append("no time is named, so it is fetched now")
    is_signed = "signature" in firmware or "signingCertificate" in firmware
    if terms.is_v16 and not is_signed:
        if firmware.pop("installDateTime") is not None:
            args.notes.append("installDateTime is left out: OCPP 1.6 installs when it has fetched")
        if firmware.rest:
            name = next(iter(firmware.rest))[:60]
            raise args.error(f"firmware.{name}", ProblemKind.UNKNOWN_FIELD, "is no field of this type")
        payload = {**args.rest, **given("location", location), "retrieveDate": when}
        return single("UpdateFirmware", payload, args.notes, follows=_UPDATES)
    payload = {
        **args.rest,
        "requestId": terms.new_id() if request_id is None else request_id,
        "firmware": {**firmware.rest, **given("location", location), "retrieveDateTime": when},
    }
    return single("SignedUpdateFirmware" if terms.is_v16 else "UpdateFirmware", payload, args.notes, follows=_UPDATES)


def _first(one: Any, other: Any) -> Any:
    return other if one is None else one
