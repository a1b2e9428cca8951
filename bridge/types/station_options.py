"""What a person may set about one central system of one charger."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from bridge.types.ocpp.version import OcppVersion
from bridge.types.options import ChargerId, Options, parse_date

PROFILE_BASIC = 1
PROFILE_TLS = 2
PROFILE_CLIENT_CERTIFICATE = 3
_AUTO = "auto"
_BEST_FIRST = (OcppVersion.V21, OcppVersion.V201, OcppVersion.V16)

CustomKey = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,50}$")]
"""name of a configuration key in OCPP 1.6: 1 to 50 printable characters"""

CustomKeys = Annotated[
    dict[CustomKey, str],
    Field(max_length=50),
    WithJsonSchema(
        {"type": "object", "maxProperties": 50, "additionalProperties": {"type": ["string", "number", "boolean"]}}
    ),
]

IdTag = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,20}$")]
"""a driver's tag in OCPP 1.6: 1 to 20 printable characters"""


_URL = r"^wss?://[^/?#@\s]+(/[^?#\s]*)?$"
IDENTITY = r"^[A-Za-z0-9*\-_=:+|@.]{1,48}$"
"""[spec: identifierString; 1.6 has no limit, 2.x 48 characters]"""


def is_csms_url(url: str) -> bool:
    """Tell whether this can be a central system's endpoint."""
    return re.fullmatch(_URL, url) is not None and _has_host_and_port(url)


def is_identity(text: str) -> bool:
    """Tell whether a station can have this name."""
    return re.fullmatch(IDENTITY, text) is not None


def _has_host_and_port(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # of urlsplit, in its own words
        return False


def _with_host_and_port(url: str) -> str:
    """Refuse what only looks like a url: it would fail at each attempt, long after the config was read."""
    if not _has_host_and_port(url):
        raise ValueError("a url has a host and, after a colon, a port between 1 and 65535")
    return url


def _spoken(version: object) -> object:
    """Tell who means 2.0.1 what to write: 2.0 was withdrawn, and central systems know it under no name."""
    if version == "2.0":
        raise ValueError("OCPP 2.0 was withdrawn in favour of 2.0.1: write 2.0.1")
    return version


Version = Annotated[
    Literal["1.6", "2.0.1", "2.1", "auto"],
    BeforeValidator(_spoken),
    WithJsonSchema({"enum": ["1.6", 1.6, "2.0.1", "2.1", 2.1, "auto"]}),
]
"""of OCPP; an editor takes 1.6 and 2.1 for numbers"""


class OcppOptions(Options):
    """One central system that this charger is told to, as a station of its own."""

    name: ChargerId
    """what it is called here: it stays for ever, and under a new name everything is told anew"""
    url: Annotated[str, Field(pattern=_URL), AfterValidator(_with_host_and_port)]
    """of its OCPP-J endpoint, ws:// or wss:// for TLS, without the identity, which is appended"""
    identity: Annotated[str, Field(pattern=IDENTITY)]
    """the station's name there [spec: identifierString; 1.6 has no limit, 2.x 48 characters]"""
    version: Version = "1.6"
    """of OCPP; auto offers all of them, the latest first, and speaks what the central system takes"""
    control: bool = False
    """whether it may command the charger; at most one central system of a charger may"""
    security_profile: Annotated[int, Field(ge=0, le=PROFILE_CLIENT_CERTIFICATE)] = 0
    """0 none, 1 password, 2 TLS and password, 3 TLS with a certificate on both sides [spec]"""
    password_file: str | None = None
    """file that holds the station's password, for the profiles 1 and 2"""
    password_env: str | None = None
    """environment variable that holds it instead of a file"""
    ca_file: str | None = None
    """certificates of who signed the central system's; this computer's authorities when not given"""
    certificate_file: str | None = None
    """the station's own certificate, for profile 3"""
    key_file: str | None = None
    """its key, in PEM without a passphrase, readable by this user alone"""
    since: Annotated[date, BeforeValidator(parse_date)] | None = None
    """charging sessions from this day on are told at the first start; only those that follow it when not given"""
    custom_keys: CustomKeys = Field(default_factory=dict)
    """further configuration keys, with their first values"""
    although_charger_reports: bool = False
    """connect even though the charger itself reports to a central system, which may then count sessions twice"""

    @property
    def versions(self) -> tuple[OcppVersion, ...]:
        """Versions of OCPP that are offered, at least one, the most wanted first."""
        return _BEST_FIRST if self.version == _AUTO else (OcppVersion(self.version),)

    @property
    def has_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.url.startswith("wss://")

    @model_validator(mode="after")
    def _password_fits(self) -> Self:
        fit = PROFILE_TLS if self.has_tls else PROFILE_BASIC
        check_password(self.security_profile, self.identity, self.password_file, self.password_env, fit=fit)
        return self

    @model_validator(mode="after")
    def _certificate_fits(self) -> Self:
        profile = self.security_profile
        if profile >= PROFILE_TLS and not self.has_tls:
            raise misfit("url", f"security_profile {profile} needs a url that begins with wss://")
        if profile == PROFILE_CLIENT_CERTIFICATE and self.certificate_file is None and self.key_file is None:
            raise misfit("security_profile", "security_profile 3 needs a certificate_file and a key_file")
        if self.certificate_file is None and self.key_file is not None:
            raise misfit("key_file", "key_file needs a certificate_file")
        if self.certificate_file is not None and self.key_file is None:
            raise misfit("certificate_file", "certificate_file needs a key_file")
        if self.certificate_file is not None and profile != PROFILE_CLIENT_CERTIFICATE:
            seen = f"security_profile {profile} sends no certificate of the station"
            raise misfit("certificate_file", seen, "Set security_profile: 3, or take certificate and key out.")
        return self


def check_password(
    profile: int, identity: str, password_file: str | None, password_env: str | None, *, fit: int = PROFILE_BASIC
) -> None:
    """Raise the problem where a station's password does not fit its security profile or its name.

    `fit` is the profile that it would fit.
    """
    if password_file is not None and password_env is not None:
        raise misfit("password_env", "password_file and password_env exclude each other")
    given = "password_env" if password_env is not None else "password_file"
    has_password = password_file is not None or password_env is not None
    if profile in (PROFILE_BASIC, PROFILE_TLS) and not has_password:
        raise misfit("security_profile", f"security_profile {profile} needs a password_file or password_env")
    if profile not in (PROFILE_BASIC, PROFILE_TLS) and has_password:
        todo = f"Set security_profile: {fit}, or take the password out."
        raise misfit(given, f"security_profile {profile} sends no password", todo)
    if has_password and ":" in identity:
        seen = "an identity with a colon cannot have a password: the name would end at the colon"
        raise misfit("identity", seen)


def misfit(key: str, seen: str, todo: str = "") -> PydanticCustomError:
    """Return a problem of two keys that stands at one of them; the config knows its line."""
    return PydanticCustomError("unknown", "{seen}", {"seen": seen, "at": (key,), "todo": todo})
