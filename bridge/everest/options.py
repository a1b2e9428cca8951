"""What a person sets for EVerest's interfaces over MQTT; importing this imports no client library."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from bridge.types.options import Options

_PORTS = {"mqtt": 1883, "mqtts": 8883}


class MqttOptions(Options):
    """A broker over which every station offers EVerest's interfaces."""

    url: Annotated[str, Field(pattern=r"^mqtts?://[^/?#@\s]+$")]
    """`mqtt://host:port`, or `mqtts://` for TLS; without a port 1883 and 8883"""
    username: Annotated[str, Field(min_length=1)] | None = None
    password_file: str | None = None
    password_env: str | None = None
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$", max_length=100)] = "everest"
    """first levels of all topics, as EVerest's own setting `mqtt_everest_prefix` has them"""
    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=64)] | None = None
    """unique at the broker; when not given, the broker makes one up"""
    verify_tls: bool = True
    """False takes any certificate"""

    @field_validator("url")
    @classmethod
    def _has_host_and_port(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            good = bool(parts.hostname) and parts.port != 0
        except ValueError:
            good = False
        if not good:
            raise ValueError("an address looks like mqtt://192.168.1.5:1883, with a port from 1 to 65535")
        return url

    @model_validator(mode="after")
    def _one_password(self) -> Self:
        if self.password_file is not None and self.password_env is not None:
            raise ValueError("password_file and password_env exclude each other")
        if self.username is None and (self.password_file is not None or self.password_env is not None):
            raise ValueError("a password needs a username")
        return self

    @property
    def host(self) -> str:
        """Name or address of the broker, an IPv6 one without its brackets."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The broker's port."""
        parts = urlsplit(self.url)
        return parts.port or _PORTS[parts.scheme]

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted."""
        return urlsplit(self.url).scheme == "mqtts"
