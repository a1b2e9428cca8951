"""The charger's session log: read whole once, and its newest part again and again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from bridge.engine.recorder import Recorder
from bridge.engine.repeats import repeated
from bridge.engine.unread import Unread
from bridge.errors import ChargerAnswerError, ChargerBusyError
from bridge.ports import Charger, Clock, StoreDesk
from bridge.types.facts import from_epoch_s, to_epoch_s
from bridge.types.session import ChargingSession

_WINDOW = timedelta(days=90)
_RECENT = timedelta(days=3)
_OVERLAP = timedelta(days=1)


class SessionHistory:
    """Keeps one charger's sessions in the store equal to its log."""

    def __init__(
        self, name: str, charger: Charger, desk: StoreDesk, recorder: Recorder, clock: Clock, since_at: datetime
    ) -> None:
        self._name = name
        self._charger = charger
        self._desk = desk
        self._recorder = recorder
        self._clock = clock
        self._since_at = since_at
        self._known: dict[tuple[str, datetime], bool] | None = None
        """by key: whether the newest sessions had ended when they were last read"""

    async def read_recent(self) -> None:
        """Read the sessions of the last day, and those that are running, up to three days back."""
        if not self._charger.keeps_session_log:
            return
        now = self._clock.now()
        running = await self._desk.run(lambda store: store.open_sessions(self._name))
        oldest = min((session.started_at for session in running), default=now)
        from_at = max(min(oldest, now - _OVERLAP), now - _RECENT)
        if self._known is None:
            kept = await self._desk.run(lambda store: store.sessions(self._name, from_at, overlapping=False))
            self._known = _by_key(session for _, session in kept)
        known, told = self._known, dict[tuple[str, datetime], bool]()

        async def read() -> None:
            async for page in self._charger.sessions(from_at, now + _OVERLAP):
                here = _by_key(page)
                edge = any(known.get(key) is not has_ended for key, has_ended in here.items())
                self._recorder.take_sessions(self._name, page, at_once=edge)
                known.update(here)
                told.update(here)

        await repeated(read, self._clock)
        self._known = told

    async def fill(self) -> None:
        """Read the log from where it was last read to the end, window by window, and from every running session.

        A window that cannot be read keeps the others from nothing; it is asked for again next time.
        """
        if not self._charger.keeps_session_log:
            return
        key = f"sessions_filled/{self._name}"
        kept, running = await self._desk.run(lambda store: (store.setting(key), store.open_sessions(self._name)))
        now = self._clock.now()
        from_at = min([self._filled_until(kept, now), *(session.started_at for session in running)])
        end_at = now + _OVERLAP
        unread = Unread()
        while from_at < end_at:
            to_at = min(from_at + _WINDOW, end_at)
            try:
                await repeated(partial(self._read, from_at, to_at), self._clock)
            except (ChargerAnswerError, ChargerBusyError) as error:
                unread.note(error)
            else:
                unread.succeed()
            until_at = min(to_at, now - _OVERLAP)
            if unread.first is None and until_at - from_at >= _OVERLAP:
                await self._put_filled(key, until_at, now)
            from_at = to_at
        unread.tell()

    def _filled_until(self, kept: str | None, now: datetime) -> datetime:
        """Return up to where the log was read; its beginning when that was told by a clock that was ahead."""
        if kept is None:
            return self._since_at
        filled = json.loads(kept)
        was_ahead = filled["now_s"] > to_epoch_s(now + _OVERLAP)
        if was_ahead or filled["since_s"] > to_epoch_s(self._since_at):
            return self._since_at
        return from_epoch_s(filled["until_s"])

    async def _put_filled(self, key: str, until_at: datetime, now: datetime) -> None:
        filled = {"since_s": to_epoch_s(self._since_at), "until_s": to_epoch_s(until_at), "now_s": to_epoch_s(now)}
        await self._desk.run(lambda store: store.put_setting(key, json.dumps(filled)))

    async def _read(self, from_at: datetime, to_at: datetime) -> None:
        async for page in self._charger.sessions(from_at, to_at):
            await self._put(page)

    async def _put(self, page: Sequence[ChargingSession]) -> None:
        at = self._clock.now()
        await self._desk.run(lambda store: store.put_sessions(self._name, page, at))
        self._recorder.announce()


def _by_key(sessions: Iterable[ChargingSession]) -> dict[tuple[str, datetime], bool]:
    return {(session.session_id, session.started_at): session.ended_at is not None for session in sessions}
