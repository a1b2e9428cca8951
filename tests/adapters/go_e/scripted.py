"""Fakes for a go-e charger: an address with a script, and a clock that does not make anybody wait."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from adapters.go_e.adapter import GoEOptions, build
from adapters.go_e.wire import SET_PATH
from bridge.ports import Charger
from bridge.types.options import Credentials
from tests.adapters import scripted
from tests.adapters.scripted import Asked
from tests.clock import FakeClock

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


def is_set(asked: Asked) -> bool:
    """Tell whether a request was to change something."""
    return asked.path == SET_PATH


class ScriptedHttp(scripted.ScriptedHttp):
    """Knows which requests were to change something."""

    @property
    def sets(self) -> list[Mapping[str, str]]:
        """What was to be set, oldest first."""
        return [asked.query for asked in self.asked if is_set(asked)]


def charger_of(http: ScriptedHttp, clock: FakeClock | None = None) -> Charger:
    """Return the adapter on a scripted address."""
    return build(OPTIONS, http, Credentials(), clock or HastyClock())
