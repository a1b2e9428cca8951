"""One station before a real book: what it tells is held against the schemas, and so is every answer."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from bridge.central.house import CentralHouse, Member
from bridge.central.options import CentralOptions
from bridge.central.told.told import Told
from bridge.engine.board import Board, StationCard
from bridge.engine.recorder import Recorder
from bridge.ocppj.frames import Call
from bridge.ocppj.schemas import Schemas
from bridge.store.sqlite import SqliteStore, open_store
from bridge.types.charger import ConnectorReading
from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.version import OcppVersion
from bridge.types.session import ChargingSession
from tests.clock import FakeClock
from tests.engine.fakes import DirectDesk

T = TypeVar("T")
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


class Scene:
    """A station, its book over a real store, and a clock that stands still."""

    def __init__(
        self,
        folder: Path,
        version: OcppVersion = OcppVersion.V16,
        *,
        clock: FakeClock | None = None,
        **options: Any,
    ) -> None:
        self.folder = folder
        self.version = version
        self.clock = clock or FakeClock(NOON)
        self.options = CentralOptions(**options)
        self.store: SqliteStore = open_store(folder)
        self.news = 0
        self.reports: list[tuple[str, Mapping[str, Any]]] = []
        self._message_ids = itertools.count(1)
        self._runner = asyncio.Runner()
        self.begin()

    def begin(self) -> None:
        """Start the bridge."""
        self.desk = DirectDesk(self.store)
        self.board = Board(self.clock.now(), "home")
        self.recorder = Recorder(self.desk, self.clock, self.board)
        self.card = StationCard("carport", "CP1", 0, version=self.version)
        house = CentralHouse(self.options, self.desk, self.recorder, self.board, self.clock, self.folder)
        member = Member("CP1", "carport", "carport (config.yaml:1)")
        self.told = Told(member, house, self.card, self._take_news, lambda *report: self.reports.append(report))
        self.run(self.told.restore())

    def restart(self, *, is_killed: bool = False) -> None:
        """Stop the bridge, in order or not, and start it again over the same store."""
        if not is_killed:
            self.commit()
        self.begin()

    def lose_store(self, folder: Path) -> None:
        """Let the disk be lost, and the bridge begin with nothing."""
        self.store.close()
        self.folder = folder
        self.store = open_store(folder)
        self.begin()

    def close(self) -> None:
        """Let go of the file."""
        self.store.close()
        self._runner.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it on the scene's own loop."""
        return self._runner.run(work)

    def commit(self) -> None:
        """Bring what waits to the store."""
        assert self.run(self.recorder.commit())

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.run(self.clock.advance(seconds))

    def ask(self, action: str, payload: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Have the station tell something, and return its answer; both fit their schemas."""
        call = Call(f"m{next(self._message_ids)}", action, dict(payload or {}))
        schemas = Schemas(self.version)
        schemas.check_request(action, call.payload, lenient=True)
        self.told.heard()
        answer = dict(self.run(self.told.answer(call, self.version)))
        schemas.check_answer(action, answer)
        self.run(self.told.answered(call, self.version))
        return answer

    # --- words -------------------------------------------------------------------------------------------------------

    def at(self, seconds: float = 0.0) -> str:
        """Return a time so long after now, as a station writes it."""
        return to_rfc3339(self.clock.now() + timedelta(seconds=seconds))

    def start(self, connector_id: int = 1, tag: str = "TAG1", wh: int = 1000, at: str | None = None) -> int:
        """Tell a StartTransaction; return the id."""
        told = {"connectorId": connector_id, "idTag": tag, "meterStart": wh, "timestamp": at or self.at()}
        number: int = self.ask("StartTransaction", told)["transactionId"]
        return number

    def stop(self, number: int, wh: int, at: str | None = None, **more: Any) -> dict[str, Any]:
        """Tell a StopTransaction."""
        told = {"transactionId": number, "meterStop": wh, "timestamp": at or self.at(), **more}
        return self.ask("StopTransaction", told)

    def values(self, number: int | None, wh: float, connector_id: int = 1, at: str | None = None, **more: str) -> None:
        """Tell MeterValues: a register, and whatever else by its measurand with `_` for `.`."""
        sampled = [{"value": str(wh), "unit": "Wh"}]
        sampled += [{"value": value, "measurand": name.replace("_", ".")} for name, value in more.items()]
        told: dict[str, Any] = {
            "connectorId": connector_id,
            "meterValue": [{"timestamp": at or self.at(), "sampledValue": sampled}],
        }
        self.ask("MeterValues", told if number is None else told | {"transactionId": number})

    def event(
        self, kind: str, name: str, seq_no: int, wh: float | None = None, at: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """Tell a TransactionEvent of 2.x with a register."""
        return self.ask("TransactionEvent", event(kind, name, seq_no, wh, at or self.at(), **more))

    # --- what is kept ------------------------------------------------------------------------------------------------

    def sessions(self) -> list[ChargingSession]:
        """Return all that are kept, oldest first."""
        return [session for _, session in self.store.sessions("carport")][::-1]

    def session(self) -> ChargingSession:
        """Return the only one."""
        (session,) = self.sessions()
        return session

    def reading(self, connector_id: int = 1) -> ConnectorReading:
        """Return the present of a connector."""
        return next(each for each in self.told.snapshot().connectors if each.connector_id == connector_id)

    def remarks(self) -> str:
        """Return what stands on the card."""
        return "\n".join(remark.text for remark in self.card.remarks)

    def _take_news(self) -> None:
        self.news += 1


_CONTEXTS = {"Started": "Transaction.Begin", "Updated": "Sample.Periodic", "Ended": "Transaction.End"}
_TRIGGERS = {"Started": "Authorized", "Updated": "MeterValuePeriodic", "Ended": "StopAuthorized"}


def event(kind: str, name: str, seq_no: int, wh: float | None, at: str, **more: Any) -> dict[str, Any]:
    """Return a TransactionEvent of 2.x; `more` are `evse`, `tag`, `reason`, `state`, and whole fields."""
    info: dict[str, Any] = {"transactionId": name}
    told: dict[str, Any] = {
        "eventType": kind,
        "timestamp": at,
        "triggerReason": _TRIGGERS[kind],
        "seqNo": seq_no,
        "transactionInfo": info,
    }
    for key, value in more.items():
        match key:
            case "evse":
                told["evse"] = {"id": value, "connectorId": 1}
            case "tag":
                told["idToken"] = {"idToken": value, "type": "Central"}
            case "reason":
                info["stoppedReason"] = value
            case "state":
                info["chargingState"] = value
            case _:
                told[key] = value
    if wh is not None:
        told["meterValue"] = [{"timestamp": at, "sampledValue": [{"value": wh, "context": _CONTEXTS[kind]}]}]
    return told
