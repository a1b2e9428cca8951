"""The messages of OCPP 1.6 that keep a list of tags at the station."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import Many, OcppType, OcppWord, Whole
from bridge.types.ocpp.v16.authorization import IdTagInfo


class GetLocalListVersionRequest(OcppType):
    """Tell the list's version [spec: OCPP 1.6 GetLocalListVersion.req]."""


class GetLocalListVersionConfirmation(OcppType):
    """The answer to it [spec: OCPP 1.6 GetLocalListVersion.conf]."""

    list_version: Whole
    """0 for an empty list, -1 where the station keeps none"""


class AuthorizationData(OcppType):
    """One tag of the list [spec: OCPP 1.6]."""

    id_tag: Annotated[str, Field(max_length=20)]
    id_tag_info: IdTagInfo | None = None
    """absent in a Differential list: the tag is removed; a Full list has it always [spec]"""


class UpdateType(OcppWord):
    """What is done with the list that is held [spec: OCPP 1.6]."""

    DIFFERENTIAL = "Differential"
    """changed by what is sent"""
    FULL = "Full"
    """replaced by what is sent"""


class SendLocalListRequest(OcppType):
    """Replace or change the list [spec: OCPP 1.6 SendLocalList.req]."""

    list_version: Whole
    """the version that the list has afterwards"""
    update_type: UpdateType
    local_authorization_list: Many[AuthorizationData] | None = None
    """as good as empty when absent"""


class UpdateStatus(OcppWord):
    """What became of it [spec: OCPP 1.6]."""

    ACCEPTED = "Accepted"
    FAILED = "Failed"
    NOT_SUPPORTED = "NotSupported"
    """the station keeps no list"""
    VERSION_MISMATCH = "VersionMismatch"
    """a Differential list that is not newer than the one held"""


class SendLocalListConfirmation(OcppType):
    """The answer to it [spec: OCPP 1.6 SendLocalList.conf]."""

    status: UpdateStatus
