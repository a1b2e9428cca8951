"""When a station was accepted on a line, over all lives of its bridge."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

_SLACK = timedelta(seconds=1)
"""in which a line that comes or goes may be either"""


@dataclass(slots=True)
class Contacts:
    """What the bridges themselves saw: each knows when a connection of its own was good."""

    lives: list[list[tuple[datetime, bool]]] = field(default_factory=list)
    """of each life, from when on there was contact and from when on not; the first is its beginning"""

    def was_offline(self, at: datetime, came_at: datetime) -> bool | None:
        """Say whether there was no contact at a moment; None where a message of `came_at` may say either.

        A bridge that died does not know until when there was contact: what was before its first own may count as
        without.
        """
        if self._is_on(at - _SLACK) is not self._is_on(at + _SLACK):
            return None
        if not self._is_on(at):
            return True
        return False if self._life(at) == self._life(came_at) else None

    def _life(self, at: datetime) -> int:
        return max((number for number, life in enumerate(self.lives) if life[0][0] <= at), default=0)

    def _is_on(self, at: datetime) -> bool:
        if not self.lives:
            return False
        return next((is_on for since, is_on in reversed(self.lives[self._life(at)]) if since <= at), False)
