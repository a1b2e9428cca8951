"""What a central system was told to do differently from what a good one does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

ANY = "*"


@dataclass(frozen=True, slots=True)
class Refuse:
    """A CALLERROR; nothing is entered in the ledger."""

    code: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer; `entered` says whether the message is entered all the same."""

    entered: bool = True


@dataclass(frozen=True, slots=True)
class Late:
    """The answer comes `after_s` later; if that is None, when the next CALL has come and before its answer."""

    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Delay:
    """The answer takes so long, within the station's patience: another CALL meanwhile is a violation."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class Boot:
    """The answer to a BootNotification."""

    status: str
    interval_s: int


@dataclass(frozen=True, slots=True)
class Say:
    """Another answer than the usual one, right or wrong; the message is entered."""

    payload: Any


Order = Refuse | Silence | Late | Delay | Boot | Say


@dataclass(slots=True)
class _Standing:
    action: str
    identity: str | None
    order: Order
    left: int


@dataclass(slots=True)
class Script:
    """Orders for the next `times` CALLs of an action (`ANY` for whichever comes); for one station or for all."""

    _standing: list[_Standing] = field(default_factory=list)

    def boot(self, status: str, times: int = 1, *, interval_s: int = 1, identity: str | None = None) -> None:
        """Answer the next boots `Pending` or `Rejected`."""
        self._add("BootNotification", identity, Boot(status, interval_s), times)

    def refuse(self, action: str, code: str, times: int = 1, *, identity: str | None = None) -> None:
        """Answer with a CALLERROR of this code and enter nothing."""
        self._add(action, identity, Refuse(code, "on order"), times)

    def silence(self, action: str, times: int = 1, *, entered: bool = True, identity: str | None = None) -> None:
        """Give no answer at all."""
        self._add(action, identity, Silence(entered), times)

    def delay(self, action: str, delay_s: float, times: int = 1, *, identity: str | None = None) -> None:
        """Answer later, within the station's patience."""
        self._add(action, identity, Delay(delay_s), times)

    def late(self, action: str, times: int = 1, *, after_s: float | None = None, identity: str | None = None) -> None:
        """Answer when the station has given up: after a time, or right when its next CALL has come."""
        self._add(action, identity, Late(after_s), times)

    def say(self, action: str, payload: Any, times: int = 1, *, identity: str | None = None) -> None:
        """Answer with this payload."""
        self._add(action, identity, Say(payload), times)

    def clear(self) -> None:
        """Forget all orders."""
        self._standing.clear()

    @property
    def left(self) -> int:
        """How many CALLs are still to be treated so."""
        return sum(standing.left for standing in self._standing)

    def take(self, identity: str, action: str) -> Order | None:
        """Return the first order for this CALL and count it."""
        for standing in self._matching(identity, action):
            standing.left -= 1
            if not standing.left:
                self._standing.remove(standing)
            return standing.order
        return None

    def _matching(self, identity: str, action: str) -> Iterator[_Standing]:
        for standing in tuple(self._standing):
            if standing.action in {ANY, action} and standing.identity in {None, identity}:
                yield standing

    def _add(self, action: str, identity: str | None, order: Order, times: int) -> None:
        if times < 1:
            raise ValueError("an order is for one CALL at least")
        self._standing.append(_Standing(action, identity, order, times))
