"""Why a charger is in its state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bridge.engine.board import Board
from bridge.types.words import ConnectorStatus, Health
from bridge.web.sentence import charger_sentence
from tests.web.scene import NOW, ZONE, card, snapshot


def _told(**changes: Any) -> str:
    return charger_sentence(card(Board(started_at=NOW, site=""), **changes), NOW, ZONE)


@pytest.mark.parametrize("status", ConnectorStatus)
def test_every_state_has_a_sentence(status: ConnectorStatus) -> None:
    """Each status word becomes a sentence for people, not the word itself."""
    told = _told(snapshot=snapshot(status))

    assert told.endswith(".")
    assert told[0].isupper()
    assert len(told.split()) > 2 or status is ConnectorStatus.RESERVED


def test_an_unknown_state_is_shown_as_the_charger_said_it() -> None:
    """A word that nobody knows is quoted, not guessed."""
    assert "«Dreaming»" in _told(snapshot=snapshot(None, status_raw="Dreaming"))


def test_silence_says_since_when_and_when_it_is_asked_again() -> None:
    """A silent charger's sentence has the length of the silence, the local time of the last answer, the next try."""
    told = _told(
        health=Health.COMMUNICATION_FAULT,
        last_heard_at=NOW - timedelta(minutes=47),
        next_poll_at=NOW + timedelta(seconds=38),
    )

    assert told == "Silent for 47 min, last heard 21:05; asked again in 38 s."


def test_a_silence_of_days_has_its_date() -> None:
    """Local time alone would be wrong for another day."""
    told = _told(health=Health.CHARGER_FAULT, last_heard_at=NOW - timedelta(days=3, hours=1))

    assert told == "Silent for 3 d 1 h, last heard 2026-06-15 20:52; being asked again."


def test_before_the_first_answer_the_sentence_tells_waiting_from_failing() -> None:
    """A charger that was not asked yet and one that does not answer are told apart."""
    assert _told(last_heard_at=None, snapshot=None) == "Not heard yet; the first answer is awaited."
    assert _told(last_heard_at=None, snapshot=None, error="x").startswith("Not heard since the bridge started")


def test_one_failed_question_is_mentioned_beside_the_state() -> None:
    """A single failure does not hide what the charger said last."""
    assert _told(error="x").startswith("Free, nothing is plugged in. The last question was not answered")


def test_each_of_several_connectors_is_named() -> None:
    """With two connectors each state says whose it is."""
    one = snapshot().connectors[0]
    two = one.model_copy(update={"connector_id": 2, "status": ConnectorStatus.FAULTED, "fault": "overheated"})
    told = _told(snapshot=snapshot().model_copy(update={"connectors": (one, two)}))

    assert told == ("Connector 1: Free, nothing is plugged in. Connector 2: Out of service by a fault: overheated.")
