"""A real VictoriaMetrics on loopback."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import pytest

START_LIMIT_S = 20.0


def find_victoria() -> str:
    """Return the program's path, or skip the test."""
    found = shutil.which("victoria-metrics") or shutil.which("victoria-metrics-prod")
    if found is None:
        pytest.skip("VictoriaMetrics is not installed (Debian: apt-get install victoria-metrics)")
    return found


def free_port() -> int:
    """Return a port on which nothing listens now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class VictoriaMetrics:
    """Started on entering, killed on leaving; may be killed and started again in between.

    The data stays in `storage_dir`, the address stays the same.
    """

    def __init__(self, storage_dir: Path) -> None:
        self.storage_dir = storage_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = subprocess.Popen(
            [
                find_victoria(),
                f"-storageDataPath={self.storage_dir}",
                f"-httpListenAddr=127.0.0.1:{self.port}",
                "-retentionPeriod=10y",
                "-dedup.minScrapeInterval=1ms",
                "-memory.allowedBytes=64MB",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        limit_s = time.monotonic() + START_LIMIT_S
        while True:
            try:
                if httpx.get(f"{self.url}/health", trust_env=False).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                if time.monotonic() > limit_s or self._process.poll() is not None:
                    raise
            time.sleep(0.02)

    def kill(self) -> None:
        """End it with SIGKILL, as a power failure would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def export(self, match: str, start_s: int = 0) -> list[tuple[dict[str, str], list[tuple[int, float]]]]:
        """Return (labels, [(epoch second, value)]) per series of a selector, all that was written until now.

        `start_s` 0 means the whole retention. Ask only for what was written before: who asks for a series
        that is not there yet is told "nothing" for another ten seconds.
        """
        httpx.get(f"{self.url}/internal/force_flush", trust_env=False).raise_for_status()
        query: dict[str, Any] = {"match[]": match, "start": start_s or "-9y"}
        answer = httpx.get(f"{self.url}/api/v1/export", params=query, trust_env=False, timeout=30)
        answer.raise_for_status()
        found = [json.loads(line) for line in answer.text.splitlines()]
        return [
            (
                series["metric"],
                [(at_ms // 1000, value) for at_ms, value in zip(series["timestamps"], series["values"], strict=True)],
            )
            for series in found
        ]
