"""What a person may set about the server to which chargers that speak OCPP connect."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from bridge.types.options import DurationS, Options

Port = Annotated[int, Field(ge=0, le=65_535)]
IdToken = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,36}$")]
"""a driver's tag: 1 to 36 printable characters, 20 in OCPP 1.6"""


class CentralOptions(Options):
    """The server for chargers of `type: ocpp`."""

    host: str = "0.0.0.0"  # noqa: S104 -- chargers are other machines
    """address to listen on; chargers are other machines, so all of this computer's when not given"""
    port: Port = 8887
    """for ws://, the security profiles 0 and 1; the charger is told ws://this-computer:8887/ and its identity"""
    tls_port: Port | None = None
    """for wss://, the security profiles 2 and 3; needs certificate_file and key_file"""
    certificate_file: str | None = None
    """the server's certificate in PEM, with those of who signed it"""
    key_file: str | None = None
    """its key, in PEM without a passphrase, readable by this user alone"""
    client_ca_file: str | None = None
    """certificates of who signs those of chargers, for security profile 3"""
    unknown: Literal["refuse", "wait"] = "refuse"
    """a charger that is not in the config is refused, or waits until it is accepted on the page"""
    id_tokens: Annotated[tuple[IdToken, ...], Field(max_length=10_000)] = ()
    """drivers' tags that may charge; all may when none is given"""
    heartbeat_s: Annotated[DurationS, Field(ge=10, le=3600)] = Field(default=120.0, alias="heartbeat")
    """how often a charger says that it is there, 10s to 1h"""
    sample_s: Annotated[DurationS, Field(ge=5, le=300)] = Field(default=60.0, alias="sample")
    """how often it tells its meter values while it charges, 5s to 5min"""
    configure: bool = True
    """whether chargers are set to tell meter values as above when they boot"""
    upload_port: Port | None = None
    """for logs that chargers upload to this computer; without it an upload needs a server of your own"""

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        given = {key: getattr(self, key) is not None for key in ("tls_port", "certificate_file", "key_file")}
        if any(given.values()) and not all(given.values()):
            lacking = next(key for key, has in given.items() if not has)
            present = next(key for key, has in given.items() if has)
            raise _misfit(present, f"{present} needs {lacking}")
        if self.client_ca_file is not None and self.tls_port is None:
            raise _misfit("client_ca_file", "client_ca_file needs a tls_port")
        if self.port and self.port in (self.tls_port, self.upload_port):
            raise _misfit("port", "port, tls_port and upload_port are three different ports")
        return self


def _misfit(key: str, seen: str) -> PydanticCustomError:
    """Return a problem of two keys that stands at one of them; the config knows its line."""
    return PydanticCustomError("unknown", "{seen}", {"seen": seen, "at": (key,), "todo": ""})
