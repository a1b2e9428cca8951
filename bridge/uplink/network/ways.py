"""How to connect with what a slot holds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pydantic import SecretStr

from bridge.types.ocpp.provisioning.set_network_profile import NetworkConnectionProfile
from bridge.types.ocpp.version import OcppVersion
from bridge.types.station_options import PROFILE_BASIC, PROFILE_CLIENT_CERTIFICATE, PROFILE_TLS
from bridge.uplink.line.address import Address
from bridge.uplink.network.judging import offered_versions

LONGEST_MESSAGE_TIMEOUT_S = 600.0
"""of a profile: a question that nobody answers must not hold up the station for a day"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What holds where a profile says nothing of its own."""

    security_profile: int
    """nothing is connected with below it"""
    password: SecretStr | None
    """that a central system set, or else the config's"""
    ping_interval_s: float | None
    versions: tuple[OcppVersion, ...]
    """of the config"""


@dataclass(frozen=True, slots=True)
class Way:
    """An address to connect with, and what goes with it."""

    address: Address
    security_profile: int
    """that is in force on this connection"""
    message_timeout_s: float | None = None
    """how long an answer is waited for; None leaves it to the settings"""


def way(own: Address, profile: NetworkConnectionProfile | None, in_force: InForce, *, slot: int) -> Way:
    """Return how to connect with a profile, or with the config's `own` address where there is none.

    The own connection rises with the security profile in force, on the same host and port; one that was set keeps to
    its own. A password that a profile brought goes nowhere but to that profile's central system.
    """
    if profile is None:
        level, timeout_s = in_force.security_profile, None
        url, identity, password, where = own.url, own.identity, in_force.password, own.where
        if level >= PROFILE_TLS and url.startswith("ws://"):
            url = f"wss://{url.removeprefix('ws://')}"
    else:
        level, timeout_s = profile.security_profile, _timeout_s(profile.message_timeout)
        url, identity, where = profile.ocpp_csms_url, profile.identity or own.identity, f"{own.where}, network {slot}"
        password = SecretStr(profile.basic_auth_password) if profile.basic_auth_password else in_force.password
    address = replace(
        own,
        where=where,
        url=url,
        identity=identity,
        password=password if PROFILE_BASIC <= level < PROFILE_CLIENT_CERTIFICATE else None,
        ping_interval_s=in_force.ping_interval_s,
        subprotocols=tuple(version.subprotocol for version in offered_versions(profile, in_force.versions)),
    )
    return Way(address, level, timeout_s)


def _timeout_s(message_timeout: int) -> float | None:
    return min(float(message_timeout), LONGEST_MESSAGE_TIMEOUT_S) if message_timeout > 0 else None
