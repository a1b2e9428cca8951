"""Network profiles as a central system sends them."""

from __future__ import annotations

from typing import Any

from bridge.types.ocpp.base import take_ocpp
from bridge.types.ocpp.provisioning.set_network_profile import NetworkConnectionProfile
from bridge.uplink.network.judging import Grounds

PASSWORD = "correct horse battery"


def payload(**given: Any) -> dict[str, Any]:
    """Return connectionData; what is given as None is left out."""
    data = {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": "ws://csms.example:9000/ocpp",
        "messageTimeout": 30,
        "securityProfile": 0,
        "ocppInterface": "Wired0",
        **given,
    }
    return {key: value for key, value in data.items() if value is not None}


def profile(**given: Any) -> NetworkConnectionProfile:
    """Return the same as the type."""
    return take_ocpp(NetworkConnectionProfile, payload(**given)).model


def grounds(**given: Any) -> Grounds:
    """Return a station without security, password and certificate."""
    usual = {"security_profile": 0, "identity": "GARAGE-1", "has_password": False, "has_certificate": False}
    return Grounds(**{**usual, **given})
