"""Messages of vendors ↔ DataTransfer of all versions; in 2.x the data may be any JSON, in the types it is text."""

from __future__ import annotations

import json

from bridge.types.ocpp.base import Model, Taken, take_ocpp
from bridge.types.ocpp.data_transfer import DataTransferRequest, DataTransferResponse
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.translate.said import Said
from bridge.types.ocpp.version import OcppVersion


def data_transfer(message: DataTransferRequest | DataTransferResponse, version: OcppVersion) -> Said:
    """Return DataTransfer.req or .conf; Offline is on no wire."""
    return say(message, version)


def transfer_from(payload: object) -> Taken[DataTransferRequest]:
    """Take a DataTransfer.req of any version. Raises PayloadError."""
    return _take(DataTransferRequest, payload)


def answer_from(payload: object) -> Taken[DataTransferResponse]:
    """Take a DataTransfer.conf of any version. Raises PayloadError."""
    return _take(DataTransferResponse, payload)


def _take(cls: type[Model], payload: object) -> Taken[Model]:
    if not isinstance(payload, dict) or payload.get("data") is None or isinstance(payload["data"], str):
        return take_ocpp(cls, payload)
    text = json.dumps(payload["data"], ensure_ascii=False, separators=(",", ":"))
    return take_ocpp(cls, {**payload, "data": text})._replace(corrected=("data is taken as its JSON text",))
