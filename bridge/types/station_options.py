"""What a person may set about one central system of one charger."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from bridge.types.options import ChargerId, Options, parse_date

PROFILE_BASIC = 1
PROFILE_TLS = 2
PROFILE_CLIENT_CERTIFICATE = 3

CustomKey = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,50}$")]


IdTag = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,20}$")]
"""a driver's tag in OCPP 1.6: 1 to 20 printable characters"""


class OcppOptions(Options):
    """One central system that this charger is told to, as a station of its own."""

    name: ChargerId
    """what it is called here: it stays for ever, and under a new name everything is told anew"""
    url: Annotated[str, Field(pattern=r"^wss?://[^/?#@\s]+(/[^?#\s]*)?$")]
    """of its OCPP-J endpoint, without the identity, which is appended"""
    identity: Annotated[str, Field(pattern=r"^[A-Za-z0-9*\-_=:+|@.]{1,48}$")]
    """the station's name there [spec: identifierString; 1.6 has no limit, 2.x 48 characters]"""
    version: Literal["1.6"] = "1.6"
    """of OCPP"""
    control: bool = False
    """whether it may command the charger; at most one central system of a charger may"""
    security_profile: Annotated[int, Field(ge=0, le=PROFILE_CLIENT_CERTIFICATE)] = 0
    """0 none, 1 password, 2 TLS and password, 3 TLS with a certificate on both sides [spec]"""
    password_file: str | None = None
    """for the profiles 1 and 2"""
    password_env: str | None = None
    ca_file: str | None = None
    """certificates of who signed the central system's; this computer's authorities when not given"""
    certificate_file: str | None = None
    """the station's own certificate, for profile 3"""
    key_file: str | None = None
    """its key, in PEM without a passphrase, readable by this user alone"""
    since: Annotated[date, BeforeValidator(parse_date)] | None = None
    """charging sessions from this day on are told at the first start; only those that follow it when not given"""
    custom_keys: Annotated[dict[CustomKey, str], Field(max_length=50)] = Field(default_factory=dict)
    """further configuration keys, with their first values"""
    although_charger_reports: bool = False
    """connect even though the charger itself reports to a central system, which may then count sessions twice"""

    @model_validator(mode="after")
    def _fits_its_profile(self) -> Self:
        profile, has_tls = self.security_profile, self.url.startswith("wss://")
        if self.password_file is not None and self.password_env is not None:
            raise ValueError("password_file and password_env exclude each other")
        has_password = self.password_file is not None or self.password_env is not None
        if profile in (PROFILE_BASIC, PROFILE_TLS) and not has_password:
            raise ValueError(f"security_profile {profile} needs a password_file or password_env")
        if profile not in (PROFILE_BASIC, PROFILE_TLS) and has_password:
            raise ValueError(f"security_profile {profile} sends no password; 1 and 2 do")
        if profile >= PROFILE_TLS and not has_tls:
            raise ValueError(f"security_profile {profile} needs a url that begins with wss://")
        if (profile == PROFILE_CLIENT_CERTIFICATE) != (self.certificate_file is not None):
            raise ValueError("a certificate_file belongs to security_profile 3, and is needed there")
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file need each other")
        return self
