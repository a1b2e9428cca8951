"""What a test sees of the foreign central system: lists of what happened, and waits with limits for what shall."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from tests.uplink.foreign import install
from tests.uplink.foreign.events import (
    Call,
    Connect,
    Disconnect,
    ForeignProgramError,
    Params,
    Refusal,
    Stray,
    Violation,
)
from tests.uplink.foreign.program import DEFAULT_LIMIT_S, ForeignProgram

_T = TypeVar("_T", Connect, Disconnect, Stray)


class Journal(ForeignProgram):
    """Everything that happened since the start, in order."""

    def __init__(self) -> None:
        super().__init__(install.FOLDER / "csms.mjs", "the central system")
        self.port = 0
        """where it listens; 0 until it does"""
        self.received: list[Call] = []
        """the calls of stations that kept to the schema, those answered with an error or never among them"""
        self.violations: list[Violation] = []
        self.connects: list[Connect] = []
        self.disconnects: list[Disconnect] = []
        self.refusals: list[Refusal] = []
        self.strays: list[Stray] = []
        self.pings: Counter[str] = Counter()
        """identity → pings that the station sent"""

    async def wait_for(
        self, method: str, count: int = 1, *, identity: str | None = None, limit_s: float = DEFAULT_LIMIT_S
    ) -> list[Params]:
        """Wait until at least `count` good calls of that method came since the start; return the payloads of all."""
        who = identity or "any station"
        await self.wait_until(
            lambda: len(self.params(method, identity=identity)) >= count,
            f"{count} × {method} from {who}",
            limit_s=limit_s,
        )
        return self.params(method, identity=identity)

    async def wait_connected(self, identity: str, count: int = 1, *, limit_s: float = DEFAULT_LIMIT_S) -> Connect:
        """Wait until the station connected for the `count`th time, and return that connection."""
        await self.wait_until(
            lambda: len(of(self.connects, identity)) >= count, f"{count} × connect of {identity}", limit_s=limit_s
        )
        return of(self.connects, identity)[count - 1]

    async def wait_disconnected(self, identity: str, count: int = 1, *, limit_s: float = DEFAULT_LIMIT_S) -> Disconnect:
        """Wait until a connection of the station ended for the `count`th time, and return that end."""
        await self.wait_until(
            lambda: len(of(self.disconnects, identity)) >= count,
            f"{count} × disconnect of {identity}",
            limit_s=limit_s,
        )
        return of(self.disconnects, identity)[count - 1]

    async def wait_violations(self, count: int = 1, *, limit_s: float = DEFAULT_LIMIT_S) -> list[Violation]:
        """Wait until at least `count` violations were seen, and return all."""
        await self.wait_until(lambda: len(self.violations) >= count, f"{count} × violation", limit_s=limit_s)
        return list(self.violations)

    async def wait_refused(self, count: int = 1, *, limit_s: float = DEFAULT_LIMIT_S) -> Refusal:
        """Wait until the `count`th handshake was refused, and return that refusal."""
        await self.wait_until(lambda: len(self.refusals) >= count, f"{count} × refusal", limit_s=limit_s)
        return self.refusals[count - 1]

    def params(self, method: str, *, identity: str | None = None) -> list[Params]:
        """Return the payloads of the good calls of that method so far, in order."""
        return [c.params for c in self.received if c.method == method and identity in {None, c.identity}]

    def _summary(self) -> str:
        came = ", ".join(f"{count} × {method}" for method, count in Counter(c.method for c in self.received).items())
        parts = [f"came: {came or 'nothing'}", f"{len(self.connects)} connects, {len(self.disconnects)} disconnects"]
        parts += [f"refused: {refusal.status} {refusal.message}" for refusal in self.refusals[-3:]]
        parts += [f"violation: {v.method} {v.message}" for v in self.violations[-3:]]
        return "; ".join(parts)

    def _note(self, event: str, told: Params) -> None:
        """Write down one event."""
        match event:
            case "listening":
                self.port = told["port"]
            case "ping":
                self.pings[told["identity"]] += 1
            case "call":
                self.received.append(
                    Call(
                        identity=told["identity"],
                        method=told["method"],
                        params=told["params"],
                        message_id=told["messageId"],
                        in_flight=told["inFlight"],
                        booted=told["booted"],
                    )
                )
            case "violation":
                self.violations.append(Violation(**told))
            case "connect":
                self.connects.append(Connect(**told))
            case "disconnect":
                self.disconnects.append(Disconnect(**told))
            case "refused":
                self.refusals.append(Refusal(**told))
            case "stray":
                self.strays.append(Stray(**told))
            case strange:
                raise ForeignProgramError(f"the central system says something unknown: {strange}")


def of(events: Iterable[_T], identity: str) -> list[_T]:
    """Return those of that station."""
    return [event for event in events if event.identity == identity]
