"""A station's password, or only what tells whether one is it."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from typing import Any, Final, Protocol, Self

_N: Final = 1024
_R: Final = 8
_P: Final = 1
"""a few milliseconds and 1 MB: passwords in OCPP are long and random [spec: 16 to 40 characters]"""
_LARGEST_N: Final = 1 << 15
_DIGEST_BYTES: Final = 32
_SALT_BYTES: Final = 16
_MAX_MEMORY_BYTES: Final = 64 << 20
_AUTHORIZATION_KEY: Final = re.compile(r"(?:[0-9A-Fa-f]{2}){8,20}")


class Secret(Protocol):
    """Tells a right password from a wrong one; `repr` shows none of it."""

    is_slow: bool
    """whether `fits` may take so long that it belongs into another thread"""

    def fits(self, password: bytes) -> bool:
        """Tell whether this is the password, in a time that tells nothing."""


class KnownSecret:
    """A password from the config.

    OCPP 1.6 sends an AuthorizationKey of hexadecimal digits as the bytes that they mean [spec: OCPP-J 1.6, 6.2.2], and
    many stations send it as the text that it is: both are taken.
    """

    is_slow = False

    def __init__(self, password: str) -> None:
        self._text = password.encode()
        is_key = _AUTHORIZATION_KEY.fullmatch(password) is not None
        self._bytes = bytes.fromhex(password) if is_key else self._text

    def fits(self, password: bytes) -> bool:
        """Tell whether this is the password."""
        as_text = hmac.compare_digest(self._text, password)
        return hmac.compare_digest(self._bytes, password) or as_text


class PinnedSecret:
    """A password of which only a digest is kept, by scrypt with a salt."""

    is_slow = True

    def __init__(self, salt: bytes, digest: bytes, n: int, r: int, p: int) -> None:
        self._salt = salt
        self._digest = digest
        self._cost = (n, r, p)
        self._quick_key = os.urandom(_SALT_BYTES)
        self._quick: bytes | None = None
        """of the password that was right before: a station that comes back costs no second scrypt"""

    @classmethod
    def of(cls, password: bytes) -> Self:
        """Make one; takes some milliseconds, so it belongs into another thread."""
        salt = os.urandom(_SALT_BYTES)
        return cls(salt, _scrypt(password, salt, (_N, _R, _P)), _N, _R, _P)

    @classmethod
    def from_json(cls, kept: Any) -> Self:
        """Read what `as_json` gave. KeyError, TypeError or ValueError for anything else."""
        n, r, p = (int(kept[name]) for name in ("n", "r", "p"))
        digest, salt = bytes.fromhex(kept["digest"]), bytes.fromhex(kept["salt"])
        if len(digest) != _DIGEST_BYTES or not 1 < n <= _LARGEST_N or not 0 < r <= _R or not 0 < p <= _R:
            raise ValueError("no digest by scrypt that is made here")
        return cls(salt, digest, n, r, p)

    def as_json(self) -> dict[str, str | int]:
        """Return what is kept; the password cannot be had back from it."""
        n, r, p = self._cost
        return {"salt": self._salt.hex(), "digest": self._digest.hex(), "n": n, "r": r, "p": p}

    def fits(self, password: bytes) -> bool:
        """Tell whether this is the password."""
        quick = hashlib.blake2b(password, key=self._quick_key, digest_size=_DIGEST_BYTES).digest()
        if self._quick is not None and hmac.compare_digest(self._quick, quick):
            return True
        is_right = hmac.compare_digest(self._digest, _scrypt(password, self._salt, self._cost))
        if is_right:
            self._quick = quick
        return is_right


def _scrypt(password: bytes, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    n, r, p = cost
    return hashlib.scrypt(password, salt=salt, n=n, r=r, p=p, maxmem=_MAX_MEMORY_BYTES, dklen=_DIGEST_BYTES)
