"""Who is at the other end and how long to wait for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import httpx

from bridge.errors import ConfigError
from bridge.http.tls import parse_fingerprint
from bridge.types.charger_options import HttpChargerOptions

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one exchange, besides the time that the whole answer may take."""

    connect_s: float = 5.0
    """for each of the charger's network addresses: name, connection and TLS handshake"""
    silence_s: float = 30.0
    """between two pieces of an answer that has begun"""
    answer_bytes: int = 16 * 1024 * 1024
    """headers, framing and body"""


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Peer:
    """One charger's address as connections need it."""

    where: str
    """how errors name this charger"""
    host: str
    """name or address, without brackets"""
    port: int
    tls: bool
    pinned: bytes | None
    """SHA-256 of the only certificate that is taken"""
    verify: bool

    @classmethod
    def from_options(cls, options: HttpChargerOptions, where: str) -> Self:
        """Take the address apart; ConfigError for one that no connection could use."""
        try:
            url = httpx.URL(options.url)
            port = _DEFAULT_PORTS[url.scheme] if url.port is None else url.port
            url.raw_host.decode("ascii").encode("idna")
        except (httpx.InvalidURL, UnicodeError):
            url, port = httpx.URL(), 0
        if not (url.host and 0 < port <= _HIGHEST_PORT):
            raise ConfigError(
                where,
                f"«{options.url}» is not an address that can be reached",
                todo="An address looks like http://192.168.1.20, http://charger.local:8080 or https://[fd00::20].",
            )
        if options.tls_fingerprint is not None and url.scheme != "https":
            raise ConfigError(
                where,
                "tls_fingerprint is set and the address begins with http, which shows no certificate",
                todo="Write https:// in url, or take tls_fingerprint out.",
            )
        pinned = None if options.tls_fingerprint is None else parse_fingerprint(options.tls_fingerprint)
        return cls(where, url.raw_host.decode("ascii"), port, url.scheme == "https", pinned, options.verify)

    @property
    def address(self) -> str:
        """Host and port as people write them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
