"""What a person may set about the local page."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Self

from pydantic import Field, model_validator

from bridge.types.options import Options


def is_loopback(host: str) -> bool:
    """Tell whether only programs on this computer can reach a server bound to `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def url_of(host: str, port: int) -> str:
    """Return the address for a browser on this computer."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- translated, not bound
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


class WebOptions(Options):
    """Where the page and the API listen, and where their token is kept."""

    host: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[^\s/\[\]]+$")] = "127.0.0.1"
    """an address of this computer; `0.0.0.0` is every IPv4 one, `::` every one"""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8484
    """0 takes any free port"""
    token_file: str | None = None
    token_env: str | None = None
    names: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")], ...] = ()
    """further names by which a browser may ask for this page while it listens on loopback, such as the public
    name of a reverse proxy on this computer"""

    @property
    def has_token(self) -> bool:
        """Whether the config says where a token is."""
        return self.token_file is not None or self.token_env is not None

    @model_validator(mode="after")
    def _open_only_with_a_token(self) -> Self:
        if self.token_file is not None and self.token_env is not None:
            raise ValueError("token_file and token_env exclude each other")
        if not self.has_token and not is_loopback(self.host):
            raise ValueError(
                f"host {self.host} can be reached from other computers, and there is no token: write a long "
                "random word into a file and name it with token_file, or set host to 127.0.0.1"
            )
        if not self.has_token and self.names:
            raise ValueError(
                "names lets a proxy show this page to other computers, and there is no token: "
                "write a long random word into a file and name it with token_file"
            )
        return self
