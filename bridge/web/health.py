"""`GET /health`: is everything going its way? Always 200 while the process works."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from bridge.engine.board import ChargerCard, SinkCard
from bridge.types.facts import to_rfc3339
from bridge.types.words import Health
from bridge.web.answers import json_answer
from bridge.web.sources import Sources
from bridge.web.uplinks import uplink_entry


async def health(sources: Sources, _request: Request) -> Response:
    """Answer `ok`, or `degraded` when something needs a look.

    That is a silent charger, a sink that fails, a station that is not online or has dead letters, or what the bridge
    has to say itself.

    Asks the board only, so that it answers at once even while the store is busy.
    """
    board = sources.board
    degraded = (
        bool(board.notes)
        or any(card.health is not Health.NORMAL for card in board.chargers.values())
        or any(card.error is not None for card in board.sinks.values())
        or any(card.error is not None or card.dead_letters for card in board.uplinks.values())
    )
    answer = {
        "status": "degraded" if degraded else "ok",
        "now": to_rfc3339(sources.clock.now()),
        "site": board.site,
        "started_at": to_rfc3339(board.started_at),
        "chargers": [_charger(card) for card in board.chargers.values()],
        "sinks": [_sink(card) for card in board.sinks.values()],
        "uplinks": [uplink_entry(card) for card in board.uplinks.values()],
        "notes": dict(board.notes),
    }
    return json_answer(answer)


def _charger(card: ChargerCard) -> dict[str, object]:
    return {
        "id": card.charger,
        "health": card.health.value,
        "health_since": _moment(card.health_since),
        "last_heard_at": _moment(card.last_heard_at),
        "error": card.error,
        "backfill_error": card.backfill_error,
    }


def _sink(card: SinkCard) -> dict[str, object]:
    return {
        "sink": card.sink,
        "url": card.url,
        "waiting": card.waiting,
        "set_aside": card.set_aside,
        "delivered_points": card.delivered_points,
        "last_delivered_at": _moment(card.last_delivered_at),
        "error": card.error,
    }


def _moment(at: datetime | None) -> str | None:
    return to_rfc3339(at) if at else None
