"""Where a file is to go: a location taken apart, and why a file was not taken there."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from bridge.types.ocpp.v16.diagnostics import UploadLogStatus

SILENCE_S = 60.0
"""after which a server is taken for dead"""
PIECE_BYTES = 65_536
_LONGEST_LOCATION = 2048
_LONGEST_NAME = 255


class TransferError(Exception):
    """A file was not taken. Its text continues «… was not taken: » and holds no secret."""

    def __init__(
        self, seen: str, status: UploadLogStatus = UploadLogStatus.UPLOAD_FAILURE, *, waiting_helps: bool = False
    ) -> None:
        super().__init__(seen)
        self.status = status
        self.waiting_helps = waiting_helps


@dataclass(frozen=True, slots=True)
class Target:
    """A location taken apart."""

    scheme: str
    host: str
    port: int | None
    path: str
    """percent-encoded, with the file's name"""
    query: str = field(repr=False)
    """may be a signature"""
    user: str | None = field(repr=False)
    password: str = field(repr=False)

    @classmethod
    def of(cls, location: str, file_name: str) -> Target | None:
        """Take a location apart; None for one that cannot be used.

        Without a path, or with one that ends in `/`, it is a folder, and the name is appended; everything else is the
        file itself: so EVerest's uploader has it, by way of curl [seen], and so signed addresses of object stores
        need it. OCPP 1.6 says «directory» and no more [guess].
        """
        try:
            parts = urlsplit(location)
            port = parts.port
        except ValueError:
            return None
        user = None if parts.username is None else unquote(parts.username)
        password = unquote(parts.password or "")
        decoded = (location, unquote(parts.path), user or "", password)
        if parts.scheme not in ("http", "https", "ftp") or not parts.hostname or len(location) > _LONGEST_LOCATION:
            return None
        if not all(text.isprintable() for text in decoded):  # a line break would be a command to an FTP server
            return None
        path = parts.path if parts.path and not parts.path.endswith("/") else (parts.path or "/") + quote(file_name)
        return cls(parts.scheme, parts.hostname, port, path, parts.query, user, password)

    @property
    def file_name(self) -> str:
        """The file's name at its end."""
        return unquote(self.path.rpartition("/")[2])[:_LONGEST_NAME]

    @property
    def url(self) -> str:
        """The address without user and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}" + (f"?{self.query}" if self.query else "")
