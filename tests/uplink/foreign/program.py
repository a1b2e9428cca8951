"""A program of Node that a test leads by lines of JSON: commands on its stdin, what happens on its stdout."""

from __future__ import annotations

import asyncio
import itertools
import json
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from pathlib import Path

from tests.uplink.foreign import install
from tests.uplink.foreign.events import ForeignCallError, ForeignProgramError, Params

DEFAULT_LIMIT_S = 10.0
_START_LIMIT_S = 30.0
_END_LIMIT_S = 5.0
_LONGEST_LINE = 1 << 24
_LAST_WORDS = 40


class ForeignProgram(ABC):
    """Runs a script, which ends when its stdin closes; a subclass notes what it says.

    Where Node is missing the test is skipped.
    """

    def __init__(self, script: Path, name: str) -> None:
        """`name` is what errors call it, such as `the central system`."""
        self._script = script
        self._name = name
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Params]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._readers: list[asyncio.Task[None]] = []
        self._news = asyncio.Condition()
        self._ended = False
        self._last_words: deque[str] = deque(maxlen=_LAST_WORDS)

    @property
    def exit_code(self) -> int | None:
        """How its process ended: 0 by itself, negative by a signal; None while it runs."""
        return None if self._process is None else self._process.returncode

    def send_signal(self, number: int) -> None:
        """Send its process a signal: SIGSTOP makes it half-open, SIGCONT well again, SIGKILL is its end."""
        assert self._process is not None
        self._process.send_signal(number)

    async def wait_until(self, condition: Callable[[], bool], what: str, *, limit_s: float = DEFAULT_LIMIT_S) -> None:
        """Wait until `condition`, which is looked at after each event, holds; TimeoutError says what came instead."""
        try:
            async with asyncio.timeout(limit_s), self._news:
                await self._news.wait_for(lambda: condition() or self._ended)
        except TimeoutError:
            raise TimeoutError(f"not within {limit_s:g} s: {what}; {self._summary()}") from None
        if not condition():
            last_words = "\n".join(self._last_words)
            raise ForeignProgramError(f"{self._name} ended before: {what}; {self._summary()}\n{last_words}")

    async def catch_up(self) -> None:
        """Wait until the lists hold all that has reached it; an answer may reach the other side before it is here."""
        await self._do("nothing", {})

    # --- for subclasses ------------------------------------------------------------------------------------------

    async def _begin(self, options: Params, has_begun: Callable[[], bool]) -> None:
        """Start it with these options, and wait until it has begun."""
        node = await asyncio.to_thread(install.node)
        self._process = await asyncio.create_subprocess_exec(
            node,
            self._script,
            json.dumps(options),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
        )
        self._readers = [asyncio.create_task(self._read()), asyncio.create_task(self._listen_to_last_words())]
        try:
            await self.wait_until(has_begun, f"{self._name} begins", limit_s=_START_LIMIT_S)
        except BaseException:
            await self._end()
            raise

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

    async def _do(self, what: str, ask: Params, *, limit_s: float = DEFAULT_LIMIT_S) -> Params:
        """Give it a command and return the result; ForeignCallError."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        if self._ended:
            raise ForeignProgramError(f"{self._name} has ended, before: {what}")
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            process.stdin.write(json.dumps({"id": number, "do": what, **ask}).encode() + b"\n")
            async with asyncio.timeout(limit_s):
                await process.stdin.drain()
                told = await answer
        except TimeoutError:
            raise TimeoutError(f"{self._name} did not answer {what} within {limit_s:g} s") from None
        finally:
            del self._answers[number]
        if "error" in told:
            error = told["error"]
            raise ForeignCallError(error["kind"], error["code"], error["message"], error["details"])
        result: Params = told["result"]
        return result

    @abstractmethod
    def _summary(self) -> str:
        """Say in a line what has happened so far."""

    @abstractmethod
    def _note(self, event: str, told: Params) -> None:
        """Write down one event."""

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
                    answer.set_exception(ForeignProgramError(f"{self._name} has ended"))
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


def script_rule(
    method: str,
    *,
    times: int | None = 1,
    answer: Params | None = None,
    error: str | tuple[str, str] | None = None,
    raw: Params | None = None,
    delay_s: float = 0.0,
    silent: bool = False,
    cut: bool = False,
    taken: bool | None = None,
) -> Params:
    """Return what scripts.mjs takes: what the next `times` calls of that method meet (None: all).

    `answer` is laid over the usual answer; `error` is a code, or code and description, of a CALLERROR; `raw` is an
    answer past the schema; `silent` never answers; `cut` breaks the connection off instead of answering; each after
    `delay_s`. `taken` says whether the memory learns of the call: not with `error`, else yes.
    """
    rule: Params = {"method": method, "times": times, "delayMs": round(1000 * delay_s)}
    if error is not None:
        code, message = (error, "as the test wants it") if isinstance(error, str) else error
        rule["error"] = {"code": code, "message": message}
    rule |= {"answer": answer, "raw": raw, "silent": silent, "cut": cut}
    rule = {key: value for key, value in rule.items() if value or key == "times"}
    if taken is not None:
        rule["taken"] = taken
    return rule
