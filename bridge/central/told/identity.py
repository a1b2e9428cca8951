"""Who a station says it is when it boots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.types.charger import ChargerIdentity
from bridge.types.ocpp.version import OcppVersion


def identity_of(payload: Mapping[str, Any], version: OcppVersion) -> ChargerIdentity:
    """Return what a BootNotification that fits its schema says; an empty text is none."""
    if version is OcppVersion.V16:
        serial = _text(payload.get("chargePointSerialNumber")) or _text(payload.get("chargeBoxSerialNumber"))
        return ChargerIdentity(
            vendor_name=_text(payload["chargePointVendor"]) or "",
            model=_text(payload["chargePointModel"]),
            serial_number=serial,
            firmware_version=_text(payload.get("firmwareVersion")),
        )
    station = payload["chargingStation"]
    return ChargerIdentity(
        vendor_name=_text(station["vendorName"]) or "",
        model=_text(station["model"]),
        serial_number=_text(station.get("serialNumber")),
        firmware_version=_text(station.get("firmwareVersion")),
    )


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
