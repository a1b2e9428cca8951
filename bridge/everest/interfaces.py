"""All interfaces of EVerest that a station offers, by the names of their implementations."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bridge.everest.charge_point import CHARGE_POINT
from bridge.everest.generic import DATA_TRANSFER, OCPP
from bridge.everest.interface import Interface

INTERFACES: Final[Mapping[str, Interface]] = MappingProxyType(
    {one.implementation: one for one in (CHARGE_POINT, OCPP, DATA_TRANSFER)}
)
