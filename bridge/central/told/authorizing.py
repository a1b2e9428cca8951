"""Who may charge: everybody, or only the tags that the config lists."""

from __future__ import annotations

from collections.abc import Iterable


class Authorizing:
    """Tags are compared without regard to case [spec]."""

    def __init__(self, id_tokens: Iterable[str]) -> None:
        self._known = frozenset(token.casefold() for token in id_tokens)

    def may_charge(self, id_token: str | None) -> bool:
        """Tell whether a tag may charge; who shows none (free charging) may where everybody may."""
        return not self._known or (id_token is not None and id_token.casefold() in self._known)

    def status(self, id_token: str | None) -> str:
        """Return the word for it, which is the same in all versions for both answers."""
        return "Accepted" if self.may_charge(id_token) else "Invalid"
