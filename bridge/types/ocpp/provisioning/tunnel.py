"""Virtual private network, part of a network profile."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import OcppWord
from bridge.types.ocpp.provisioning.edition import Sent
from bridge.types.ocpp.provisioning.extensible import Extensible


class VPNType(OcppWord):
    """Kind of a VPN [spec]."""

    IKEV2 = "IKEv2"
    IPSEC = "IPSec"
    L2TP = "L2TP"
    PPTP = "PPTP"


class VPN(Extensible):
    """How to reach a CSMS through a VPN [spec]; the secrets are not shown by `repr()`."""

    server: Annotated[str, Field(max_length=2000), Sent(min_length=1, max_length=512)]
    """address of the VPN's server"""
    user: Annotated[str, Field(max_length=50), Sent(min_length=1, max_length=20)]
    password: Annotated[str, Field(max_length=64, repr=False), Sent(min_length=1, max_length=20)]
    key: Annotated[str, Field(max_length=255, repr=False), Sent(min_length=1)]
    """shared secret"""
    type: VPNType
    group: Annotated[str | None, Field(max_length=50), Sent(max_length=20)] = None
