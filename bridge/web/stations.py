"""The present of stations that have the bridge as their central system, as the answers tell it."""

from __future__ import annotations

from datetime import datetime

from bridge.engine.board import Board, StationCard, WaitingCard
from bridge.types.facts import to_rfc3339


def station_entry(card: StationCard, most_remarks: int | None = None) -> dict[str, object]:
    """Return one station, its remarks the newest first and at most so many."""
    remarks = list(reversed(card.remarks))[:most_remarks]
    return {
        "charger": card.charger,
        "identity": card.identity,
        "security_profile": card.security_profile,
        "is_connected": card.version is not None,
        "version": card.version,
        "address": card.address,
        "since": _moment(card.since),
        "booted_at": _moment(card.booted_at),
        "heartbeat_at": _moment(card.heartbeat_at),
        "last_message_at": _moment(card.last_message_at),
        "connections": card.connections,
        "clock_offset_s": card.clock_offset_s,
        "was_accepted": card.was_accepted,
        "remarks": [{"at": to_rfc3339(remark.at), "text": remark.text} for remark in remarks],
        "error": card.error,
    }


def waiting_entries(board: Board) -> list[dict[str, object]]:
    """Return those that ask to come in, the longest waiting first."""
    return [_waiting(card) for card in sorted(board.waiting.values(), key=lambda card: card.first_at)]


def _waiting(card: WaitingCard) -> dict[str, object]:
    return {
        "identity": card.identity,
        "first_at": to_rfc3339(card.first_at),
        "last_at": to_rfc3339(card.last_at),
        "address": card.address,
        "version": card.version,
        "vendor_name": card.vendor_name,
        "model": card.model,
        "serial_number": card.serial_number,
        "has_password": card.has_password,
        "is_encrypted": card.is_encrypted,
    }


def _moment(at: datetime | None) -> str | None:
    return to_rfc3339(at) if at else None
