"""`GET /api/v1/chargers`: the present of every charger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from bridge.engine.board import ChargerCard, Progress
from bridge.errors import StoreError
from bridge.ports import Store
from bridge.types.charger import ConnectorReading
from bridge.types.facts import to_rfc3339
from bridge.types.session import ChargingSession
from bridge.types.words import ConnectorStatus
from bridge.web.answers import json_answer
from bridge.web.question import Question
from bridge.web.sentence import charger_sentence
from bridge.web.site_limit import site_limit_entry
from bridge.web.sources import Sources
from bridge.web.stations import station_entry, waiting_entries
from bridge.web.uplinks import uplinks_of

_REMARKS = 3
"""as many as a card has room for; all of them are told by /api/v1/central"""
_WITH_SESSION = frozenset(
    {
        ConnectorStatus.CHARGING,
        ConnectorStatus.SUSPENDED_EV,
        ConnectorStatus.SUSPENDED_EVSE,
        ConnectorStatus.FINISHING,
    }
)
"""states in which the session register tells of this vehicle rather than of the one before"""


async def chargers(sources: Sources, request: Request) -> Response:
    """Answer one entry per configured charger, in the order of the config.

    Served even when the store fails: then `store_error` says so and the open sessions are unknown.
    """
    now = sources.clock.now()
    Question(request, (), now=now, zone=sources.zone)
    entries: list[dict[str, object]] = []
    store_error: str | None = None
    for charger, card in list(sources.board.chargers.items()):
        running: Sequence[ChargingSession] = ()
        measures: Sequence[str] = ()
        if store_error is None:
            try:
                running, measures = await sources.desk.run(partial(_kept, charger=charger))
            except StoreError as error:
                store_error = str(error)
        entries.append(_entry(sources, card, running, measures))
    answer = {
        "now": to_rfc3339(now),
        "site": sources.board.site,
        "zone": sources.zone.key,
        "started_at": to_rfc3339(sources.board.started_at),
        "store_error": store_error,
        "site_limit": site_limit_entry(sources.board.site_limit),
        "waiting": None if sources.central is None else waiting_entries(sources.board),
        "chargers": entries,
    }
    return json_answer(answer)


def _kept(store: Store, charger: str) -> tuple[Sequence[ChargingSession], Sequence[str]]:
    return store.open_sessions(charger), store.measures(charger)


def _entry(
    sources: Sources, card: ChargerCard, running: Sequence[ChargingSession], measures: Sequence[str]
) -> dict[str, object]:
    snapshot = card.snapshot
    readings = snapshot.connectors if snapshot else ()
    pairs = [(reading, _running(reading, running)) for reading in readings]
    return {
        "id": card.charger,
        "url": card.url,
        "identity": card.identity.model_dump(mode="json") if card.identity else None,
        "health": card.health.value,
        "health_since": to_rfc3339(card.health_since) if card.health_since else None,
        "last_heard_at": to_rfc3339(card.last_heard_at) if card.last_heard_at else None,
        "next_poll_at": to_rfc3339(card.next_poll_at) if card.next_poll_at else None,
        "poll_s": card.poll_s,
        "error": card.error,
        "sentence": charger_sentence(card, sources.clock.now(), sources.zone),
        "connectors": [_connector(reading, session) for reading, session in pairs],
        "building_power_w": snapshot.building_power_w if snapshot else None,
        "cluster_power_w": snapshot.cluster_power_w if snapshot else None,
        "reports_to_csms": snapshot.reports_to_csms if snapshot else None,
        "uplinks": uplinks_of(sources.board, card.charger),
        "station": station_entry(station, _REMARKS) if (station := sources.board.stations.get(card.charger)) else None,
        "notes": list(snapshot.notes) if snapshot else [],
        "measures": list(measures),
        "backfill": _progress(card.backfill),
        "backfill_error": card.backfill_error,
        "polls": card.polls,
        "failures": dict(card.failures),
    }


def _connector(reading: ConnectorReading, running: ChargingSession | None) -> Mapping[str, object]:
    """Return one connector; the session fields are null when they tell of a session that is over."""
    current = running is not None or reading.status in _WITH_SESSION
    session_id = reading.session_id or (running.session_id if running else None)
    return {
        "evse_id": reading.evse_id,
        "connector_id": reading.connector_id,
        "status": reading.status.value if reading.status else None,
        "status_raw": reading.status_raw,
        "power_w": reading.power_w,
        "current_a": reading.current_a,
        "current_offered_a": reading.current_offered_a,
        "session_id": session_id if current else None,
        "session_energy_wh": reading.session_energy_wh if current else None,
        "session_started_at": to_rfc3339(running.started_at) if running else None,
        "fault": reading.fault,
    }


def _running(reading: ConnectorReading, sessions: Sequence[ChargingSession]) -> ChargingSession | None:
    """Return the newest open session of this connector that does not contradict the session it names."""
    for session in reversed(sessions):
        same_session = reading.session_id is None or reading.session_id == session.session_id
        if session.connector_id == reading.connector_id and same_session:
            return session
    return None


def _progress(progress: Progress | None) -> Mapping[str, int] | None:
    if progress is None:
        return None
    percent = 100 * progress.done // progress.total if progress.total > 0 else 0
    return {"done": progress.done, "total": progress.total, "percent": min(100, max(0, percent))}
