"""A real browser without a window: what a page has become, and how it looks."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

NAMES = ("chromium", "chromium-browser", "google-chrome")
_LIMIT_S = 60


@dataclass(frozen=True)
class Visit:
    """What a browser saw."""

    dom: str
    """the document after its scripts have run, as HTML"""
    console: tuple[str, ...]
    """every line that the page or the browser wrote to the console"""


def find_browser() -> str | None:
    """Return the path of a Chromium, None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def visit(url: str, *, width: int, height: int = 900, virtual_s: int = 8, dark: bool = False) -> Visit:
    """Open a page, let `virtual_s` pass for it as fast as it can, and return what it has become."""
    done = _run(url, ["--dump-dom"], width, height, virtual_s, dark=dark)
    lines = done.stderr.splitlines()
    return Visit(done.stdout, tuple(line for line in lines if ":CONSOLE" in line))


def take_screenshot(
    url: str, picture: Path, *, width: int, height: int = 900, virtual_s: int = 8, dark: bool = False
) -> None:
    """Save how a page looks at a size as PNG; raises CalledProcessError and TimeoutExpired."""
    _run(url, [f"--screenshot={picture}", "--hide-scrollbars"], width, height, virtual_s, dark=dark)


def _run(
    url: str, what: list[str], width: int, height: int, virtual_s: int, *, dark: bool
) -> subprocess.CompletedProcess[str]:
    browser = find_browser()
    assert browser is not None, "no browser; ask find_browser first"
    with TemporaryDirectory() as profile:
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--enable-logging=stderr",
            "--v=0",
            f"--user-data-dir={profile}",
            f"--window-size={width},{height}",
            f"--virtual-time-budget={virtual_s * 1000}",
            *(["--force-dark-mode", "--blink-settings=preferredColorScheme=0"] if dark else []),
            *what,
            url,
        ]
        return subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT_S, check=True)
