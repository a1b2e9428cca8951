"""Fakes for a go-e charger: an address with a script, and a clock that does not make anybody wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from adapters.go_e.adapter import GoEOptions, build
from bridge.errors import ChargerError
from bridge.ports import Charger, HttpAnswer
from bridge.types.options import Credentials
from tests.clock import FakeClock

WHERE = "carport (config.yaml:7)"
OPTIONS = GoEOptions(id="carport", type="go-e", url="http://carport.local")


class HastyClock(FakeClock):
    """A clock that jumps ahead instead of letting anybody sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.slept_s: list[float] = []

    async def sleep(self, delay_s: float) -> None:
        """Be at the end of the sleep at once."""
        self.slept_s.append(delay_s)
        self.jump(delay_s)
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that reached the fake."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    bearer: str | None = None
    once: bool = False

    @property
    def is_set(self) -> bool:
        """Whether it was to change something."""
        return self.path == "/api/set"


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
        assert form is None, "this API has no forms"
        assert timeout_s is None, "the limit of the charger's options is the one that holds"
        asked = Asked(method, path, query or {}, bearer, once=once)
        self.asked.append(asked)
        reply = self._reply(asked)
        if isinstance(reply, ChargerError):
            raise reply
        return reply

    async def aclose(self) -> None:
        """Note that the connection was let go."""
        self.closed = True

    @property
    def sets(self) -> list[Mapping[str, str]]:
        """What was to be set, oldest first."""
        return [asked.query for asked in self.asked if asked.is_set]


def json_answer(body: bytes, status: int = 200, **headers: str) -> HttpAnswer:
    """Return an answer with JSON in it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpAnswer(status, {"content-type": "application/json", **named}, body)


def charger_of(http: ScriptedHttp, clock: FakeClock | None = None) -> Charger:
    """Return the adapter on a scripted address."""
    return build(OPTIONS, http, Credentials(), clock or HastyClock())
