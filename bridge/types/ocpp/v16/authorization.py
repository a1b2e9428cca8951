"""The messages of OCPP 1.6 that ask whether a tag may charge, and what a central system knows of a tag."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import Moment, OcppType, OcppWord


class AuthorizationStatus(OcppWord):
    """Whether a tag may charge [spec: OCPP 1.6]."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    """nobody knows it"""
    CONCURRENT_TX = "ConcurrentTx"
    """it charges elsewhere already; some central systems say so of a StartTransaction that is only repeated [seen]"""


class IdTagInfo(OcppType):
    """What a central system knows of a tag [spec: OCPP 1.6]."""

    status: AuthorizationStatus
    expiry_date: Moment | None = None
    """until when it may be believed without asking again"""
    parent_id_tag: Annotated[str, Field(max_length=20)] | None = None
    """tags with the same one may stop each other's transactions"""


class AuthorizeRequest(OcppType):
    """Ask whether this tag may charge [spec: OCPP 1.6 Authorize.req]."""

    id_tag: Annotated[str, Field(max_length=20)]


class ClearCacheRequest(OcppType):
    """Forget which tags were accepted [spec: OCPP 1.6 ClearCache.req]."""


class ClearCacheStatus(OcppWord):
    """Whether they are forgotten [spec: OCPP 1.6]."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"


class ClearCacheConfirmation(OcppType):
    """The answer to it [spec: OCPP 1.6 ClearCache.conf]."""

    status: ClearCacheStatus
