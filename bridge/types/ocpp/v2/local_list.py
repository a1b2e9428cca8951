"""What a central system of OCPP 2.x knows of a driver, and the list of drivers that it keeps at the station."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import Many, Moment, OcppWord, Whole
from bridge.types.ocpp.id_token import IdToken
from bridge.types.ocpp.provisioning.extensible import Extensible
from bridge.types.ocpp.text_message import MessageContent


class AuthorizationStatus(OcppWord):
    """Whether a driver may charge [spec: OCPP 2.x AuthorizationStatusEnumType]; 1.6's words are among them."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    CONCURRENT_TX = "ConcurrentTx"
    """charges elsewhere already"""
    EXPIRED = "Expired"
    INVALID = "Invalid"
    NO_CREDIT = "NoCredit"
    NOT_ALLOWED_TYPE_EVSE = "NotAllowedTypeEVSE"
    NOT_AT_THIS_LOCATION = "NotAtThisLocation"
    NOT_AT_THIS_TIME = "NotAtThisTime"
    UNKNOWN = "Unknown"


class IdTokenInfo(Extensible):
    """What a central system knows of a driver [spec: OCPP 2.x IdTokenInfoType]."""

    status: AuthorizationStatus
    cache_expiry_date_time: Moment | None = None
    """until when it may be believed without asking again"""
    charging_priority: Whole | None = None
    language1: Annotated[str, Field(max_length=8)] | None = None
    language2: Annotated[str, Field(max_length=8)] | None = None
    evse_id: Annotated[Many[Whole], Field(min_length=1)] | None = None
    """the only EVSEs at which he may charge; all when absent"""
    group_id_token: IdToken | None = None
    """drivers with the same one may stop each other's transactions"""
    personal_message: MessageContent | None = None


class AuthorizationData(Extensible):
    """One driver of the list [spec: OCPP 2.x]."""

    id_token: IdToken
    id_token_info: IdTokenInfo | None = None
    """absent in a Differential list: the driver is removed; a Full list has it always [spec]"""


class UpdateType(OcppWord):
    """What is done with the list that is held [spec: OCPP 2.x]."""

    DIFFERENTIAL = "Differential"
    """changed by what is sent"""
    FULL = "Full"
    """replaced by what is sent"""


class SendLocalListRequest(Extensible):
    """Replace or change the list [spec: OCPP 2.x]."""

    version_number: Whole
    """the version that the list has afterwards"""
    update_type: UpdateType
    local_authorization_list: Annotated[Many[AuthorizationData], Field(min_length=1)] | None = None
    """a Full list without it empties what is held"""


class SendLocalListStatus(OcppWord):
    """What became of it [spec: OCPP 2.x]."""

    ACCEPTED = "Accepted"
    FAILED = "Failed"
    VERSION_MISMATCH = "VersionMismatch"
    """a Differential list that is not newer than the one held"""


class GetLocalListVersionRequest(Extensible):
    """Tell the list's version [spec: OCPP 2.x]."""
