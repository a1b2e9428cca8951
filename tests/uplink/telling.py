"""A station that tells the sessions of a charger: a real store, an outbox and the hand that moves the time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from bridge.errors import StoreError
from bridge.ocppj.frames import CallError
from bridge.store.sqlite import SqliteStore, open_store
from bridge.types.charger import ConnectorReading
from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.meter_value import Measurand, ReadingContext
from bridge.types.session import ChargingSession
from bridge.types.transaction import StationTransaction, TransactionPhase
from bridge.types.words import ConnectorStatus
from bridge.uplink.told.ledger import Begun
from bridge.uplink.told.meter import Sampling
from bridge.uplink.told.outbox import News, Outbox
from bridge.uplink.told.outgoing import Outgoing, Purpose
from bridge.uplink.told.terms import Terms
from bridge.uplink.v16.dialect import DialectV16

CHARGER = "garage"
CSMS = "employer"
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
REGISTER = (Measurand.ENERGY_ACTIVE_IMPORT_REGISTER,)
POWER = (Measurand.POWER_ACTIVE_IMPORT,)
SAMPLED = Sampling(60, REGISTER, ReadingContext.SAMPLE_PERIODIC)
ALIGNED = Sampling(300, (*REGISTER, *POWER), ReadingContext.SAMPLE_CLOCK)
OFF = Sampling(0, REGISTER, ReadingContext.SAMPLE_CLOCK)
TERMS = Terms(
    dialect=DialectV16(),
    sampled=SAMPLED,
    aligned=OFF,
    started_measurands=REGISTER,
    stop_measurands=REGISTER,
    stop_aligned=OFF,
    attempts=3,
    retry_interval_s=60.0,
    id_tag="HOME",
)
ACCEPTED = {"status": "Accepted"}
MOST_MESSAGES = 10_000


def after(seconds: float) -> datetime:
    """Return the moment that many seconds after the station was configured."""
    return AT + timedelta(seconds=seconds)


def session(session_id: str = "1", start_s: float = 10.0, end_s: float | None = None, **more: Any) -> ChargingSession:
    """Return a session of connector 1 that began with 1000.9 Wh; one that has ended took 5000 Wh."""
    told: dict[str, Any] = {"connector_id": 1, "meter_start_wh": 1000.9}
    if end_s is not None:
        told |= {"ended_at": after(end_s), "meter_stop_wh": 6000.9}
    return ChargingSession(session_id=session_id, started_at=after(start_s), **(told | more))


class Telling:
    """What a test moves: the charger's rows, the time, the outbox. `begin` is called by the making."""

    def __init__(self, folder: Path, terms: Terms = TERMS, *, since: datetime | None = None) -> None:
        self.folder = folder
        self.terms = terms
        self.now = AT
        self.store = open_forgetful(folder)
        self.outbox = Outbox(CHARGER, CSMS)
        self.outbox.begin(self.store, self.now, since)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    def die(self) -> None:
        """End the process and start it again: what was not committed is gone."""
        self.store.close()
        self.store = open_forgetful(self.folder)
        self.outbox = Outbox(CHARGER, CSMS)
        self.outbox.begin(self.store, self.now, None)

    def to(self, seconds: float) -> None:
        """Set the time to that many seconds after the beginning."""
        self.now = after(seconds)

    # --- the charger ---------------------------------------------------------------------------------------------

    def has(self, *sessions: ChargingSession) -> News:
        """Let the charger's log say so, and the station look."""
        self.store.put_sessions(CHARGER, sessions, self.now)
        return self.news()

    def reads(self, seconds: float, register_wh: float | None = None, **more: Any) -> None:
        """Let a poll have seen connector 1."""
        told: dict[str, Any] = {"evse_id": 1, "connector_id": 1, "status": ConnectorStatus.CHARGING} | more
        reading = ConnectorReading(status_raw=None, register_wh=register_wh, **told)
        self.store.put_readings(CHARGER, [(after(seconds), reading)], self.now)

    def news(self) -> News:
        """Let the station look."""
        return self.outbox.take_news(self.store, self.now)

    # --- the central system --------------------------------------------------------------------------------------

    def next(self) -> Outgoing | None:
        """Return what is said next."""
        return self.outbox.next(self.store, self.now, self.terms)

    def say(self, purpose: Purpose) -> Outgoing:
        """Return what is said next, which is for this purpose."""
        outgoing = self.next()
        assert outgoing is not None
        assert outgoing.purpose is purpose, outgoing
        return outgoing

    def answer(self, outgoing: Outgoing, payload: object = None, *, number: int = 7) -> Begun | None:
        """Answer well, or with this payload."""
        if payload is None:
            payload = {"transactionId": number, "idTagInfo": ACCEPTED} if outgoing.purpose is Purpose.START else {}
        return self.outbox.answered(self.store, outgoing, payload, self.now, self.terms)

    def refuse(self, outgoing: Outgoing, code: str = "InternalError") -> None:
        """Answer with a CALLERROR."""
        error = CallError(outgoing.call.message_id, code, "no")
        self.outbox.refused(self.store, outgoing, error, self.now, self.terms)

    def refuse_for_good(self, purpose: Purpose) -> None:
        """Refuse what is said next as often as it takes."""
        for _ in range(self.terms.attempts):
            self.refuse(self.say(purpose))
            self.now += timedelta(hours=1)

    def begin(self, number: int = 7) -> Outgoing:
        """Say the start and have it answered."""
        start = self.say(Purpose.START)
        self.answer(start, number=number)
        return start

    def drain(self) -> list[Outgoing]:
        """Have everything answered that is said now; numbers rise from 100."""
        said: list[Outgoing] = []
        while (outgoing := self.next()) is not None:
            assert len(said) < MOST_MESSAGES
            self.answer(outgoing, number=100 + len(said))
            said.append(outgoing)
        return said

    # --- what is kept --------------------------------------------------------------------------------------------

    @property
    def all(self) -> list[StationTransaction]:
        """Every transaction, whatever its phase."""
        rows = self.store.database.execute("SELECT body FROM station_transaction ORDER BY started_us, session_id")
        return [StationTransaction.model_validate_json(body) for (body,) in rows]

    @property
    def only(self) -> StationTransaction:
        """The one transaction."""
        (transaction,) = self.all
        return transaction

    @property
    def letters(self) -> list[str]:
        """Why messages were set aside."""
        return [letter.reason for letter in self.store.set_aside(self.outbox.station)]

    def replay_all(self) -> list[bool]:
        """Have every dead letter told again."""
        numbers = [letter.number for letter in self.store.set_aside(self.outbox.station)]
        return [self.outbox.replay(self.store, number) for number in numbers]

    def fails_to_commit(self, work: str) -> None:
        """Do `next` or `news` on a store that loses everything of it; the process lives on."""
        self.store.loses_commits = True
        with suppress(StoreError):
            getattr(self, work)()
        self.store.loses_commits = False


