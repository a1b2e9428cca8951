"""Certificates of a small authority, made with the openssl command."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

_LIMIT_S = 60.0
_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, as PEM files."""

    cert: Path
    key: Path


class Authority:
    """Signs certificates; `cert` is what who trusts it must know."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._pair = Pair(folder / f"{name}.pem", folder / f"{name}.key")
        _openssl(
            *("req", "-x509", *_NEW_KEY, "-days", "2", "-subj", f"/CN={name}"),
            *("-keyout", self._pair.key, "-out", self._pair.cert),
        )

    @property
    def cert(self) -> Path:
        """Its own certificate."""
        return self._pair.cert

    def sign(self, name: str) -> Pair:
        """Make a certificate with that common name, valid for 127.0.0.1."""
        made = Pair(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        request, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        extensions.write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
        _openssl("req", "-new", *_NEW_KEY, "-subj", f"/CN={name}", "-keyout", made.key, "-out", request)
        _openssl(
            *("x509", "-req", "-in", request, "-CA", self._pair.cert, "-CAkey", self._pair.key),
            *("-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", made.cert),
        )
        return made


def _openssl(*arguments: str | Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl command, which makes the test's certificates, is not installed")
    made = subprocess.run([openssl, *arguments], check=False, capture_output=True, timeout=_LIMIT_S)
    assert made.returncode == 0, made.stderr
