from __future__ import annotations

import pytest

from bridge.types.ocpp.version import OcppVersion


@pytest.mark.parametrize(
    ("version", "name"),
    [(OcppVersion.V16, "ocpp1.6"), (OcppVersion.V201, "ocpp2.0.1"), (OcppVersion.V21, "ocpp2.1")],
)
def test_each_version_has_its_name_in_the_handshake(version: OcppVersion, name: str) -> None:
    """There and back."""
    assert version.subprotocol == name
    assert OcppVersion.of_subprotocol(name) is version


@pytest.mark.parametrize("name", ["", "1.6", "ocpp2.0", "OCPP1.6", "ocpp"])
def test_other_names_are_none(name: str) -> None:
    """A withdrawn version, another spelling."""
    assert OcppVersion.of_subprotocol(name) is None
