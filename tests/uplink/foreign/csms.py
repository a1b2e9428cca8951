"""A central system that is not ours: npm's `ocpp-rpc` in strict mode, in a process of its own."""

from __future__ import annotations

import asyncio
import itertools
import json
from types import TracebackType
from typing import Any, Self

from tests.uplink.foreign import install
from tests.uplink.foreign.events import (
    CsmsOptions,
    ForeignCallError,
    ForeignCsmsError,
    Ledger,
    Params,
    Story,
    Transaction,
)
from tests.uplink.foreign.journal import DEFAULT_LIMIT_S, Journal, of

_START_LIMIT_S = 30.0
_END_LIMIT_S = 5.0
_LONGEST_LINE = 1 << 24


class ForeignCsms(Journal):
    """Runs the central system while the block lasts; what happened stands in its lists, in order.

    Leaving the block without an error while `violations` is not empty is an AssertionError, unless the test said
    `expects_violations`. Where Node is missing the test is skipped.
    """

    def __init__(self, options: CsmsOptions | None = None, *, expects_violations: bool = False) -> None:
        super().__init__()
        self.options = options or CsmsOptions()
        self.expects_violations = expects_violations
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Params]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._readers: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        """The address that an operator would write in the config; a station appends `/` and its identity."""
        return f"{'ws' if self.options.tls is None else 'wss'}://127.0.0.1:{self.port}/ocpp"

    @property
    def exit_code(self) -> int | None:
        """How its process ended: 0 by itself, negative by a signal; None while it runs."""
        return None if self._process is None else self._process.returncode

    async def __aenter__(self) -> Self:
        node = await asyncio.to_thread(install.node)
        self._process = await asyncio.create_subprocess_exec(
            node,
            install.FOLDER / "csms.mjs",
            json.dumps(self.options.as_json()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
        )
        self._readers = [asyncio.create_task(self._read()), asyncio.create_task(self._listen_to_last_words())]
        try:
            await self.wait_until(lambda: self.port > 0, "the central system listens", limit_s=_START_LIMIT_S)
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

    async def _end(self) -> None:
        """Close its stdin, on which it ends; kill it by its id where it does not."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(_END_LIMIT_S):
                await asyncio.gather(process.wait(), *self._readers)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            for reader in self._readers:
                reader.cancel()
            await asyncio.gather(*self._readers, return_exceptions=True)

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
        rule: Params = {"method": method, "times": times, "identity": identity, "delayMs": round(1000 * delay_s)}
        if error is not None:
            code, message = (error, "as the test wants it") if isinstance(error, str) else error
            rule["error"] = {"code": code, "message": message}
        rule |= {"answer": answer, "raw": raw, "silent": silent, "cut": cut}
        rule = {key: value for key, value in rule.items() if value or key == "times"}
        if taken is not None:
            rule["taken"] = taken
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

    async def catch_up(self) -> None:
        """Wait until the lists hold all that has reached it; an answer may reach a station before its call is here."""
        await self._do("nothing", {})

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

    def send_signal(self, number: int) -> None:
        """Send its process a signal: SIGSTOP makes it half-open, SIGCONT well again, SIGKILL is its end."""
        assert self._process is not None
        self._process.send_signal(number)

    async def _do(self, what: str, ask: Params, *, limit_s: float = DEFAULT_LIMIT_S) -> Params:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        if self._ended:
            raise ForeignCsmsError(f"the central system has ended, before: {what}")
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            process.stdin.write(json.dumps({"id": number, "do": what, **ask}).encode() + b"\n")
            async with asyncio.timeout(limit_s):
                await process.stdin.drain()
                told = await answer
        except TimeoutError:
            raise TimeoutError(f"the central system did not answer {what} within {limit_s:g} s") from None
        finally:
            del self._answers[number]
        if "error" in told:
            error = told["error"]
            raise ForeignCallError(error["kind"], error["code"], error["message"], error["details"])
        result: Params = told["result"]
        return result

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            async for line in self._process.stdout:
                told: Params = json.loads(line)
                event: str = told.pop("event")
                if event == "answer":
                    self._settle(told)
                else:
                    self._note(event, told)
                async with self._news:
                    self._news.notify_all()
        finally:
            self._ended = True
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(ForeignCsmsError("the central system has ended"))
            async with self._news:
                self._news.notify_all()

    def _settle(self, told: Params) -> None:
        answer = self._answers.get(told["id"])
        if answer is not None and not answer.done():
            answer.set_result(told)

    async def _listen_to_last_words(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self._last_words.append(line.decode(errors="replace").rstrip())
