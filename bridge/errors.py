"""One error tree: each class says who is to blame and whether waiting helps; each message is written for a person."""

from __future__ import annotations

from enum import StrEnum


class Blame(StrEnum):
    """Who can put an error right."""

    OPERATOR = "operator"
    """the person who wrote the config or runs the machine"""
    CHARGER = "charger"
    """the charger or its firmware"""
    NETWORK = "network"
    """what lies between this machine and the other"""
    SERVER = "server"
    """the server that data is delivered to"""
    BRIDGE = "bridge"
    """this program or the disk under it"""


class BridgeError(Exception):
    """An error that a person may read: where, what was seen, what to do, what goes on meanwhile.

    `waiting_helps` tells machinery whether the same attempt may succeed later without anybody acting.
    No part may hold a secret.
    """

    blame: Blame = Blame.BRIDGE
    waiting_helps: bool = False

    def __init__(self, where: str, seen: str, *, todo: str = "", meanwhile: str = "") -> None:
        super().__init__(where, seen)
        self.where = where
        self.seen = seen
        self.todo = todo
        self.meanwhile = meanwhile

    def __str__(self) -> str:
        sentences = [f"{self.where}: {self.seen}", self.todo, self.meanwhile]
        return " ".join(s if s.endswith((".", "!", "?")) else f"{s}." for s in sentences if s)

    @property
    def reason(self) -> str:
        """A short stable word for counters: the class name without its ending, in snake_case."""
        name = type(self).__name__.removesuffix("Error")
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class _AnsweredError(BridgeError):
    """Somebody was asked; `retry_after_s` is that one's own wish when to be asked again, if it had one."""

    def __init__(
        self,
        where: str,
        seen: str,
        *,
        todo: str = "",
        meanwhile: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(where, seen, todo=todo, meanwhile=meanwhile)
        self.retry_after_s = retry_after_s


class ConfigError(BridgeError):
    """The config cannot be used; `where` is file:line:column."""

    blame = Blame.OPERATOR


class ChargerError(_AnsweredError):
    """A charger did not give what it was asked for; `retry_after_s` is its own wish, if it had one."""

    blame = Blame.CHARGER
    waiting_helps = True


class ChargerUnreachableError(ChargerError):
    """Nothing answered: refused, no route, name unknown, silence, or the line broke."""

    blame = Blame.NETWORK


class ChargerTlsError(ChargerError):
    """The TLS handshake failed or showed another certificate than the pinned one."""

    blame = Blame.OPERATOR
    waiting_helps = False


class ChargerLoginError(ChargerError):
    """The charger refused the credentials; repeating may lock the account."""

    blame = Blame.OPERATOR
    waiting_helps = False


class ChargerBusyError(ChargerError):
    """The charger asked for patience (429, 503) or failed inside (5xx)."""


class ChargerAnswerError(ChargerError):
    """The answer arrived and is not what this API gives: not JSON, cut off, wrong shape, wrong status."""


class ChargerUnsupportedError(ChargerError):
    """The charger has no such endpoint or ability (404, 405, or an adapter without it)."""

    waiting_helps = False


class StoreError(BridgeError):
    """The store could not read or write; `waiting_helps` because a full disk can be emptied."""

    waiting_helps = True


class StoreDamagedError(StoreError):
    """The store's file is damaged or not a store."""

    waiting_helps = False


class CsmsError(_AnsweredError):
    """A central system cannot be talked with; the transactions wait."""

    blame = Blame.SERVER
    waiting_helps = True


class CsmsUnreachableError(CsmsError):
    """Nothing answered, or the line broke."""

    blame = Blame.NETWORK


class CsmsRefusedError(CsmsError):
    """It answered and does not want this station: password, identity, subprotocol."""

    blame = Blame.OPERATOR


class CsmsSubprotocolError(CsmsRefusedError):
    """It speaks none of the versions of OCPP that were offered, as far as that can be seen."""


class CsmsTlsError(CsmsError):
    """The TLS handshake failed: a certificate of either side is not believed."""

    blame = Blame.OPERATOR


class SinkError(_AnsweredError):
    """A server that data is delivered to did not take it."""

    blame = Blame.SERVER


class SinkUnavailableError(SinkError):
    """No connection or 5xx: everything waits and is delivered later, in order.

    `retry_after_s` is the server's own wish, if it had one.
    """

    waiting_helps = True


class SinkBusyError(SinkUnavailableError):
    """408, 429 or 500: the server runs and cannot now; what it took before is not in doubt."""


class SinkRefusedError(SinkError):
    """401, 403 or 404: token, bucket or organisation is wrong; everything waits for a person."""

    blame = Blame.OPERATOR
    waiting_helps = True


class SinkRejectedError(SinkError):
    """400, 413 or 422: this very data will never be taken; it is set aside with the reason."""
