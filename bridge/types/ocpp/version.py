"""The versions of OCPP that the bridge speaks."""

from __future__ import annotations

from enum import StrEnum


class OcppVersion(StrEnum):
    """A version of OCPP."""

    V16 = "1.6"
    V201 = "2.0.1"
    V21 = "2.1"