class ForgetfulStore(SqliteStore):
    """A real store that can be told to lose what it should commit, and counts the transactions that it reads."""

    loses_commits = False
    transactions_read = 0

    def transactions(
        self, station: str, *phases: TransactionPhase, limit: int = -1, after: StationTransaction | None = None
    ) -> list[StationTransaction]:
        """Return them, and count."""
        found = super().transactions(station, *phases, limit=limit, after=after)
        self.transactions_read += len(found)
        return found

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit, or lose everything."""
        with super().transaction():
            yield
            if self.loses_commits:
                raise StoreError("here", "the disk is full")


def open_forgetful(folder: Path) -> ForgetfulStore:
    """Open the store of a folder."""
    return ForgetfulStore(open_store(folder).database)


def with_terms(**changes: Any) -> Terms:
    """Return the usual terms with changes."""
    return replace(TERMS, **changes)


def registers(outgoing: Outgoing, key: str = "meterValue") -> list[tuple[str, str]]:
    """Return (timestamp, register) of a message's values."""
    return [(value["timestamp"], register_in(value)) for value in outgoing.call.payload.get(key, [])]


def register_in(value: Mapping[str, Any]) -> str:
    """Return the register of one value as it was told; empty where there is none."""
    found = [item["value"] for item in value["sampledValue"] if item["measurand"] == REGISTER[0].value]
    return found[0] if found else ""


def stamp(seconds: float) -> str:
    """Return the moment as messages write it."""
    return to_rfc3339(after(seconds))
