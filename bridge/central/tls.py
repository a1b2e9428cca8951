"""The certificates of the server for chargers: read, renewed, and the names in those of stations."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridge.central.options import CentralOptions
from bridge.serving import ServerStartError

_LOG = logging.getLogger(__name__)
_NAMES_IN_SUBJECT = frozenset({"commonName"})
_NAMES_BESIDE = frozenset({"DNS", "URI", "email"})


class Certificates:
    """The TLS context of the server; files that are replaced hold from the next connection on."""

    def __init__(self, options: CentralOptions) -> None:
        assert options.certificate_file is not None
        assert options.key_file is not None
        self._certificate = Path(options.certificate_file)
        self._key = Path(options.key_file)
        self._client_ca = None if options.client_ca_file is None else Path(options.client_ca_file)
        self._context: ssl.SSLContext | None = None
        self._stamps: tuple[tuple[int, int] | None, ...] = ()

    def context(self) -> ssl.SSLContext:
        """Return the context for the next connection.

        Raises ServerStartError when the files cannot be used and never could: once there was a context it serves on.
        """
        stamps = tuple(_stamp(file) for file in self._files)
        if self._context is not None and stamps == self._stamps:
            return self._context
        try:
            self._context = self._read()
        except (OSError, ValueError) as error:  # an ssl.SSLError is an OSError
            unusable = self._unusable(error)
            if self._context is None:
                raise unusable from None
            unusable.meanwhile = "The certificate from before stays in use until it runs out"
            _LOG.error("%s", unusable)
        self._stamps = stamps
        return self._context

    @property
    def _files(self) -> tuple[Path, ...]:
        files = (self._certificate, self._key, self._client_ca)
        return tuple(file for file in files if file is not None)

    def _read(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self._certificate, self._key, password=lambda: "")
        if self._client_ca is not None:
            context.load_verify_locations(self._client_ca)
            context.verify_mode = ssl.CERT_OPTIONAL  # stations of profile 2 have none
        return context

    def _unusable(self, error: Exception) -> ServerStartError:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
        named = ", ".join(str(file) for file in self._files)
        return ServerStartError(
            "central",
            f"the certificates cannot be read ({reason})",
            todo=f"Look at {named}: PEM is needed, and a key without a passphrase that belongs to the certificate",
        )


def names_of(certificate: Mapping[str, Any] | None) -> frozenset[str]:
    """Return the names for which a certificate was made, out of `SSLSocket.getpeercert`; none without one.

    [spec: the common name of a station's certificate is its identity; alternative names are taken too.]
    """
    if not certificate:
        return frozenset()
    subject = [pair for part in certificate.get("subject", ()) for pair in part]
    names = {value for key, value in subject if key in _NAMES_IN_SUBJECT}
    names.update(value for key, value in certificate.get("subjectAltName", ()) if key in _NAMES_BESIDE)
    return frozenset(names)


def _stamp(file: Path) -> tuple[int, int] | None:
    """Return what changes when a file is replaced; None for one that cannot be looked at."""
    try:
        about = file.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size
