"""Base of the OCPP 2.x types: each of them may carry customData."""

from __future__ import annotations

from bridge.types.ocpp.base import OcppType
from bridge.types.ocpp.custom_data import CustomData


class Extensible(OcppType):
    """A message or data type of OCPP 2.x."""

    custom_data: CustomData | None = None
    """what a vendor adds; OCPP 2.x allows it everywhere and nothing else anywhere [spec]"""
