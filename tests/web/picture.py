"""Makes the README's picture of the page from the demo: `python -m tests.web.picture`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.web.browser import take_screenshot

PICTURE = Path(__file__).with_name("page.png")
_LIMIT_S = 60.0


def main() -> None:
    """Start the demo on a free port, wait until its graph has no gap and a charger obeys, and save the picture."""
    command = [sys.executable, "-m", "bridge", "demo", "--csms", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
        try:
            assert demo.stdout is not None
            url = next(line.strip() for line in demo.stdout if "http://" in line)
            _wait_until(url, "power", lambda power: power["rows"] and not power["gaps"])
            _wait_until(url, "chargers", lambda said: any(c["power_w"] for one in said["chargers"] for c in _full(one)))
            take_screenshot(url, PICTURE, width=1280, height=1150)
        finally:
            demo.terminate()


def _full(charger: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the connectors of a charger that a central system limits."""
    limited = any(uplink["limit_a"] for uplink in charger["uplinks"])
    return charger["connectors"] if limited else []


def _wait_until(url: str, what: str, is_there: Callable[[Any], object]) -> None:
    deadline_s = time.monotonic() + _LIMIT_S
    while time.monotonic() < deadline_s:
        with urllib.request.urlopen(f"{url}/api/v1/{what}", timeout=5) as answer:
            if is_there(json.load(answer)):
                return
        time.sleep(0.5)
    raise TimeoutError(f"the demo's {what} did not come to what the picture shows")


if __name__ == "__main__":
    main()
