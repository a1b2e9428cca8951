"""One event of a transaction written into the store: found out which session it is of, and what becomes of it.

Runs in the store's thread, in one commit. It gets what runs and what ended lately as they are in memory, and touches
neither: who called remembers what was written once it is durable.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bridge.central.told.happening import Happening
from bridge.central.told.session_steps import begun, begun_earlier, ended, gone_on, is_told_over, taken_to_be_over
from bridge.central.told.transaction_numbers import next_number
from bridge.ports import Store
from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.transaction_event import TransactionEvent
from bridge.types.session import ChargingSession
from bridge.types.words import SessionFlag

_SEARCHED: Final = timedelta(days=40)
"""how far back a session that is not in memory is looked for: nobody tells later what is older"""
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Written:
    """What came of an event."""

    session: ChargingSession | None
    """the one that the event is of, as it is now"""
    sessions: tuple[ChargingSession, ...] = ()
    """all that were written, in this order"""
    has_begun: bool = False
    has_ended: bool = False


@dataclass(slots=True)
class Entering:
    """One event; made anew for each."""

    charger: str
    running: Mapping[str, tuple[ChargingSession, datetime | None]]
    """by id, with when it was last heard of"""
    ended: Mapping[str, ChargingSession]
    written: list[ChargingSession] = field(default_factory=list)

    def enter(self, store: Store, happening: Happening) -> Written:
        """Write it in one commit."""
        with store.transaction():
            if happening.kind is TransactionEvent.ENDED:
                over, has_ended = self._end(store, happening)
                return Written(over, tuple(self.written), has_ended=has_ended)
            take = self._start if happening.kind is TransactionEvent.STARTED else self._update
            session, has_begun = take(store, happening)
        return Written(session, tuple(self.written), has_begun=has_begun)

    # --- the three kinds -----------------------------------------------------------------------------------------

    def _start(self, store: Store, happening: Happening) -> tuple[ChargingSession | None, bool]:
        if happening.transaction_id:
            known = self._known(store, happening)
            if known is not None:
                return self._put(store, known, begun_earlier(known, happening), happening), False
            return self._begin(store, happening, happening.transaction_id), True
        known = self._told_before(store, happening)
        if known is not None:
            return known, False
        number = str(next_number(store, happening.arrived_at))
        session = self._begin(store, happening, number)
        if not happening.has_true_time:
            store.put_setting(self._unset_key(happening), _told_words(happening, number))
        return session, True

    def _update(self, store: Store, happening: Happening) -> tuple[ChargingSession | None, bool]:
        known = self._known(store, happening)
        if known is None:
            if happening.is_numbered and self._running_at(happening.connector_id or self._only_place()):
                return None, False
            return self._begin(store, happening, happening.transaction_id), True
        if is_told_over(known):
            return self._put(store, known, begun_earlier(known, happening), happening), False
        _, last_at = self.running.get(known.session_id, (None, known.ended_at))
        at = happening.read_at
        is_newer = last_at is None or at >= last_at
        now = gone_on(begun_earlier(known, happening), happening, is_newer=is_newer)
        if known.ended_at is not None and is_newer:
            now = taken_to_be_over(now, at, max(at, known.ended_at))
        return self._put(store, known, now, happening), False

    def _end(self, store: Store, happening: Happening) -> tuple[ChargingSession, bool]:
        known = self._known(store, happening)
        if known is None:
            known = self._ended_so(store, happening)
        if known is None and happening.is_nameless:
            known = self._only_fitting(happening)
        if known is None:
            return self._end_alone(store, happening), True
        if is_told_over(known):
            return known, False
        return self._put(store, known, ended(known, happening), happening), True

    def _end_alone(self, store: Store, happening: Happening) -> ChargingSession:
        """Keep an end without a beginning as a session of its own: it is never lost."""
        name = happening.transaction_id
        if happening.is_nameless:
            told = f"{happening.at:%Y%m%dT%H%M%S%fZ}"
            name = f"unstarted-{told}-{'' if happening.end_wh is None else round(happening.end_wh)}"
            kept = self._find(store, name, happening)
            if kept is not None:
                return kept
        first = begun(happening, name, happening.connector_id or self._only_place())
        return self._put(store, None, ended(first, happening), happening)

    # --- which session it is -------------------------------------------------------------------------------------

    def _known(self, store: Store, happening: Happening) -> ChargingSession | None:
        name = happening.transaction_id
        if name in self.running:
            return self.running[name][0]
        if name in self.ended:
            return self.ended[name]
        return None if happening.is_nameless else self._find(store, name, happening)

    def _find(self, store: Store, name: str, happening: Happening) -> ChargingSession | None:
        lately = self._lately(store, happening)
        return next((session for session in lately if session.session_id == name), None)

    def _lately(self, store: Store, happening: Happening) -> list[ChargingSession]:
        at = happening.at if happening.has_true_time else happening.arrived_at
        from_at = min(at, happening.arrived_at) - _SEARCHED
        return [session for _, session in store.sessions(self.charger, from_at)]

    def _told_before(self, store: Store, happening: Happening) -> ChargingSession | None:
        """Return the session of a start of 1.6 that is told again, under whatever message id."""
        if not happening.has_true_time:
            number = _number_of(store.setting(self._unset_key(happening)), happening)
            return None if number is None or number not in self.running else self.running[number][0]
        begun_then = store.sessions(self.charger, happening.at, happening.at + _MICROSECOND, overlapping=False)
        found = next((session for _, session in begun_then if _is_begun_by(session, happening)), None)
        return None if found is None else self.running.get(found.session_id, (found, None))[0]

    def _ended_so(self, store: Store, happening: Happening) -> ChargingSession | None:
        """Return the session that a nameless end has ended already."""
        if not happening.is_nameless or not happening.end_wh:
            return None
        is_true = happening.has_true_time
        return next(
            (
                session
                for session in self._lately(store, happening)
                if is_told_over(session)
                and session.meter_stop_wh == happening.end_wh
                and (session.ended_at == happening.at or not is_true)
            ),
            None,
        )

    def _only_fitting(self, happening: Happening) -> ChargingSession | None:
        """Return the one session that runs, where a nameless end can be its."""
        if len(self.running) != 1:
            return None
        ((session, _),) = self.running.values()
        if happening.has_true_time and happening.at < session.started_at:
            return None
        if happening.end_wh and session.meter_start_wh is not None and happening.end_wh < session.meter_start_wh:
            return None
        return session if happening.id_token is None or _same(session.id_token, happening.id_token) else None

    # --- writing -------------------------------------------------------------------------------------------------

    def _begin(self, store: Store, happening: Happening, name: str) -> ChargingSession:
        """Write a session that begins. What runs there already has lost its end; one that began later goes on."""
        place = happening.connector_id or self._only_place()
        session = begun(happening, name, place)
        later = [s for s in self._running_at(place) if s.started_at > session.started_at]
        for older in self._running_at(place):
            if older.started_at <= session.started_at:
                last_at = self._last_heard(store, older, session.started_at)
                self._put(store, older, taken_to_be_over(older, last_at, session.started_at), happening)
        if happening.kind is TransactionEvent.UPDATED:
            session = gone_on(session, happening, is_newer=True)
        if later:
            session = taken_to_be_over(session, session.started_at, session.started_at)
        return self._put(store, None, session, happening)

    def _running_at(self, connector_id: int) -> list[ChargingSession]:
        return [session for session, _ in self.running.values() if session.connector_id == connector_id]

    def _last_heard(self, store: Store, session: ChargingSession, before: datetime) -> datetime:
        """Return when it was last heard of: after a restart the readings know."""
        _, last_at = self.running[session.session_id]
        if last_at is not None or session.started_at >= before:
            return last_at or session.started_at
        reading = store.last_reading(self.charger, session.connector_id, session.started_at, before)
        return session.started_at if reading is None else reading.at

    def _put(
        self, store: Store, before: ChargingSession | None, now: ChargingSession, happening: Happening
    ) -> ChargingSession:
        if now == before:
            return now
        at = happening.arrived_at
        if before is not None and before.ended_at is not None and before.started_at != now.started_at:
            # The store lets a row go whose start was corrected, and only one that runs.
            store.put_sessions(self.charger, [before.model_copy(update={"ended_at": None})], at)
        store.put_sessions(self.charger, [now], at)
        self.written.append(now)
        return now

    def _only_place(self) -> int:
        """Return where a station charges that does not say where."""
        places = {session.connector_id for session, _ in self.running.values()}
        return places.pop() if len(places) == 1 else 1

    def _unset_key(self, happening: Happening) -> str:
        return f"central/unset_start/{self.charger}/{happening.connector_id or 0}"


def _is_begun_by(session: ChargingSession, happening: Happening) -> bool:
    """Tell whether a start of 1.6 is that of this session; a register of 0 may have been bettered at its end."""
    return (
        session.session_id.isdecimal()
        and SessionFlag.START_NOT_SEEN not in session.flags
        and session.connector_id == happening.connector_id
        and _same(session.id_token, happening.id_token)
        and (not happening.begin_wh or session.meter_start_wh == happening.begin_wh)
    )


def _same(one: str | None, other: str | None) -> bool:
    """Tell whether two tags are the same: OCPP does not look at upper and lower case [spec]."""
    return (one or "").casefold() == (other or "").casefold()


def _told_words(happening: Happening, number: str) -> str:
    return json.dumps([number, *_told(happening)])


def _told(happening: Happening) -> Iterable[str | float | None]:
    return to_rfc3339(happening.at), (happening.id_token or "").casefold(), happening.begin_wh


def _number_of(kept: str | None, happening: Happening) -> str | None:
    """Return the number that such a start got, from what was kept of the last one."""
    if kept is None:
        return None
    number, *told = json.loads(kept)
    return str(number) if told == list(_told(happening)) else None
