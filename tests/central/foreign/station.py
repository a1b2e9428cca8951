"""A charging station that is not ours: npm's `ocpp-rpc` in strict mode, in a process of its own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.uplink.foreign.events import ForeignProgramError, Params, Violation
from tests.uplink.foreign.program import DEFAULT_LIMIT_S, ForeignProgram, script_rule

IDENTITY = "CP1"
_BOX = {"vendorName": "Maker", "model": "Box", "serialNumber": "SN-1", "firmwareVersion": "1.0"}
_NAMES_IN_16 = {
    "vendorName": "chargePointVendor",
    "model": "chargePointModel",
    "serialNumber": "chargePointSerialNumber",
}
_SCRIPT = Path(__file__).with_name("station.mjs")


@dataclass(frozen=True, slots=True)
class StationTls:
    """What the station trusts and shows in the TLS handshake."""

    ca: Path
    cert: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StationOptions:
    """What kind of station it is."""

    identity: str = IDENTITY
    versions: tuple[str, ...] = ("1.6",)
    """of OCPP, the most wanted first"""
    password: str | bytes | None = field(default=None, repr=False)
    tls: StationTls | None = None
    settings: Mapping[str, str | None] = field(default_factory=dict)
    """configuration keys, in 2.x `Component.Variable`, beside or instead of the usual ones; None for one it lacks"""
    ping_interval_s: float | None = None
    """it breaks off where one is not answered until the next; None for no pings"""

    def as_json(self, url: str) -> Params:
        """Return what station.mjs takes."""
        password = self.password.encode() if isinstance(self.password, str) else self.password
        paths = {} if self.tls is None else {"ca": self.tls.ca, "cert": self.tls.cert, "key": self.tls.key}
        return {
            "url": url,
            "identity": self.identity,
            "protocols": [f"ocpp{version}" for version in self.versions],
            "password": None if password is None else password.hex(),
            "tls": {name: str(path) for name, path in paths.items() if path is not None} or None,
            "settings": dict(self.settings),
            "pingIntervalMs": round(1000 * (self.ping_interval_s or 0)),
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """A call of the central system that kept to the schema."""

    method: str
    params: Params
    message_id: str


@dataclass(frozen=True, slots=True)
class Followed:
    """Something that the station called because the central system asked for it, such as a part of a report."""

    method: str
    params: Params
    error: Params | None = None
    """why it had no good answer"""


class ForeignStation(ForeignProgram):
    """Connects while the block lasts; what the central system asks is answered sensibly and stands in its lists.

    It remembers settings and charging profiles, sends reports in parts, and says again what it is triggered to say.
    Leaving the block without an error while `violations` is not empty is an AssertionError, unless the test said
    `expects_violations`.
    """

    def __init__(
        self,
        url: str,
        options: StationOptions | None = None,
        *,
        connects: bool = True,
        expects_violations: bool = False,
    ) -> None:
        """`url` is the central system's, without the identity; `connects` when the block is entered, or later."""
        super().__init__(_SCRIPT, "the foreign station")
        self.url = url
        self.options = options or StationOptions()
        self.expects_violations = expects_violations
        self.protocol: str | None = None
        """the subprotocol that was agreed on; None before the first connection"""
        self.received: list[Asked] = []
        self.followed: list[Followed] = []
        self.violations: list[Violation] = []
        self.ends: list[tuple[int, str]] = []
        """code and reason of each connection that has ended; 1006 when there was no close frame"""
        self.strays: list[list[Any]] = []
        """answers that nobody waits for: to a raw frame, or late ones"""
        self._connects = connects
        self._is_ready = False

    async def __aenter__(self) -> Self:
        await self._begin(self.options.as_json(self.url), lambda: self._is_ready)
        if self._connects:
            try:
                await self.connect()
            except BaseException:
                await self._end()
                raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()
        if error is None and self.violations and not self.expects_violations:
            raise AssertionError("\n".join(["OCPP was violated:", *map(str, self.violations)]))

    @property
    def is_v2(self) -> bool:
        """Whether 2.0.1 or 2.1 is spoken."""
        return self.protocol != "ocpp1.6"

    # --- the connection ------------------------------------------------------------------------------------------

    async def connect(self) -> str:
        """Connect and return the subprotocol; ForeignCallError of kind `refused`, whose code is the status of HTTP."""
        self.protocol = (await self._do("connect", {}))["protocol"]
        assert self.protocol is not None
        return self.protocol

    async def disconnect(self, *, code: int = 1000, force: bool = False) -> None:
        """Close the connection (`force`: without a close frame) and wait until it has ended."""
        count = len(self.ends)
        await self._do("close", {"code": code, "force": force})
        await self.ended(count + 1)

    async def ended(self, count: int = 1, *, limit_s: float = DEFAULT_LIMIT_S) -> tuple[int, str]:
        """Wait until a connection ended for the `count`th time; return code and reason."""
        await self.wait_until(lambda: len(self.ends) >= count, f"{count} × end of the connection", limit_s=limit_s)
        return self.ends[count - 1]

    # --- towards the central system ------------------------------------------------------------------------------

    async def call(self, method: str, params: Params | None = None, *, limit_s: float = DEFAULT_LIMIT_S) -> Params:
        """Call the central system and return its answer, which kept to the schema; ForeignCallError."""
        ask = {"method": method, "params": params or {}, "limitMs": round(1000 * limit_s)}
        return await self._do("call", ask, limit_s=limit_s + DEFAULT_LIMIT_S)

    async def boot(self, **changes: Any) -> Params:
        """Send a BootNotification of the version that is spoken; `changes` of the box have their names of 2.x."""
        box: Params = _BOX | changes
        if self.is_v2:
            return await self.call("BootNotification", {"reason": "PowerUp", "chargingStation": box})
        named = {_NAMES_IN_16.get(name, name): value for name, value in box.items()}
        return await self.call("BootNotification", named)

    async def send_raw(self, text: str, *, binary: bool = False) -> None:
        """Send that text as one frame, whatever it says."""
        await self._do("raw", {"text": text, "binary": binary})

    async def call_raw(self, method: Any, params: Any, *, limit_s: float = DEFAULT_LIMIT_S) -> list[Any]:
        """Call past the schema and return the answer as the frame that came."""
        message_id = f"raw-{next(self._numbers)}"
        await self.send_raw(json.dumps([2, message_id, method, params]))

        def frames() -> list[list[Any]]:
            return [frame for frame in self.strays if frame[1] == message_id]

        await self.wait_until(lambda: bool(frames()), f"an answer to the raw {method!r}", limit_s=limit_s)
        return frames()[0]

    # --- what the central system asks ----------------------------------------------------------------------------

    def asked(self, method: str) -> list[Params]:
        """Return the payloads of the good calls of that method so far, in order."""
        return [asked.params for asked in self.received if asked.method == method]

    async def wait_asked(self, method: str, count: int = 1, *, limit_s: float = DEFAULT_LIMIT_S) -> Params:
        """Wait until the central system has called that method for the `count`th time; return what it said then."""
        await self.wait_until(lambda: len(self.asked(method)) >= count, f"{count} × {method}", limit_s=limit_s)
        return self.asked(method)[count - 1]

    async def wait_followed(self, method: str, count: int = 1, *, limit_s: float = DEFAULT_LIMIT_S) -> Followed:
        """Wait until the station has called that for the `count`th time because it was asked to; return that call."""

        def found() -> list[Followed]:
            return [one for one in self.followed if one.method == method]

        await self.wait_until(lambda: len(found()) >= count, f"{count} × {method} called", limit_s=limit_s)
        return found()[count - 1]

    async def script(
        self,
        method: str,
        answer: Params | None = None,
        *,
        times: int | None = 1,
        error: str | tuple[str, str] | None = None,
        raw: Params | None = None,
        delay_s: float = 0.0,
        silent: bool = False,
        cut: bool = False,
    ) -> None:
        """Say what the next `times` calls of that method meet (None: all); see `script_rule`.

        Nothing follows an answer that has another status than the usual one.
        """
        rule = script_rule(
            method, times=times, answer=answer, error=error, raw=raw, delay_s=delay_s, silent=silent, cut=cut
        )
        await self._do("script", {"script": rule})

    async def unscript(self, method: str | None = None) -> None:
        """Forget the scripts of that method, or all."""
        await self._do("unscript", {"method": method})

    async def settings(self) -> dict[str, str]:
        """Return its configuration as the central system left it, by key, in 2.x by `Component.Variable`."""
        settings: dict[str, str] = (await self._do("state", {}))["settings"]
        return settings

    async def profiles(self) -> list[tuple[int, Params]]:
        """Return the charging profiles that were installed and not cleared, each with its connector or EVSE."""
        found = (await self._do("state", {}))["profiles"]
        return [(one["evseId" if self.is_v2 else "connectorId"], one["profile"]) for one in found]

    def _summary(self) -> str:
        counts = Counter(asked.method for asked in self.received)
        parts = [f"asked: {', '.join(f'{count} × {method}' for method, count in counts.items()) or 'nothing'}"]
        parts += [f"ended: {code} {reason}" for code, reason in self.ends[-3:]]
        parts += [f"followed without an answer: {one.method} {one.error}" for one in self.followed if one.error][-3:]
        parts += [f"violation: {v.method} {v.message}" for v in self.violations[-3:]]
        return "; ".join(parts)

    def _note(self, event: str, told: Params) -> None:
        match event:
            case "ready":
                self._is_ready = True
            case "asked":
                self.received.append(Asked(told["method"], told["params"], told["messageId"]))
            case "followed":
                self.followed.append(Followed(**told))
            case "violation":
                self.violations.append(Violation(**told))
            case "disconnect":
                self.ends.append((told["code"], told["reason"]))
            case "stray":
                self.strays.append(told["frame"])
            case strange:
                raise ForeignProgramError(f"the foreign station says something unknown: {strange}")
