from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.etrel.simulator import SimulatorOptions
from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site, avoid_interval_edge


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return an empty folder for a config, without chargers yet."""
    avoid_interval_edge()
    return Site(tmp_path)


@pytest.fixture(scope="module")
def charger() -> Iterator[SimulatedCharger]:
    """Return a charger with five days of history that all tests of a module ask; a test heals what it hurts."""
    with SimulatedCharger(SimulatorOptions(days=5, seed=7, autonomous=False)) as simulated:
        yield simulated


@pytest.fixture
def own_certificate(tmp_path: Path) -> ssl.SSLContext:
    """Return what a server needs to show a certificate that it has made for itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl command, which makes the test's certificate, is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=charger-0815"]
    subprocess.run([*make, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
