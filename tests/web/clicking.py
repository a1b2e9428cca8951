"""A click in a real browser, over its debugging port."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.web.browser import find_browser

_LIMIT_S = 30.0
_BETWEEN_PAGES = ("Cannot find default execution context", "context was destroyed", "navigated or closed")
_COMPLAINTS = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
_ADDRESS = re.compile(r"DevTools listening on (ws://\S+)")


class BrowserError(Exception):
    """The browser cannot do what it was asked."""


class Tab:
    """One page in a browser; its time is real."""

    def __init__(self, line: ClientConnection) -> None:
        self._line = line
        self._number = 0
        self._session: str | None = None
        self.complaints: list[str] = []
        """what the page or the browser wrote to the console, as far as it came before an answer"""

    def open(self, url: str) -> None:
        """Open a page in this tab."""
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._ask("Runtime.enable")
        self._ask("Log.enable")
        self._ask("Page.enable")
        self._ask("Page.navigate", url=url)

    def look(self, width: int, height: int = 900, *, dark: bool = False) -> None:
        """Give the page a size and a colour scheme."""
        self._ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._ask("Emulation.setEmulatedMedia", features=[scheme])

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press a key, such as `Escape`, whose number in Windows is 27; `text` is what it types."""
        typed = {"text": text} if text else {}
        self._ask("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=code, **typed)
        self._ask("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)

    def type(self, text: str) -> None:
        """Type where the focus is, instead of what is selected there."""
        self._ask("Input.insertText", text=text)

    def take_picture(self, picture: Path) -> None:
        """Save how the page looks as PNG."""
        picture.write_bytes(base64.b64decode(self._ask("Page.captureScreenshot", format="png")["data"]))

    def wait_for(self, expression: str) -> Any:
        """Return the first true value of an expression of JavaScript; TimeoutError when there is none in time."""
        poll = f"""new Promise((resolve, reject) => {{
            const end = Date.now() + {_LIMIT_S * 1000 / 2};
            const look = () => {{
                const seen = ({expression});
                if (seen) resolve(seen);
                else if (Date.now() > end) reject(new Error("not seen: " + document.body?.innerText));
                else setTimeout(look, 20);
            }};
            look();
        }})"""
        answer = self._evaluate(poll)
        if "exceptionDetails" in answer:
            raise TimeoutError(answer["exceptionDetails"]["exception"].get("description", ""))
        return answer["result"].get("value")

    def _evaluate(self, expression: str) -> Any:
        """Evaluate in the page, in the next one where the browser is on its way there."""
        end_s = time.monotonic() + _LIMIT_S
        while True:
            try:
                return self._ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
            except BrowserError as error:
                if not any(word in str(error) for word in _BETWEEN_PAGES) or time.monotonic() > end_s:
                    raise
                time.sleep(0.05)

    def _ask(self, method: str, **parameters: object) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        self._line.send(json.dumps(message))
        while True:
            answer = json.loads(self._line.recv(timeout=_LIMIT_S))
            if answer.get("method") in _COMPLAINTS:
                self.complaints.append(json.dumps(answer["params"]))
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise BrowserError(answer["error"]["message"])
                return answer["result"]


@contextmanager
def open_tab(url: str) -> Iterator[Tab]:
    """Open a page in a browser of its own; the browser ends at the exit."""
    browser = find_browser()
    assert browser is not None, "no browser; ask find_browser first"
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
            "about:blank",
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr is not None
                address = next(found[1] for line in process.stderr if (found := _ADDRESS.search(line)))
                with connect(address, max_size=None, proxy=None) as line:
                    tab = Tab(line)
                    tab.open(url)
                    yield tab
            finally:
                process.kill()
