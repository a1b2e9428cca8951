"""Where on the station: an EVSE, or a connector of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import OcppType, Whole


class EVSE(OcppType):
    """An EVSE, or with `connector_id` one connector of it [spec: seed 004]."""

    id: Annotated[Whole, Field(ge=1)]
    """from 1; the station as a whole is told by leaving the EVSE out"""
    connector_id: Annotated[Whole, Field(ge=1)] | None = None
    """from 1 within the EVSE"""
