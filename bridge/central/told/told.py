"""What one station tells, across all its connections: kept, shown, answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.central.house import CentralHouse, Member
from bridge.central.told.answers_v2 import AnswersV2
from bridge.central.told.answers_v16 import AnswersV16
from bridge.central.told.authorizing import Authorizing
from bridge.central.told.book import Book
from bridge.central.told.meter import RESTORED, Meter
from bridge.central.told.parts import Parts, Report
from bridge.central.told.remarks import Remarks
from bridge.central.told.state import StationState
from bridge.engine.board import StationCard
from bridge.errors import ChargerUnreachableError
from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.frames import Call
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.ports import ReadingRow, Store
from bridge.types.charger import ChargerIdentity, Snapshot
from bridge.types.journal import Entry, EntryKind
from bridge.types.ocpp.version import OcppVersion
from bridge.types.session import ChargingSession
from bridge.types.words import ConnectorStatus

Booted = Callable[[OcppVersion], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the store knows of a station from before."""

    identity: ChargerIdentity | None
    open_sessions: list[ChargingSession]
    statuses: list[Entry]
    readings: list[ReadingRow]


class Told:
    """`bridge.central.talk.Answering` of one station. Call `restore` before anything else.

    A station that was not heard to boot is served all the same: after a restart of the bridge it does not boot again.
    """

    def __init__(
        self, member: Member, house: CentralHouse, card: StationCard, on_news: Callable[[], None], on_report: Report
    ) -> None:
        options, clock = house.options, house.clock
        self._member = member
        self._house = house
        self._card = card
        state = StationState(options.sample_s)
        self._parts = Parts(
            charger=member.charger,
            clock=clock,
            options=options,
            recorder=house.recorder,
            card=card,
            book=Book(member.charger, house.desk, house.recorder, clock),
            state=state,
            meter=Meter(member.charger, state, house.recorder, clock, options.sample_s),
            authorizing=Authorizing(options.id_tokens),
            remarks=Remarks(card, clock),
            on_news=on_news,
            on_report=on_report,
        )
        self._answers: dict[OcppVersion, AnswersV16 | AnswersV2] = {}
        self.booted: Booted | None = None
        """called after the answer to a BootNotification was sent, which is when a station can be set up"""

    async def restore(self) -> None:
        """Go on with what is kept: who it is, its connectors, what runs, the last rows. Raises StoreError."""
        now, parts = self._house.clock.now(), self._parts
        kept = await self._house.desk.run(lambda store: _kept(store, self._member.charger, now))
        parts.identity = kept.identity
        parts.book.restore(kept.open_sessions)
        for entry in kept.statuses:
            word = entry.body.get("status")
            parts.state.restore(
                entry.body["connector_id"], None if word is None else ConnectorStatus(word), entry.body.get("raw")
            )
        for session in kept.open_sessions:
            parts.state.know(session.connector_id)
        parts.meter.restore(kept.readings)

    # --- towards the connection ------------------------------------------------------------------------------------

    def heard(self) -> None:
        """Take note that something came from the station, whatever it was."""
        self._parts.state.heard_at = self._card.last_message_at = self._house.clock.now()

    async def answer(self, call: Call, version: OcppVersion) -> Mapping[str, Any]:
        """Return the answer to a call that fits its schema; transactions are durable before.

        Raises RefusedQuestionError for what is not offered, PayloadError, StoreError.
        """
        answers = self._in(version)
        question = answers.questions.get(call.action)
        if question is not None:
            return await question(call.payload)
        notice = answers.notices.get(call.action)
        if notice is None:
            raise RefusedQuestionError(ErrorCode.NOT_SUPPORTED, f"{call.action} is not offered here.")
        return notice(call.payload)

    def is_followed(self, call: Call) -> bool:
        """Tell whether anything follows from the answer to a call."""
        return call.action == "BootNotification"

    async def answered(self, call: Call, version: OcppVersion) -> None:
        """Do what follows from an answer that was sent: a station that has booted is set up."""
        if self.is_followed(call) and self.booted is not None:
            await self.booted(version)

    def _in(self, version: OcppVersion) -> AnswersV16 | AnswersV2:
        answers = self._answers.get(version)
        if answers is None:
            is_v16 = version is OcppVersion.V16
            answers = AnswersV16(self._parts) if is_v16 else AnswersV2(self._parts, version)
            self._answers[version] = answers
        return answers

    # --- towards the house -----------------------------------------------------------------------------------------

    @property
    def identity(self) -> ChargerIdentity | None:
        """Who it said it is when it booted, also before this start of the bridge."""
        return self._parts.identity

    @property
    def connectors(self) -> tuple[int, ...]:
        """The connectors (1.6) or EVSEs (2.x) that were ever told of, ascending."""
        return self._parts.state.connectors

    def transaction_id(self, connector_id: int) -> str | None:
        """Return the id of the transaction that runs at a connector; None where none does."""
        session = self._parts.book.running_at(connector_id)
        return None if session is None else session.session_id

    def snapshot(self) -> Snapshot:
        """Return the present as last told. Raises ChargerUnreachableError while nothing was heard."""
        snapshot = self._parts.state.snapshot(self._parts.book.running)
        if snapshot is None:
            seen = "it is connected and has not told anything yet"
            raise ChargerUnreachableError(self._member.where, seen, meanwhile="The others are not affected")
        return snapshot

    def pass_by(self) -> None:
        """Give the rows of intervals that are over; call it every minute, and at the least every five."""
        self._parts.meter.pass_by(is_connected=self._card.version is not None)


def _kept(store: Store, charger: str, now: datetime) -> _Kept:
    return _Kept(
        store.identity(charger),
        store.open_sessions(charger),
        store.latest(EntryKind.STATUS, charger),
        store.readings(charger, now - RESTORED, now),
    )
