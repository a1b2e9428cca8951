"""Whether a network profile is one that a bridge can connect with."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.types.ocpp.provisioning.set_network_profile import NetworkConnectionProfile, OCPPTransport, OCPPVersion
from bridge.types.ocpp.version import OcppVersion
from bridge.types.station_options import (
    PROFILE_BASIC,
    PROFILE_CLIENT_CERTIFICATE,
    PROFILE_TLS,
    is_csms_url,
    is_identity,
)
from bridge.uplink.network.slots import OWN, SETTABLE

_SPOKEN = {
    OCPPVersion.OCPP16: OcppVersion.V16,
    OCPPVersion.OCPP20: OcppVersion.V201,  # 2.0.1 has no word of its own in its own edition [spec]
    OCPPVersion.OCPP201: OcppVersion.V201,
    OCPPVersion.OCPP21: OcppVersion.V21,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a network profile is judged by."""

    security_profile: int
    """in force now; none below it is taken"""
    identity: str
    """of the station, where the profile has none of its own"""
    has_password: bool
    """whether there is one where the profile has none of its own"""
    has_certificate: bool
    """whether the config names a certificate of the station"""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a network profile is not taken."""

    reason_code: str
    """of OCPP's list"""
    said: str


def judge(slot: int, profile: NetworkConnectionProfile, grounds: Grounds) -> Objection | None:
    """Return the first thing that speaks against keeping this profile, or None. No secret is repeated."""
    if slot not in SETTABLE:
        seen = f"slots from {SETTABLE[0]} to {SETTABLE[-1]} can be set; {OWN} is the station's own connection"
        return Objection("InvalidConfSlot", seen)
    said = _want_of_means(profile)
    if said:
        return Objection("UnsupportedParam", said)
    if profile.security_profile < grounds.security_profile:
        seen = f"security profile {grounds.security_profile} is in force and may only rise"
        return Objection("NoSecurityDowngrade", seen)
    said = _address_objection(profile) or _security_objection(profile, grounds)
    return Objection("InvalidNetworkConf", said) if said else None


def offered_versions(
    profile: NetworkConnectionProfile | None, configured: tuple[OcppVersion, ...]
) -> tuple[OcppVersion, ...]:
    """Return the versions of OCPP to offer: what the profile says, or else the config."""
    if profile is None or profile.ocpp_version is None:
        return configured
    version = _SPOKEN.get(profile.ocpp_version)
    return configured if version is None else (version,)


def _want_of_means(profile: NetworkConnectionProfile) -> str:
    if profile.ocpp_transport is not OCPPTransport.JSON:
        return f"{profile.ocpp_transport} is not spoken"
    if profile.ocpp_version is not None and profile.ocpp_version not in _SPOKEN:
        return f"{profile.ocpp_version} is not spoken"
    if profile.vpn is not None or profile.apn is not None:
        what = "vpn" if profile.vpn is not None else "apn"
        return f"{what} cannot be set up: the station uses the network that it is in"
    return ""


def _address_objection(profile: NetworkConnectionProfile) -> str:
    if profile.message_timeout == 0 or profile.message_timeout < -1:
        return "messageTimeout is at least 1 s, or -1 for the station's own"
    if not is_csms_url(profile.ocpp_csms_url):
        return "ocppCsmsUrl is ws:// or wss:// with a host, and without query, fragment and password"
    if profile.identity is not None and not is_identity(profile.identity):
        return "identity is 1 to 48 letters, digits and * - _ = : + | @ ."
    return ""


def _security_objection(profile: NetworkConnectionProfile, grounds: Grounds) -> str:
    level = profile.security_profile
    if not 0 <= level <= PROFILE_CLIENT_CERTIFICATE:
        return "securityProfile is 0, 1, 2 or 3"
    if level >= PROFILE_TLS and not profile.ocpp_csms_url.startswith("wss://"):
        return f"security profile {level} needs a url that begins with wss://"
    if level == PROFILE_CLIENT_CERTIFICATE:
        return (
            "" if grounds.has_certificate else "security profile 3 needs a certificate that this station does not have"
        )
    if level >= PROFILE_BASIC:
        if not (profile.basic_auth_password or grounds.has_password):
            return f"security profile {level} needs a password that this station does not have"
        if ":" in (profile.identity or grounds.identity):
            return "an identity with a colon cannot have a password"
    return ""
