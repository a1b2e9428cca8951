"""A station's password, or only what tells whether one is it."""

from __future__ import annotations

import hmac
from typing import Protocol


class Secret(Protocol):
    """Tells a right password from a wrong one; `repr` shows none of it."""

    def fits(self, password: bytes) -> bool:
        """Tell whether this is the password, in a time that tells nothing."""


class KnownSecret:
    """A password from the config."""

    def __init__(self, password: str) -> None:
        self._password = password.encode()

    def fits(self, password: bytes) -> bool:
        """Tell whether this is the password."""
        return hmac.compare_digest(self._password, password)
