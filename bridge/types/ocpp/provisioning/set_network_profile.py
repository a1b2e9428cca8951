"""SetNetworkProfile, CSMS → station: how to reach a CSMS, kept in a slot for later use."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import OcppWord, Whole
from bridge.types.ocpp.provisioning.cellular import APN
from bridge.types.ocpp.provisioning.edition import Sent
from bridge.types.ocpp.provisioning.extensible import Extensible
from bridge.types.ocpp.provisioning.status_info import StatusInfo
from bridge.types.ocpp.provisioning.tunnel import VPN


class OCPPVersion(OcppWord):
    """Version of OCPP that is spoken over a connection [spec]."""

    OCPP12 = "OCPP12"
    OCPP15 = "OCPP15"
    OCPP16 = "OCPP16"
    OCPP20 = "OCPP20"
    """2.0, and in an edition that knows no other word also 2.0.1"""
    OCPP201 = "OCPP201"
    """a word of 2.1"""
    OCPP21 = "OCPP21"
    """a word of 2.1"""


class OCPPTransport(OcppWord):
    """How OCPP is carried [spec]."""

    JSON = "JSON"
    """over a WebSocket"""
    SOAP = "SOAP"
    """not in OCPP 2.x; this program does not speak it"""


class OCPPInterface(OcppWord):
    """Network interface of the station [spec]; which one has which number is the station's own matter."""

    WIRED0 = "Wired0"
    WIRED1 = "Wired1"
    WIRED2 = "Wired2"
    WIRED3 = "Wired3"
    WIRELESS0 = "Wireless0"
    WIRELESS1 = "Wireless1"
    WIRELESS2 = "Wireless2"
    WIRELESS3 = "Wireless3"
    ANY = "Any"
    """whichever the station likes (a word of 2.1)"""


class SetNetworkProfileStatus(OcppWord):
    """What became of a network profile [spec]."""

    ACCEPTED = "Accepted"
    """kept; it is used when its slot comes up in NetworkConfigurationPriority"""
    REJECTED = "Rejected"
    """such as a security profile below the one in force"""
    FAILED = "Failed"
    """could not be kept"""


_VERSIONS_OF_21 = frozenset({OCPPVersion.OCPP201, OCPPVersion.OCPP21})


class NetworkConnectionProfile(Extensible):
    """How to reach a CSMS [spec]."""

    ocpp_version: Annotated[OCPPVersion | None, Sent(required=True, words_of_21=_VERSIONS_OF_21)] = None
    """None from a 2.1 peer leaves it to the WebSocket subprotocol"""
    ocpp_transport: OCPPTransport
    ocpp_csms_url: Annotated[str, Field(max_length=2000), Sent(min_length=1, max_length=512, url=True)]
    """`ws://` or `wss://`, without the station's identity at its end"""
    message_timeout: Annotated[Whole, Sent(ge=-1)]
    """seconds until a message of the station counts as unanswered; -1 leaves the choice to the station"""
    security_profile: Annotated[Whole, Sent(ge=0)]
    """0 plain, 1 Basic, 2 TLS with Basic, 3 mutual TLS"""
    ocpp_interface: Annotated[OCPPInterface, Sent(words_of_21=frozenset({OCPPInterface.ANY}))]
    vpn: VPN | None = None
    apn: APN | None = None
    identity: Annotated[str | None, Field(max_length=48), Sent(only_21=True)] = None
    """name of the station at this CSMS"""
    basic_auth_password: Annotated[str | None, Field(max_length=64, repr=False), Sent(only_21=True)] = None
    """for Basic at this CSMS"""


class SetNetworkProfileRequest(Extensible):
    """Ask to keep a network profile [spec]."""

    configuration_slot: Annotated[Whole, Sent(ge=0)]
    connection_data: NetworkConnectionProfile


class SetNetworkProfileResponse(Extensible):
    """Whether the network profile is kept [spec]."""

    status: SetNetworkProfileStatus
    status_info: StatusInfo | None = None
