"""The present of the site's limit, as the answers tell it."""

from __future__ import annotations

from bridge.engine.site_limit.card import SeatCard, SiteLimitCard


def site_limit_entry(card: SiteLimitCard | None) -> dict[str, object] | None:
    """Return the limit, what is promised of it and to whom; None where the site has none."""
    if card is None:
        return None
    return {
        "max_current_a": card.max_current_a,
        "max_power_w": card.max_power_w,
        "shares": card.shares,
        "raise_after_s": card.raise_after_s,
        "building": card.building,
        "base_w": card.base_w,
        "promised_a": card.promised_a,
        "promised_w": card.promised_w,
        "is_kept": card.is_kept,
        "note": card.note or None,
        "connectors": [_connector(seat) for seat in card.seats],
    }


def _connector(seat: SeatCard) -> dict[str, object]:
    return {
        "charger": seat.place.charger,
        "connector_id": seat.place.connector_id,
        "promised_a": seat.promised_a,
        "allowed_a": seat.allowed_a,
        "sentence": seat.sentence or None,
    }
