"""Parts of a report that fit into messages, and the limits that the device model tells."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeVar

from bridge.uplink.device_model.device_model import Present
from bridge.uplink.device_model.variable import Place
from bridge.uplink.monitoring.monitor import number_of

T = TypeVar("T")

_ITEMS_AT_MOST: Final = 100
_BYTES_AT_MOST: Final = 16_384
"""where the device model says nothing"""
_AROUND_BYTES: Final = 300
"""of a frame: its id, its action and the fields beside the list"""


class Room(NamedTuple):
    """How much goes into one message."""

    items: int
    bytes: int


def room_of(present: Present, component: str, instance: str) -> Room:
    """Return what ItemsPerMessage and BytesPerMessage of this instance say."""

    def at_most(name: str, default: int) -> int:
        told = present.at(Place(component=component, variable=name, variable_instance=instance))
        number = None if told is None else number_of(told.value)
        return max(1, default if number is None else int(number))

    return Room(at_most("ItemsPerMessage", _ITEMS_AT_MOST), at_most("BytesPerMessage", _BYTES_AT_MOST))


def bytes_of(payload: object) -> int:
    """Return how long a payload is as JSON in UTF-8."""
    return len(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode())


def parted(items: Sequence[T], payload_of: Callable[[T], object], room: Room) -> list[list[T]]:
    """Return the items, in their order, in as few messages as they fit into; one that is too long goes alone."""
    parts: list[list[T]] = []
    filled = 0
    for item in items:
        size = bytes_of(payload_of(item)) + 1
        if not parts or len(parts[-1]) >= room.items or filled + size > room.bytes:
            parts.append([])
            filled = _AROUND_BYTES
        parts[-1].append(item)
        filled += size
    return parts
