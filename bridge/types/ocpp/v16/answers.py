"""What a central system answers to the station's own messages of OCPP 1.6."""

from __future__ import annotations

from typing import Any, Final

from bridge.types.ocpp.base import Model, Moment, OcppType, Taken, Whole, take_ocpp
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.v16.authorization import IdTagInfo

_BESIDE_THE_POINT: Final = ("expiryDate", "parentIdTag")


class AuthorizeConfirmation(OcppType):
    """The answer to an Authorize.req [spec: OCPP 1.6 Authorize.conf]."""

    id_tag_info: IdTagInfo


class StartTransactionConfirmation(OcppType):
    """The answer to a StartTransaction.req [spec: OCPP 1.6 StartTransaction.conf]."""

    id_tag_info: IdTagInfo
    transaction_id: Whole
    """chosen by the central system; 0 often means that it keeps no transaction at all [seen]"""


class StopTransactionConfirmation(OcppType):
    """The answer to a StopTransaction.req [spec: OCPP 1.6 StopTransaction.conf]."""

    id_tag_info: IdTagInfo | None = None
    """where the request named a tag"""


class HeartbeatConfirmation(OcppType):
    """The answer to a Heartbeat.req [spec: OCPP 1.6 Heartbeat.conf]."""

    current_time: Moment
    """the central system's clock"""


def take_answer(cls: type[Model], payload: object) -> Taken[Model]:
    """Take one of the answers above. Raises PayloadError.

    An expiryDate or parentIdTag that is not what it should be is ignored and noted: to refuse the answer to a
    StartTransaction for that would lose the transaction's id.
    """
    try:
        return take_ocpp(cls, payload)
    except PayloadError as error:
        unreadable = [key for key in _BESIDE_THE_POINT if any(p.path == f"idTagInfo.{key}" for p in error.problems)]
        if not unreadable:
            raise
    taken = take_ocpp(cls, _without(payload, unreadable))
    return taken._replace(corrected=tuple(f"idTagInfo.{key} is ignored: it cannot be read" for key in unreadable))


def _without(payload: Any, keys: list[str]) -> dict[str, Any]:
    """Return the answer without these fields of its `idTagInfo`, which is an object that has them."""
    return {**payload, "idTagInfo": {key: value for key, value in payload["idTagInfo"].items() if key not in keys}}
