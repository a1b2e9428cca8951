"""A part of a bench in a process of its own, asked and answered in lines of JSON over its input and output."""

from __future__ import annotations

import json
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

from tests.bench.farm import PROJECT

_STOP_LIMIT_S = 20.0


class Child:
    """`with Child("ocpp_csms") as csms` runs `tests.bench.ocpp_csms`; `told` is its first line. Its input ends it."""

    def __init__(self, name: str, *arguments: object) -> None:
        self._name = name
        self._command = [sys.executable, "-m", f"tests.bench.{name}", *(str(one) for one in arguments)]
        self._process: subprocess.Popen[bytes] | None = None
        self.told: Any = None

    def __enter__(self) -> Self:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, cwd=PROJECT)
        try:
            self.told = self._read()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def ask(self, question: object = None) -> Any:
        """Write a line and return what the answer to it says. RuntimeError when the process has ended."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._name} has ended; its error stands above")
        return json.loads(line)

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.communicate(timeout=_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
