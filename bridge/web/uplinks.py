"""The present of stations as the answers tell it."""

from __future__ import annotations

from bridge.engine.board import Board, UplinkCard
from bridge.types.facts import to_rfc3339


def uplink_entry(card: UplinkCard) -> dict[str, object]:
    """Return one station."""
    return {
        "charger": card.charger,
        "csms": card.csms,
        "url": card.url,
        "identity": card.identity,
        "version": card.version,
        "control": card.control,
        "state": card.state.value,
        "since": to_rfc3339(card.since) if card.since else None,
        "waiting": card.waiting,
        "open_transactions": card.open_transactions,
        "dead_letters": card.dead_letters,
        "clock_offset_s": card.clock_offset_s,
        "last_message_at": to_rfc3339(card.last_message_at) if card.last_message_at else None,
        "limit_a": card.limit_a,
        "cost": card.cost,
        "cost_transaction_id": card.cost_transaction_id,
        "error": card.error,
    }


def uplinks_of(board: Board, charger: str) -> list[dict[str, object]]:
    """Return the stations of a charger, in the order of the config."""
    return [uplink_entry(card) for card in board.uplinks.values() if card.charger == charger]
