"""From journal entries to the pieces that tell them, each once, in an order that lets the cursor follow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bridge.sinks.pieces import HealthPiece, Piece, PowerPiece, ReadingsPiece, SessionsPiece, StatusPiece
from bridge.types.journal import Entry, EntryKind
from bridge.types.series import DAY_S
from bridge.types.words import ConnectorStatus, Health

MAX_RANGE_S = 50 * 366 * DAY_S
"""a longer range in one entry is nonsense"""
MAX_SESSIONS_PER_PIECE = 100
MAX_SESSION_GAP_S = 7 * DAY_S
"""sessions further apart are looked up separately"""

_Ranked = tuple[int, int, Piece]
"""(number of the entry within the batch, instant to order by, piece)"""


@dataclass(frozen=True, slots=True)
class Step:
    """A piece, and the seq up to which everything is delivered when all steps before it are."""

    safe_seq: int
    piece: Piece


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An entry that this version cannot read, and why."""

    entry: Entry
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run of journal entries asks to deliver. An empty one stands for a place in the journal."""

    last_seq: int
    steps: tuple[Step, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()

    def safe_seq(self, offset: int) -> int:
        """Return the seq up to which everything is delivered after the first `offset` steps."""
        return self.steps[offset].safe_seq if offset < len(self.steps) else self.last_seq


def make_plan(after_seq: int, entries: Sequence[Entry]) -> Plan:
    """Plan the entries that follow `after_seq`; there is at least one.

    Ranges of the same measure that touch or overlap are joined at the place of the first of them: the rows
    are read when they are sent, so each is sent once and as it is by then.
    """
    ranges: dict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
    sessions: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    ranked: list[_Ranked] = []
    unreadable = []
    for number, entry in enumerate(entries):
        try:
            if entry.kind is EntryKind.INTERVALS:
                from_s, to_s = _range(entry)
                for measure in entry.body["measures"]:
                    ranges[entry.charger, measure].append((from_s, to_s, number))
            elif entry.kind is EntryKind.SESSION:
                started_us, session_id = int(entry.body["started_us"]), str(entry.body["session_id"])
                sessions[entry.charger].append((started_us, number, session_id))
            else:
                ranked += [(number, 0, piece) for piece in _told(entry)]
        except (KeyError, TypeError, ValueError) as error:
            unreadable.append(Unreadable(entry, f"{type(error).__name__}: {error}"))
    for (charger, measure), found in ranges.items():
        ranked += _power(charger, measure, found)
    for charger, started in sessions.items():
        ranked += _sessions(charger, started)
    ranked.sort(key=lambda r: r[:2])
    safe_seqs = [after_seq, *(entry.seq for entry in entries)]
    steps = tuple(Step(safe_seqs[number], piece) for number, _, piece in ranked)
    return Plan(entries[-1].seq, steps, tuple(unreadable))


def _range(entry: Entry) -> tuple[int, int]:
    from_s, to_s = int(entry.body["from_s"]), int(entry.body["to_s"])
    if not 0 <= to_s - from_s <= MAX_RANGE_S:
        raise ValueError(f"the range {from_s} to {to_s} makes no sense")
    return from_s, to_s


def _told(entry: Entry) -> list[Piece]:
    """Return the pieces of an entry that stands for itself; most kinds concern no sink."""
    body = entry.body
    match entry.kind:
        case EntryKind.READINGS:
            return [ReadingsPiece(entry.charger, *_range(entry))]
        case EntryKind.STATUS:
            status, raw = body["status"], body.get("raw")
            word = None if status is None else ConnectorStatus(status)
            return [StatusPiece(entry.charger, int(body["connector_id"]), entry.at, word, raw)]
        case EntryKind.HEALTH:
            return [HealthPiece(entry.charger, entry.at, Health(body["health"]))]
        case _:
            return []


def _power(charger: str, measure: str, ranges: list[tuple[int, int, int]]) -> Iterator[_Ranked]:
    """Join ranges (from_s, to_s, number) and cut them into days."""
    joined: list[tuple[int, int, int]] = []
    for from_s, to_s, number in sorted(ranges):
        if joined and from_s <= joined[-1][1]:
            earlier_from_s, earlier_to_s, earlier_number = joined[-1]
            joined[-1] = earlier_from_s, max(to_s, earlier_to_s), min(number, earlier_number)
        else:
            joined.append((from_s, to_s, number))
    for from_s, to_s, number in joined:
        start_s = from_s
        while start_s < to_s:
            end_s = min(to_s, (start_s // DAY_S + 1) * DAY_S)
            yield number, start_s, PowerPiece(charger, measure, start_s, end_s)
            start_s = end_s


def _sessions(charger: str, started: list[tuple[int, int, str]]) -> Iterator[_Ranked]:
    """Group (started_us, number, session_id) that lie near each other in time."""
    groups: list[list[tuple[int, int, str]]] = []
    for key in sorted(started):
        near = groups and key[0] - groups[-1][-1][0] <= MAX_SESSION_GAP_S * 1_000_000
        if near and len(groups[-1]) < MAX_SESSIONS_PER_PIECE:
            groups[-1].append(key)
        else:
            groups.append([key])
    for group in groups:
        keys = frozenset((session_id, started_us) for started_us, _, session_id in group)
        yield min(number for _, number, _ in group), 0, SessionsPiece(charger, keys)
