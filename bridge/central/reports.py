"""Reports that a station of OCPP 2.x tells in parts, put together again by the number of the question.

Parts may come in any order and more than once, and one may never come: then there is what came, and a note. Reports
that nobody asked for are not kept, and there is an end to each: a station cannot fill the memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from bridge.engine.waking import sleep_unless
from bridge.ocppj.json_text import write_json
from bridge.ports import Clock

MOST_OPEN: Final = 16
"""reports of one station that are awaited at the same time; the oldest goes"""
MOST_PARTS: Final = 4096
MOST_CHARACTERS: Final = 8_000_000
"""of one report, as JSON"""
_COUNTED_FROM: Final = datetime(2024, 1, 1, tzinfo=UTC)
_HIGHEST_ID: Final = 2**31 - 1
_NAMED: Final = 10
_LIMITS_IN_ALL: Final = 10
"""how many times the limit of silence a report may take in all"""


class Report(NamedTuple):
    """What came of a report."""

    content: dict[str, Any]
    """by the name of its list: `reportData`, `monitor`, `chargingProfiles` (one entry for each place and source), or
    the text `data`"""
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Gathering:
    """The parts of one report."""

    parts: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    """by their numbers"""
    last: int | None = None
    """number of the part that says that nothing follows"""
    action: str = ""
    characters: int = 0
    is_cut: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_whole(self) -> bool:
        return self.is_cut or (self.last is not None and all(n in self.parts for n in range(self.last + 1)))


class Reports:
    """The reports that one station was asked for. Lives on the event loop only."""

    def __init__(self, clock: Clock) -> None:
        self.clock: Final = clock
        self._last_id = 0
        self._open: dict[int, _Gathering] = {}

    def new_id(self) -> int:
        """Return a number for a question, never given before, not even before a restart: seconds since 2024 or more."""
        seconds = int((self.clock.now() - _COUNTED_FROM).total_seconds())
        self._last_id = min(max(self._last_id + 1, seconds, 1), _HIGHEST_ID)
        return self._last_id

    def begin(self, request_id: int) -> None:
        """Await the report with this number; before the question is sent, for parts may overtake its answer."""
        self._open.pop(request_id, None)
        while len(self._open) >= MOST_OPEN:
            oldest = self._open.pop(next(iter(self._open)))
            oldest.is_cut = True
            oldest.changed.set()
        self._open[request_id] = _Gathering()

    def end(self, request_id: int) -> None:
        """Await it no more: the question was not answered with a yes."""
        self._open.pop(request_id, None)

    def take(self, action: str, payload: object) -> bool:
        """Take one part; False for one that nobody awaits or that is none. Raises nothing."""
        read = _READERS.get(action)
        if read is None or not isinstance(payload, dict):
            return False
        request_id = payload.get("requestId")
        if not isinstance(request_id, int) or isinstance(request_id, bool):
            return False
        gathering = self._open.get(request_id)
        if gathering is None or gathering.action not in ("", action):
            return False
        number = _number(payload, gathering)
        if number is None or gathering.is_cut:
            return False
        gathering.action = action
        if self._keep(gathering, number, payload):
            gathering.changed.set()
        return True

    async def collect(self, request_id: int, limit_s: float) -> Report:
        """Return the report when it is whole, or what there is when no part came for so long, at most ten times that.

        LookupError for one that was not begun.
        """
        gathering = self._open[request_id]
        until_s = self.clock.monotonic_s() + _LIMITS_IN_ALL * limit_s
        try:
            while not gathering.is_whole:
                gathering.changed.clear()
                left_s = until_s - self.clock.monotonic_s()
                await sleep_unless(gathering.changed, min(limit_s, left_s), self.clock)
                if not gathering.changed.is_set():
                    break
        finally:
            if self._open.get(request_id) is gathering:
                del self._open[request_id]
        return _joined(gathering)

    @staticmethod
    def _keep(gathering: _Gathering, number: int, payload: dict[str, Any]) -> bool:
        """Keep a part; False for one that is there already or cannot be kept."""
        if number in gathering.parts:
            return False
        try:
            characters = len(write_json(payload))
        except (ValueError, TypeError, RecursionError):
            return False
        gathering.characters += characters
        if len(gathering.parts) >= MOST_PARTS or gathering.characters > MOST_CHARACTERS:
            gathering.is_cut = True
            return True
        if payload.get("tbc") is not True:
            gathering.last = number if gathering.last is None else max(gathering.last, number)
        gathering.parts[number] = payload
        return True


def _number(payload: Mapping[str, Any], gathering: _Gathering) -> int | None:
    """Return the number of a part; parts of charging profiles have none and are told apart by what they say."""
    if "chargingProfile" in payload:
        same = next((n for n, part in gathering.parts.items() if part == payload), None)
        return len(gathering.parts) if same is None else same
    number = payload.get("seqNo")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < MOST_PARTS:
        return None
    return number


def _joined(gathering: _Gathering) -> Report:
    parts = [gathering.parts[number] for number in sorted(gathering.parts)]
    read = _READERS.get(gathering.action)
    content = {} if read is None else read(parts)
    return Report(content, _notes(gathering))


def _notes(gathering: _Gathering) -> tuple[str, ...]:
    if gathering.is_cut:
        return (f"the report is cut: at most {MOST_PARTS} parts and {MOST_CHARACTERS:,} characters are kept",)
    if not gathering.parts:
        return ("no part of the report came in time",)
    highest = max(gathering.parts) if gathering.last is None else gathering.last
    missing = [str(n) for n in range(highest + 1) if n not in gathering.parts]
    notes = []
    if missing:
        named = ", ".join(missing[:_NAMED]) + (f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else "")
        notes.append(f"the report is not whole: of its parts, counted from 0, these never came: {named}")
    if gathering.last is None:
        notes.append("the report is not whole: its last part never came")
    return tuple(notes)


def _list_of(name: str, told: str) -> Callable[[list[Mapping[str, Any]]], dict[str, Any]]:
    def read(parts: list[Mapping[str, Any]]) -> dict[str, Any]:
        lists = [part[name] for part in parts if isinstance(part.get(name), list)]
        return {told: [item for items in lists for item in items]}

    return read


def _profiles(parts: list[Mapping[str, Any]]) -> dict[str, Any]:
    return {"chargingProfiles": [{k: v for k, v in p.items() if k not in ("requestId", "tbc")} for p in parts]}


def _text(parts: list[Mapping[str, Any]]) -> dict[str, Any]:
    return {"data": "".join(part["data"] for part in parts if isinstance(part.get("data"), str))}


_READERS: Final[Mapping[str, Callable[[list[Mapping[str, Any]]], dict[str, Any]]]] = {
    "NotifyReport": _list_of("reportData", "reportData"),
    "NotifyMonitoringReport": _list_of("monitor", "monitor"),
    "ReportChargingProfiles": _profiles,
    "NotifyCustomerInformation": _text,
}
