"""The versions of OCPP that the bridge speaks."""

from __future__ import annotations

from enum import StrEnum


class OcppVersion(StrEnum):
    """A version of OCPP."""

    V16 = "1.6"
    V201 = "2.0.1"
    V21 = "2.1"

    @property
    def subprotocol(self) -> str:
        """Its name in the handshake of the websocket [spec: OCPP-J]."""
        return f"ocpp{self}"

    @classmethod
    def of_subprotocol(cls, subprotocol: str) -> OcppVersion | None:
        """Return the version that is spoken under that name, or None."""
        return next((version for version in cls if version.subprotocol == subprotocol), None)
