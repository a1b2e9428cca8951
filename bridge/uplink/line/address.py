"""Where a central system is, and how a station shows itself there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Address:
    """Where a central system is, and how a station shows itself there."""

    where: str
    """how errors name it, such as `garage → employer (config.yaml:21)`"""
    url: str
    identity: str
    subprotocols: tuple[str, ...]
    """offered in the handshake, at least one, the most wanted first"""
    password: SecretStr | None = None
    """sent where it is given"""
    ca_file: Path | None = None
    certificate_file: Path | None = field(default=None, repr=False)
    key_file: Path | None = field(default=None, repr=False)
    ping_interval_s: float | None = 30.0
    """None sends no pings; a line that is dead is then noticed by an answer that does not come"""

    @property
    def place(self) -> str:
        """Host and port as they stand in the url."""
        return self.url.partition("://")[2].partition("/")[0]

    @property
    def has_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.url.startswith("wss://")

    @property
    def full_url(self) -> str:
        """The endpoint with the identity appended, percent-encoded [spec: OCPP-J 3.1.1]."""
        return f"{self.url.rstrip('/')}/{quote(self.identity, safe='')}"
