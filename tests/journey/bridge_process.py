"""`python -m bridge …` as a process of its own: started, read, signalled by its id, and never left behind."""

from __future__ import annotations

import itertools
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.journey.waiting import eventually

REPOSITORY = Path(__file__).parents[2]
COMMAND_LIMIT_S = 60.0
_PAGE = r"(?:the page is at |^ {4})(http://[^\s;]+)"
_DEFECT = re.compile(r"Traceback|Exception ignored|ResourceWarning|never awaited|never retrieved")
_SHOWN = 3000
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Done:
    """What a command that has ended said."""

    status: int
    stdout: str
    stderr: str


def surroundings(secrets: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without settings of the bridge from outside, with these variables."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("CHARGEBRIDGE_")}
    return {**own, **secrets}


def run_command(*arguments: str, environ: Mapping[str, str] | None = None, limit_s: float = COMMAND_LIMIT_S) -> Done:
    """Run one command to its end; it must not end by a defect of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bridge", *arguments],
        cwd=REPOSITORY,
        env=surroundings(environ or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
    )
    assert _DEFECT.search(done.stderr) is None, done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


class BridgeProcess:
    """A command that goes on until it is stopped; leaving the `with` kills it if it still runs.

    What it prints goes to files, so that no full pipe can hold it up.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        environ: Mapping[str, str] | None = None,
        *,
        wrapper: Sequence[str] = (),
    ) -> None:
        """Start it; `wrapper` is a command in front of it that ends in becoming it."""
        name = f"process-{next(_numbers)}"
        self._stdout, self._stderr = folder / f"{name}.stdout", folder / f"{name}.stderr"
        with self._stdout.open("wb") as stdout, self._stderr.open("wb") as stderr:
            self._process = subprocess.Popen(
                [*wrapper, sys.executable, "-m", "bridge", *arguments],
                cwd=REPOSITORY,
                env=surroundings(environ or {}),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            error.add_note(f"stdout: …{self.stdout[-_SHOWN:]}\nstderr: …{self.stderr[-_SHOWN:]}")
        self.kill()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def stdout(self) -> str:
        """What it has printed until now."""
        return self._stdout.read_text(errors="replace")

    @property
    def stderr(self) -> str:
        """What it has logged until now."""
        return self._stderr.read_text(errors="replace")

    @property
    def status(self) -> int | None:
        """Its exit status; None while it runs."""
        return self._process.poll()

    def page_url(self, limit_s: float = 20.0) -> str:
        """Wait until `run` or `demo` has said where its page is, and return that."""
        return self.said(_PAGE, limit_s)[1]

    def said(self, pattern: str, limit_s: float = 20.0) -> re.Match[str]:
        """Wait until the log or the output matches, and return the match."""
        sought = re.compile(pattern, re.MULTILINE)

        def look() -> re.Match[str] | None:
            found = sought.search(self.stderr) or sought.search(self.stdout)
            assert found or self.status is None, f"ended with {self.status}: {self.stdout}{self.stderr}"
            return found

        return eventually(look, f"{sought.pattern!r} in the output", limit_s)

    def get(self, path: str, **query: str) -> Any:
        """Return the JSON of an endpoint of its page."""
        answer = httpx.get(f"{self.page_url()}{path}", params=query, trust_env=False, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def charger(self, charger: str) -> dict[str, Any]:
        """Return what `/api/v1/chargers` tells of one charger."""
        cards: list[dict[str, Any]] = self.get("/api/v1/chargers")["chargers"]
        return next(card for card in cards if card["id"] == charger)

    def stop(self, number: signal.Signals = signal.SIGTERM, limit_s: float = 10.0) -> tuple[int, float]:
        """Send a signal; return the exit status and how many seconds it took. No defect may show in the log."""
        began_s = time.monotonic()
        self._process.send_signal(number)
        status = self._process.wait(limit_s)
        took_s = time.monotonic() - began_s
        assert _DEFECT.search(self.stderr) is None, self.stderr
        return status, took_s

    def wait(self, limit_s: float = COMMAND_LIMIT_S) -> int:
        """Wait until it ends by itself and return its exit status."""
        return self._process.wait(limit_s)

    def kill(self) -> None:
        """End it with SIGKILL, as a power cut would; harmless when it has ended."""
        self._process.kill()
        self._process.wait()
