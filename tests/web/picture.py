"""Makes the README's picture of the page from the demo: `python -m tests.web.picture`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.web.browser import take_screenshot

PICTURE = Path(__file__).with_name("page.png")
_LIMIT_S = 60.0


def main() -> None:
    """Start the demo on a free port, wait until its graph has no gap, and save the picture."""
    command = [sys.executable, "-m", "bridge", "demo", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
        try:
            assert demo.stdout is not None
            url = next(line.strip() for line in demo.stdout if "http://" in line)
            _wait_for_power(url)
            take_screenshot(url, PICTURE, width=1280, height=1150)
        finally:
            demo.terminate()


def _wait_for_power(url: str) -> None:
    deadline_s = time.monotonic() + _LIMIT_S
    while time.monotonic() < deadline_s:
        with urllib.request.urlopen(f"{url}/api/v1/power", timeout=5) as answer:
            power = json.load(answer)
        if power["rows"] and not power["gaps"]:
            return
        time.sleep(0.5)
    raise TimeoutError("the demo's history was not loaded in time")


if __name__ == "__main__":
    main()
