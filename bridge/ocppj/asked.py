"""The calls that a peer made on the connection that stands, and what they were answered: so that none is done twice."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from bridge.ocppj.frames import Call

REMEMBERED: Final = 64
"""calls; a peer has one in flight, so this reaches far back"""


@dataclass(slots=True)
class _Entry:
    content: bytes
    call: Call | None
    """None when it has been answered: what was asked may be large and is not kept"""
    reply: str | None = None


@dataclass(frozen=True, slots=True)
class Repeated:
    """A call that was met before."""

    reply: str | None
    """None while it is being worked on"""


class AskedCalls:
    """Remembers calls by their ids. Bounded: answered ones go, the oldest first."""

    def __init__(self) -> None:
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._open_count = 0

    def forget(self) -> None:
        """Forget everything: ids are unique within a connection only [spec], and another one begins."""
        self._entries.clear()
        self._open_count = 0

    @property
    def is_full(self) -> bool:
        """Whether so many calls wait that another one cannot be taken."""
        return self._open_count >= REMEMBERED

    def has_id(self, message_id: str) -> bool:
        """Tell whether a call with this id is remembered."""
        return message_id in self._entries

    def has_open_id(self, message_id: str) -> bool:
        """Tell whether a call with this id waits for its answer."""
        entry = self._entries.get(message_id)
        return entry is not None and entry.call is not None

    def find(self, call: Call) -> Repeated | None:
        """Return what is known of a call with this id and content; None when there is none."""
        entry = self._entries.get(call.message_id)
        return Repeated(entry.reply) if entry is not None and entry.content == _content(call) else None

    def add(self, call: Call) -> None:
        """Remember a call that is worked on from now on; there must be room, and its id must not be an open one's."""
        if self._entries.pop(call.message_id, None) is None and len(self._entries) >= REMEMBERED:
            del self._entries[next(known for known, entry in self._entries.items() if entry.call is None)]
        self._entries[call.message_id] = _Entry(_content(call), call)
        self._open_count += 1

    def waits_for(self, call: Call) -> bool:
        """Tell whether this very call waits for its answer, and not one of another connection that looks like it."""
        entry = self._entries.get(call.message_id)
        return entry is not None and entry.call is call

    def close(self, call: Call, reply: str) -> None:
        """Remember what a call that waits was answered."""
        entry = self._entries[call.message_id]
        entry.call, entry.reply = None, reply
        self._open_count -= 1


def _content(call: Call) -> bytes:
    """Digest what is asked; the order of keys does not matter."""
    text = json.dumps([call.action, call.payload], sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=16).digest()
