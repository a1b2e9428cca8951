"""A fake at the port `Http`: answers what a test says and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bridge.errors import ChargerError
from bridge.ports import HttpAnswer

WHERE = "garage (config.yaml:12)"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that reached the fake."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    bearer: str | None = None
    once: bool = False


Reply = HttpAnswer | ChargerError


class ScriptedHttp:
    """Answers each request by a function of it."""

    def __init__(self, reply: Callable[[Asked], Reply]) -> None:
        self.where = WHERE
        self.asked: list[Asked] = []
        self.closed = False
        self._reply = reply

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        bearer: str | None = None,
        timeout_s: float | None = None,
        once: bool = False,
    ) -> HttpAnswer:
        """Answer, or raise the error that the script has for this request."""
        assert method == "GET" or not once, "a POST is sent once anyway"
        assert method == "POST" or form is None, "a form is posted"
        assert timeout_s is None, "the limit of the charger's options is the one that holds"
        asked = Asked(method, path, query or {}, form or {}, bearer, once=once)
        self.asked.append(asked)
        reply = self._reply(asked)
        if isinstance(reply, ChargerError):
            raise reply
        return reply

    async def aclose(self) -> None:
        """Note that the connection was let go."""
        self.closed = True

    def count(self, path: str) -> int:
        """Return how often a path was asked for."""
        return sum(asked.path == path for asked in self.asked)


def json_answer(body: bytes, status: int = 200, **headers: str) -> HttpAnswer:
    """Return an answer with JSON in it; `retry_after="5"` becomes the header `retry-after`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpAnswer(status, {"content-type": "application/json", **named}, body)
