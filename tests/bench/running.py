"""A real `python -m bridge run` in a process of its own, and what the system tells of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from bridge.clock import SystemClock
from tests.bench.farm import PROJECT

IMPORTS = "import asyncio, httpx, pydantic"
LIMIT_S = 120.0
_LOOK_S = 0.02
_STOP_LIMIT_S = 10.0
_PAGE = re.compile(r"the page is at (http://[^;\s]+)")


def wait_until(true: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
    """Look again and again; TimeoutError after `limit_s`."""
    until_s = time.monotonic() + limit_s
    while not true():
        if time.monotonic() > until_s:
            raise TimeoutError(f"not so within {limit_s:g} s")
        time.sleep(_LOOK_S)


class RunningBridge:
    """`with RunningBridge(folder, urls, write_url) as bridge` runs it with page and InfluxDB on."""

    def __init__(
        self, folder: Path, urls: Sequence[str], write_url: str, *, poll_s: int = 1, history_days: int = 0
    ) -> None:
        self.data_dir = folder / "data"
        self._config = folder / "config.yaml"
        self._log = folder / "log"
        since = (SystemClock().now() - timedelta(days=history_days)).date().isoformat()
        chargers = [
            {"id": f"charger{number}", "type": "etrel", "url": url, "poll": f"{poll_s}s", "history_since": since}
            for number, url in enumerate(urls)
        ]
        config = {
            "timezone": "Europe/Zurich",
            "data_dir": str(self.data_dir),
            "web": {"port": 0},
            "chargers": chargers,
            "influx": [{"url": write_url, "bucket": "bench"}],
        }
        folder.mkdir(parents=True, exist_ok=True)
        self._config.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML
        self._process: subprocess.Popen[bytes] | None = None
        self._page = ""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "bridge", "run", "--config", str(self._config)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=PROJECT)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """End it as a service manager would."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def has_page(self) -> bool:
        """Tell whether the page answers; RuntimeError with the log when the process has ended."""
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"the bridge has ended: {self._log.read_text(encoding='utf-8')}")
        told = _PAGE.search(self._log.read_text(encoding="utf-8"))
        if told is None:
            return False
        self._page = told[1].rstrip("/")
        return httpx.get(f"{self._page}/", trust_env=False).status_code == httpx.codes.OK

    def ask(self, path: str) -> Any:
        """Return an answer of its API."""
        answer = httpx.get(self._page + path, trust_env=False, timeout=30)
        answer.raise_for_status()
        return answer.json()


def cpu_so_far_s(pid: int) -> float:
    """Return the CPU seconds of a running process, to a hundredth."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Return the memory of a running process that lies in RAM, in MB of 10⁶ bytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) * 1024 / 1e6 for line in status.splitlines() if line.startswith("VmRSS:"))


def resident_bare_mb() -> float:
    """Return the memory of a process that has only imported what any such program needs."""
    command = [sys.executable, "-c", f"{IMPORTS}\nprint(flush=True)\ninput()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found_mb = resident_mb(process.pid)
        process.communicate(b"\n")
    return found_mb


def start_bare() -> tuple[float, float]:
    """Return (CPU seconds, seconds) of a process that imports and ends."""
    began_s = time.monotonic()
    process = subprocess.Popen([sys.executable, "-c", IMPORTS])
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return used.ru_utime + used.ru_stime, time.monotonic() - began_s
