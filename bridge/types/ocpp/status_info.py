"""Why a status is what it is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import OcppType, OcppWord


class StatusInfoType(OcppType):
    """More on a status [spec: seed 004; OCPP 2.x]."""

    reason_code: Annotated[str, Field(max_length=20)]
    """a code of OCPP's list or of the operator; compared without regard to case"""
    additional_info: Annotated[str, Field(max_length=1024)] | None = None
    """for a person; at most 512 characters on the wire of OCPP 2.0.1"""


class GenericStatus(OcppWord):
    """Done or not [spec: OCPP 2.x GenericStatusEnumType]."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
