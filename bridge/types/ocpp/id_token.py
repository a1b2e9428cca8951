"""Who charges, and what a CSMS says to that."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, Strict

from bridge.types.ocpp.base import Many, OcppType
from bridge.types.words import IdTokenType

_RFID_UID = re.compile(r"(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{14})")


class AdditionalInfo(OcppType):
    """Another identifier of the same driver [spec: OCPP 2.x]."""

    additional_id_token: Annotated[str, Field(max_length=255)]
    type: Annotated[str, Field(max_length=50)]


class IdToken(OcppType):
    """What identified a driver; compared without regard to case [spec: OCPP 2.1]."""

    id_token: Annotated[str, Field(max_length=255)]
    """empty for NoAuthorization"""
    type: Annotated[IdTokenType, Strict(strict=False)]
    """OCPP 2.1 leaves the word open; others than these are refused"""
    additional_info: Annotated[Many[AdditionalInfo], Field(min_length=1)] | None = None


def id_token_of(text: str) -> IdToken:
    """Return the token that a bare text such as OCPP 1.6's idTag stands for.

    8 or 14 hex digits are the number of an RFID card, as CSMSs check of ISO14443 [seen]; all else is Central.
    """
    sort = IdTokenType.ISO14443 if _RFID_UID.fullmatch(text) else IdTokenType.CENTRAL
    return IdToken(id_token=text, type=sort)
