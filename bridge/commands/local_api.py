"""The bridge that runs on this computer, asked over its own HTTP interface by the commands that need it."""

from __future__ import annotations

import json
import re
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import httpx

from bridge.config.load import Config
from bridge.errors import Blame, BridgeError
from bridge.web.callers import COMMAND_LINE
from bridge.web.options import url_of

_CONNECT_S = 5.0
_ANSWER_S = 300.0
"""a report of a whole charger comes in many parts"""
_UNPRINTABLE: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""what moves a terminal's cursor, colours it or turns its text around; a line feed is ours"""


class LocalApiError(BridgeError):
    """The running bridge cannot be asked, or said no; the message is for a person."""

    blame = Blame.OPERATOR


class LocalApi:
    """Asks the bridge of a config; the errors of every method are LocalApiErrors."""

    def __init__(self, config: Config, port: int | None) -> None:
        """Take address and token from the config; `port` is given where `run` was given another one."""
        chosen = config.web.port if port is None else port
        if chosen == 0:
            raise LocalApiError("web", "the page takes any free port", todo="Name the one that it took with --port")
        self._url = url_of(config.web.host, chosen)
        self._config = config.path
        headers = {"user-agent": COMMAND_LINE, "accept": "application/json"}
        if config.web_token is not None:
            headers["authorization"] = f"Bearer {config.web_token.get_secret_value()}"
        limits = httpx.Timeout(_ANSWER_S, connect=_CONNECT_S)
        self._http = httpx.Client(base_url=self._url, headers=headers, timeout=limits, trust_env=False)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._http.close()

    def central(self) -> dict[str, Any]:
        """Return the stations, who waits, and the operations."""
        return self._ask("GET", "/api/v1/central")

    def operate(self, charger: str, operation: str, arguments: str) -> dict[str, Any]:
        """Have a charger do something and return the result; the arguments are a text that the bridge reads."""
        return self._ask("POST", f"/api/v1/central/{quote(charger, safe='')}/{quote(operation, safe='')}", arguments)

    def answer_waiting(self, identity: str, charger: str | None) -> None:
        """Let a station in as this charger, or turn it away for None."""
        wish = {"accept": False} if charger is None else {"accept": True, "charger": charger}
        self._ask("POST", f"/api/v1/central/waiting/{quote(identity, safe='')}", wish)

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        content = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"content-type": "application/json"}
        try:
            answer = self._http.request(method, path, content=content, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise LocalApiError(
                self._url,
                "the bridge does not answer there",
                todo=f"Start it with: chargebridge run -c {self._config}",
            ) from None
        except httpx.ReadTimeout:
            seen = f"the bridge has not answered within {_ANSWER_S:.0f} s"
            raise LocalApiError(self._url, seen, todo="Look at the charger before you try again") from None
        except httpx.HTTPError as error:
            seen = f"the connection to the bridge broke ({type(error).__name__})"
            raise LocalApiError(self._url, seen, todo="Look at the charger before you try again") from None
        return self._read(answer)

    def _read(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            told = answer.json()
        except ValueError:
            told = None
        if not isinstance(told, dict) or (not answer.is_success and not isinstance(told.get("error"), str)):
            seen = f"another program answers there (status {answer.status_code})"
            raise LocalApiError(self._url, seen, todo="Check host and port of web in the config")
        if not answer.is_success:
            raise LocalApiError("the bridge says", printable(told["error"]))
        return told


def printable(text: str) -> str:
    """Return a text that a terminal shows and does not obey, as chargers' words may be anybody's; JSON stays JSON."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
