"""A central system that is not ours: npm's `ocpp-rpc` in strict mode, in a process of its own."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any, Self

from tests.uplink.foreign.events import CsmsOptions, Ledger, Params, Story, Transaction
from tests.uplink.foreign.journal import Journal, of
from tests.uplink.foreign.program import DEFAULT_LIMIT_S, script_rule


class ForeignCsms(Journal):
    """Runs the central system while the block lasts; what happened stands in its lists, in order.

    Leaving the block without an error while `violations` is not empty is an AssertionError, unless the test said
    `expects_violations`. Where Node is missing the test is skipped.
    """

    def __init__(self, options: CsmsOptions | None = None, *, expects_violations: bool = False) -> None:
        super().__init__()
        self.options = options or CsmsOptions()
        self.expects_violations = expects_violations

    @property
    def url(self) -> str:
        """The address that an operator would write in the config; a station appends `/` and its identity."""
        return f"{'ws' if self.options.tls is None else 'wss'}://127.0.0.1:{self.port}/ocpp"

    async def __aenter__(self) -> Self:
        await self._begin(self.options.as_json(), lambda: self.port > 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()
        if error is None and self.violations and not self.expects_violations:
            raise AssertionError("\n".join(["OCPP was violated:", *map(str, self.violations)]))

    async def call(
        self, identity: str, method: str, params: Params | None = None, *, limit_s: float = DEFAULT_LIMIT_S
    ) -> Params:
        """Call a station and return its answer, which kept to the schema; ForeignCallError."""
        ask = {"identity": identity, "method": method, "params": params or {}, "limitMs": round(1000 * limit_s)}
        return await self._do("call", ask, limit_s=limit_s + DEFAULT_LIMIT_S)

    async def send_raw(self, identity: str, text: str, *, binary: bool = False) -> None:
        """Send the station that text as one frame, whatever it says."""
        await self._do("raw", {"identity": identity, "text": text, "binary": binary})

    async def call_raw(self, identity: str, method: Any, params: Any, *, limit_s: float = DEFAULT_LIMIT_S) -> list[Any]:
        """Call a station past the schema and return its answer as the frame that came."""
        message_id = f"raw-{next(self._numbers)}"
        await self.send_raw(identity, json.dumps([2, message_id, method, params]))

        def frames() -> list[list[Any]]:
            return [stray.frame for stray in of(self.strays, identity) if stray.frame[1] == message_id]

        await self.wait_until(lambda: bool(frames()), f"an answer to the raw {method!r}", limit_s=limit_s)
        return frames()[0]

    async def script(
        self,
        method: str,
        *,
        times: int | None = 1,
        identity: str | None = None,
        answer: Params | None = None,
        error: str | tuple[str, str] | None = None,
        raw: Params | None = None,
        delay_s: float = 0.0,
        silent: bool = False,
        cut: bool = False,
        taken: bool | None = None,
    ) -> None:
        """Say what the next `times` calls of that method meet (None: all), after what was said before is used up.

        `answer` is laid over the usual answer; `error` is a code, or code and description, of a CALLERROR; `raw` is an
        answer past the schema; `silent` never answers; `cut` breaks the connection off instead of answering; each after
        `delay_s`. `taken` says whether the memory learns of the call: not with `error`, else yes.
        """
        rule = script_rule(
            method,
            times=times,
            answer=answer,
            error=error,
            raw=raw,
            delay_s=delay_s,
            silent=silent,
            cut=cut,
            taken=taken,
        )
        if identity is not None:
            rule["identity"] = identity
        await self._do("script", {"script": rule})

    async def unscript(self, method: str | None = None) -> None:
        """Forget the scripts of that method, or all."""
        await self._do("unscript", {"method": method})

    async def refuse(self, status: int | None, *, times: int | None = None) -> None:
        """Refuse the next handshakes (None: all) with that status of HTTP; a status of None lets in again."""
        await self._do("refuse", {"status": status, "times": times})

    async def set_password(self, identity: str, password: str) -> None:
        """Let that station in with this password only from now on; the connection that it has goes on."""
        await self._do("password", {"identity": identity, "password": password.encode().hex()})

    async def speak(self, *protocols: str) -> None:
        """Offer these subprotocols to whoever connects from now on."""
        await self._do("speak", {"protocols": list(protocols)})

    async def set_clock(self, offset_s: float) -> None:
        """Let its clock, told in Boot and Heartbeat, be that much ahead of the real one."""
        await self._do("clock", {"offsetMs": round(1000 * offset_s)})

    async def ledger(self) -> Ledger:
        """Return what it knows of transactions."""
        told = await self._do("ledger", {})
        return Ledger(
            [
                Transaction(
                    identity=t["identity"],
                    transaction_id=t["transactionId"],
                    starts=t["starts"],
                    stops=t["stops"],
                    start=t["start"],
                    stop=t["stop"],
                    meter_values=t["meterValues"],
                    meter_values_after_stop=t["meterValuesAfterStop"],
                )
                for t in told["transactions"]
            ],
            [(orphan["identity"], orphan["method"], orphan["params"]) for orphan in told["orphans"]],
            [Story(s["identity"], s["transactionId"], s["events"], s["repeats"]) for s in told["stories"]],
        )

    async def forget(self) -> None:
        """Forget transactions, scripts, boots and all lists but those of connections, which go on."""
        await self._do("forget", {})
        for kept in (self.received, self.violations, self.refusals, self.strays):
            kept.clear()
        self.pings.clear()

    async def close(
        self, identity: str, *, code: int = 1000, force: bool = False, limit_s: float = DEFAULT_LIMIT_S
    ) -> None:
        """Close the station's connection (`force`: without a close frame) and wait until it has ended."""
        number = max(c.number for c in of(self.connects, identity))
        await self._do("close", {"identity": identity, "code": code, "force": force})
        await self.wait_until(
            lambda: any(end.number == number for end in self.disconnects), f"{identity} is closed", limit_s=limit_s
        )
