"""Who is let in: logins, the opaque tokens they give, and how long those are good."""

from __future__ import annotations

import string
from dataclasses import dataclass

from adapters.etrel.simulation.options import SimulatorOptions
from adapters.etrel.simulation.ticks import seconds
from adapters.simulation.dice import dice

TOKEN_LENGTH = 16
_MOST_TOKENS = 64
_LETTERS = string.ascii_letters + string.digits


@dataclass(slots=True)
class _Given:
    at: int
    uses: int = 0


class Tokens:
    """The tokens that are good now; a charger keeps only the latest few."""

    def __init__(self, options: SimulatorOptions) -> None:
        self._options = options
        self._open = options.token is None and options.email is None
        self._given: dict[str, _Given] = {}
        self._logins = 0

    def log_in(self, email: str, password: str, at: int) -> str | None:
        """Return a new token, or None where the account is not the right one."""
        if not self._open and (email, password) != (self._options.email, self._options.password):
            return None
        self._logins += 1
        chance = dice(self._options.seed, "token", self._logins)
        token = "".join(chance.choices(_LETTERS, k=TOKEN_LENGTH))
        while len(self._given) >= _MOST_TOKENS:
            del self._given[next(iter(self._given))]
        self._given[token] = _Given(at)
        return token

    def let_in(self, authorization: str, at: int) -> bool:
        """Tell whether an `Authorization` header opens the charger, and count its use."""
        scheme, _, token = authorization.partition(" ")
        known = self._given.get(token) if scheme.lower() == "bearer" else None
        if known is None:
            return self._open or (scheme.lower() == "bearer" and token == self._options.token)
        lifetime_s, lifetime_requests = self._options.token_lifetime_s, self._options.token_lifetime_requests
        if (lifetime_s is not None and at >= known.at + seconds(lifetime_s)) or (
            lifetime_requests is not None and known.uses >= lifetime_requests
        ):
            del self._given[token]
            return False
        known.uses += 1
        return True
