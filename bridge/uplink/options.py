"""What a person may set about one central system of one charger, as the uplink knows it."""

from __future__ import annotations

from bridge.types.station_options import (
    PROFILE_BASIC,
    PROFILE_CLIENT_CERTIFICATE,
    PROFILE_TLS,
    OcppOptions,
)

__all__ = ["PROFILE_BASIC", "PROFILE_CLIENT_CERTIFICATE", "PROFILE_TLS", "OcppOptions"]
