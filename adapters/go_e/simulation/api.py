"""The local HTTP API v2: status by filter, and sets."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from adapters.go_e.simulation.options import FaultKind, SimulatorOptions
from adapters.go_e.simulation.status import status_of
from adapters.go_e.simulation.wishes import REBOOT, fulfil
from adapters.go_e.simulation.world import World
from adapters.simulation.answer import Answer, refusal
from adapters.simulation.faults import Faults
from adapters.simulation.wishes import Given

STATUS = "/api/status"
SET = "/api/set"
_LEGACY_KEYS = 10
_LOWEST_A = 6
_CARDS = 10


class Api:
    """Answers requests from a world. All instants in µs."""

    def __init__(self, options: SimulatorOptions, world: World, faults: Faults[FaultKind]) -> None:
        self._options = options
        self._world = world
        self._faults = faults

    def has(self, path: str) -> bool:
        """Tell whether there is such a path; without trailing slash."""
        return path in (STATUS, SET)

    def answer(self, method: str, path: str, given: Given, authorization: str, now: int) -> Answer:
        """Answer one request; `given` holds the fields of the query."""
        if not self.has(path):
            return refusal(404)
        if method != "GET":
            return refusal(405)
        if self._options.token is not None and authorization != f"Bearer {self._options.token}":
            return refusal(401)
        self._world.advance(now)
        return self._status(given) if path == STATUS else self._set(given)

    def _status(self, given: Given) -> Answer:
        status = status_of(self._world.box, self._options)
        changed = self._faults.take(STATUS, FaultKind.CHANGED)
        if changed is not None:
            status |= json.loads(changed.word)
        left_out = self._faults.take(STATUS, FaultKind.LEFT_OUT)
        dropped = left_out.word.split(",") if left_out is not None else []
        wanted = self._filter(given.get("filter"), list(status))
        return _write({key: status[key] for key in wanted if key in status and key not in dropped})

    def _filter(self, text: str | None, every: list[str]) -> list[str]:
        if text is None:
            return every
        if not self._options.legacy_filter:
            return text.split(",")
        try:
            keys = json.loads(text)
        except ValueError:
            return every
        return [str(key) for key in keys[:_LEGACY_KEYS]] if isinstance(keys, list) else every

    def _set(self, given: Given) -> Answer:
        """Answer true or a sentence for every key that is known, and null when none is [issues 53, 97, 153]."""
        refused = self._faults.take(SET, FaultKind.REFUSED_SET)
        ignored = self._faults.take(SET, FaultKind.IGNORED_SET)
        reply: dict[str, bool | str] = {}
        for key, text in given.items():
            if key not in ("amp", "frc", "acs", "trx", "rst"):
                continue
            wrong = f"failed: not allowed now ({text})" if refused else self._wrong(key, text)
            if wrong is None and not ignored:
                self._do(key, json.loads(text))
            reply[key] = True if wrong is None else f"{key}: {wrong}"
        return _write(reply or None, 200 if all(value is True for value in reply.values()) else 500)

    def _wrong(self, key: str, text: str) -> str | None:
        """Return why a value is not taken."""
        try:
            value = json.loads(text)
        except ValueError:
            return f"tried to set api key with invalid json ({text})"
        if key == "rst":
            return None
        if key == "trx" and value is None:
            return None
        if value is None:
            return "failed: null not allowed (null)"
        if type(value) is not int or value < 0:
            return f"failed: value must be uint8_t ({text})"
        lowest, highest = {"amp": (_LOWEST_A, self._options.highest_a), "frc": (0, 2), "acs": (0, 1)}.get(
            key, (0, _CARDS)
        )
        return (
            None
            if lowest <= value <= highest
            else f"failed: Value {value} exceeds range {lowest} to {highest} ({text})"
        )

    def _do(self, key: str, value: Any) -> None:
        box = self._world.box
        if key == "rst":
            fulfil(self._world, REBOOT, {}, box.at)
        else:
            box.change(replace(box.settings, **{key: value}))


def _write(document: object, status: int = 200) -> Answer:
    return Answer(json.dumps(document, separators=(",", ":")).encode(), status, b"application/json")
