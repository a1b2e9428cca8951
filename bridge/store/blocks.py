"""A day of one measure in one block: 288 states, then 288 watts as little-endian doubles, compressed together."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Self

from bridge.types.series import INTERVAL_S, INTERVALS_PER_DAY, CellState

_WATTS = struct.Struct(f"<{INTERVALS_PER_DAY}d")
_PRESENT = (CellState.POLLED, CellState.FILLED)


class DayBlock:
    """The 288 cells of one measure on one UTC day; slot 0 starts at midnight."""

    __slots__ = ("power_w", "states")

    def __init__(self) -> None:
        self.states = bytearray(INTERVALS_PER_DAY)
        self.power_w = [0.0] * INTERVALS_PER_DAY
        """means nothing where the state says that there is no value"""

    @classmethod
    def decode(cls, packed: bytes) -> Self:
        """Read what `encode` wrote; ValueError when it is something else."""
        try:
            plain = zlib.decompress(packed)
            block = cls()
            block.states[:] = plain[:INTERVALS_PER_DAY]
            block.power_w[:] = _WATTS.unpack(plain[INTERVALS_PER_DAY:])
        except (zlib.error, struct.error) as error:
            raise ValueError(f"not a day block: {error}") from error
        return block

    def encode(self) -> bytes:
        """Pack for the store; zeros and repeated samples all but vanish."""
        return zlib.compress(bytes(self.states) + _WATTS.pack(*self.power_w), 1)

    def put_run(self, first_slot: int, column: Sequence[float | None], state: CellState) -> Sequence[int]:
        """Set consecutive cells, the common case, faster; else as `put`."""
        end_slot = first_slot + len(column)
        if not any(self.states[first_slot:end_slot]) and None not in column:
            self.states[first_slot:end_slot] = bytes([state]) * len(column)
            self.power_w[first_slot:end_slot] = column  # type: ignore[assignment]  # none of them is None
            return range(first_slot, end_slot)
        return self.put(range(first_slot, end_slot), column, state)

    def put(self, slots: Sequence[int], column: Sequence[float | None], state: CellState) -> list[int]:
        """Set cells; return the slots that were new or changed, ascending. None leaves a cell as it is."""
        changed = []
        states, watts = self.states, self.power_w
        for slot, power_w in zip(slots, column, strict=True):
            if power_w is None or (states[slot] in _PRESENT and watts[slot] == power_w):
                continue
            states[slot] = state
            watts[slot] = power_w
            changed.append(slot)
        return changed

    def points(self, midnight_s: int, first: int, last: int) -> list[tuple[int, float]]:
        """Return (start, W) of the cells of [first, last) that have a value."""
        starts_s = range(midnight_s + first * INTERVAL_S, midnight_s + last * INTERVAL_S, INTERVAL_S)
        watts = self.power_w[first:last]
        states = self.states[first:last]
        if CellState.MISSING not in states and CellState.ABSENT not in states:
            return list(zip(starts_s, watts, strict=True))
        cells = zip(starts_s, watts, states, strict=True)
        return [(start_s, power_w) for start_s, power_w, state in cells if state in _PRESENT]

    def put_absent(self, from_slot: int, to_slot: int) -> bool:
        """Turn missing cells of [from_slot, to_slot) into absent ones; False when there was none."""
        before = bytes(self.states[from_slot:to_slot])
        after = before.replace(bytes([CellState.MISSING]), bytes([CellState.ABSENT]))
        self.states[from_slot:to_slot] = after
        return before != after

    def count(self, state: CellState, from_slot: int = 0, to_slot: int = INTERVALS_PER_DAY) -> int:
        """Count the cells of [from_slot, to_slot) in a state."""
        return self.states.count(state, from_slot, to_slot)
