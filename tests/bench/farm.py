"""Simulated chargers and a server that takes every write, in a process of their own whose CPU nobody counts.

`python -m tests.bench.farm CHARGERS DAYS` prints where they are as one line of JSON, then the number of polls
that were answered for each line of its input, and ends with its input.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from adapters.etrel.simulator import EtrelSimulator, SimulatorOptions
from bridge.clock import SystemClock

PROJECT = Path(__file__).parents[2]
_STATUS = "/api/generalStatus"
_STOP_LIMIT_S = 10.0
_NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


class Farm:
    """`with Farm(50) as farm` runs fifty chargers with that many days of history; `urls` says where."""

    def __init__(self, chargers: int, days: int = 0) -> None:
        self._command = [sys.executable, "-m", "tests.bench.farm", str(chargers), str(days)]
        self._process: subprocess.Popen[bytes] | None = None
        self.urls: list[str] = []
        self.write_url = ""
        """an InfluxDB that says 204 to everything"""

    def __enter__(self) -> Self:
        process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT)
        self._process = process
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            self._stop()
            raise RuntimeError("the simulated chargers did not start; their error stands above")
        told = json.loads(line)
        self.urls, self.write_url = told["urls"], told["write_url"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def polls(self) -> int:
        """Return how often the chargers together were asked for their status."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        return int(process.stdout.readline())

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.communicate(timeout=_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


async def _take_writes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = 0
            for line in head.lower().split(b"\r\n"):
                name, _, value = line.partition(b":")
                if name == b"content-length":
                    length = int(value)
            await reader.readexactly(length)
            writer.write(_NO_CONTENT)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _serve(chargers: int, days: int) -> None:
    clock = SystemClock()
    questions = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    async with contextlib.AsyncExitStack() as parts:
        simulators = [
            await parts.enter_async_context(EtrelSimulator(SimulatorOptions(days=days, seed=seed), clock))
            for seed in range(1, chargers + 1)
        ]
        server = await asyncio.start_server(_take_writes, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        told = {"urls": [simulator.url for simulator in simulators], "write_url": f"http://127.0.0.1:{port}"}
        print(json.dumps(told), flush=True)
        while await questions.readline():
            print(sum(simulator.requests[_STATUS] for simulator in simulators), flush=True)
        server.close()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
