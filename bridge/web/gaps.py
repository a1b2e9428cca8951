"""Where a series has nothing, and why: an absent row is told, never drawn as a zero or a line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bridge.engine.board import Board
from bridge.ports import Store
from bridge.types.facts import to_epoch_s
from bridge.types.series import floor_interval_s
from bridge.types.words import Health

Span = tuple[int, int]
"""[from, to) in epoch seconds"""


class GapReason(StrEnum):
    """Why there is nothing. Published words."""

    MISSING = "missing"
    """nobody has asked the charger's history for it yet, or the asking failed"""
    ABSENT = "absent"
    """the charger's history was asked and has nothing"""
    DOWN = "down"
    """the charger is silent since then; its history will be asked when it answers again"""


@dataclass(frozen=True, slots=True)
class Gap:
    """[from_s, to_s) without a value."""

    from_s: int
    to_s: int
    reason: GapReason


def find_gaps(store: Store, charger: str, measure: str, span: Span, down_since_s: int | None) -> list[Gap]:
    """Return the gaps of one series in a span, ascending; raises StoreError."""
    from_s, to_s = span
    if from_s >= to_s:
        return []
    missing = store.holes(charger, [measure], from_s, to_s)
    without_value = store.holes(charger, [measure], from_s, to_s, absent_since_s=from_s)
    gaps = [Gap(a, b, GapReason.ABSENT) for a, b in subtract(without_value, missing)]
    for a, b in missing:
        edge = b if down_since_s is None else min(max(a, down_since_s), b)
        if a < edge:
            gaps.append(Gap(a, edge, GapReason.MISSING))
        if edge < b:
            gaps.append(Gap(edge, b, GapReason.DOWN))
    return sorted(gaps, key=lambda gap: gap.from_s)


def subtract(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Return what of `spans` lies outside `taken`; both ascending and without overlap in themselves."""
    left: list[Span] = []
    cuts = list(taken)
    position = 0
    for start, end in spans:
        at = start
        while position < len(cuts) and cuts[position][1] <= at:
            position += 1
        for cut_start, cut_end in cuts[position:]:
            if cut_start >= end:
                break
            if at < cut_start:
                left.append((at, cut_start))
            at = max(at, cut_end)
        if at < end:
            left.append((at, end))
    return left


def join(gaps: Iterable[Gap]) -> list[Gap]:
    """Join gaps that touch and have the same reason; ascending in, ascending out."""
    joined: list[Gap] = []
    for gap in gaps:
        if joined and joined[-1].to_s == gap.from_s and joined[-1].reason is gap.reason:
            gap = Gap(joined.pop().from_s, gap.to_s, gap.reason)  # noqa: PLW2901 -- the gap grows by its neighbour
        joined.append(gap)
    return joined


def down_since_s(board: Board, charger: str) -> int | None:
    """Return the interval since which a charger is silent, None while it is heard or is not configured."""
    card = board.chargers.get(charger)
    if card is None or card.health is Health.NORMAL:
        return None
    return floor_interval_s(to_epoch_s(card.last_heard_at or board.started_at))
