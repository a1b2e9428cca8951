"""A central system that knows four operations and remembers what was asked of it, and a site that has it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bridge.engine.board import Board, Remark, StationCard, WaitingCard
from bridge.ports import Clock
from bridge.types.ocpp.version import OcppVersion
from bridge.types.operation import OperationArgument, OperationKind, OperationResult
from bridge.types.words import CommandStatus
from tests.web.scene import card

EVIL = "<img src=x onerror=document.title='owned'>"
OPERATIONS = (
    OperationKind(
        name="GetConfiguration",
        aliases=("GetVariables", "GetBaseReport"),
        about="Reads settings, all of them where no key is named.",
        arguments=(OperationArgument(name="key", kind="json", about="a list of names"),),
    ),
    OperationKind(
        name="ChangeConfiguration",
        aliases=("SetVariables",),
        about="Changes a setting.",
        arguments=(
            OperationArgument(name="key", kind="text", required=True),
            OperationArgument(name="value", kind="text", required=True),
        ),
        sample={"key": "MeterValueSampleInterval", "value": "60"},
    ),
    OperationKind(
        name="GetCompositeSchedule",
        about="Asks what the charger may draw from now on.",
        arguments=(
            OperationArgument(name="connectorId", kind="integer", required=True, about="0 is the whole charger"),
            OperationArgument(name="duration", kind="integer", required=True, about="in seconds"),
            OperationArgument(name="chargingRateUnit", kind="word", words=("A", "W")),
        ),
        sample={"connectorId": 1, "duration": 86_400},
    ),
    OperationKind(
        name="Reset",
        about="Restarts the charger.",
        arguments=(
            OperationArgument(name="type", kind="word", words=("Soft", "Hard"), required=True),
            OperationArgument(name="at", kind="time", about="not before this time"),
            OperationArgument(name="force", kind="switch"),
        ),
        sample={"type": "Soft"},
        is_risky=True,
    ),
)


class FakeCentral:
    """A `bridge.ports.CentralSystem`; what it answers is by operation in `answers`."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.asked: list[tuple[str, str, dict[str, Any], str]] = []
        """charger, operation, arguments and origin of each, in order"""
        self.answers: dict[str, OperationResult] = {}
        self.failure: Exception | None = None
        self.hold: asyncio.Event | None = None
        """what an operation waits for"""
        self.let_in: list[tuple[str, str | None]] = []
        """identity and charger of each answer to those who wait; None for those turned away"""

    def operations(self) -> Sequence[OperationKind]:
        """Return four operations."""
        if self.failure is not None:
            raise self.failure
        return OPERATIONS

    def read_arguments(self, text: str) -> dict[str, Any]:
        """Read JSON, or single quotes and comments to the end of a line."""
        lines = [line.partition("//")[0] for line in text.replace("'", '"').splitlines()]
        try:
            read = json.loads("\n".join(lines))
        except json.JSONDecodeError as error:
            message = f"line {error.lineno}, column {error.colno}: {error.msg}"
            raise ValueError(message) from None
        assert isinstance(read, dict)
        return read

    async def operate(self, charger: str, operation: str, arguments: Mapping[str, Any], origin: str) -> OperationResult:
        """Remember it and answer."""
        self.asked.append((charger, operation, dict(arguments), origin))
        if self.hold is not None:
            await self.hold.wait()
        if self.failure is not None:
            raise self.failure
        if charger not in self.board.stations:
            raise LookupError(f"«{charger}» is no OCPP charger.")
        return self.answers.get(operation) or result(operation, {"status": "Accepted"}, sent=dict(arguments))

    async def accept(self, identity: str, charger: str) -> None:
        """Take it from the list and make it a charger."""
        if self.failure is not None:
            raise self.failure
        if identity not in self.board.waiting:
            raise LookupError(f"«{identity}» does not wait.")
        if charger in self.board.chargers:
            raise ValueError(f"«{charger}» is taken; choose another name.")
        if not charger.isidentifier():
            raise ValueError(f"«{charger}» cannot be a charger's name.")
        self.let_in.append((identity, charger))
        waiting = self.board.waiting.pop(identity)
        self.board.stations[charger] = StationCard(charger, identity, 0, waiting.version, waiting.address)
        card(self.board, charger, url="")

    async def turn_away(self, identity: str) -> None:
        """Take it from the list."""
        if identity not in self.board.waiting:
            raise LookupError(f"«{identity}» does not wait.")
        self.let_in.append((identity, None))
        del self.board.waiting[identity]


def result(operation: str, answer: dict[str, Any], **changes: Any) -> OperationResult:
    """Return an answer of OCPP 1.6 that is a yes; `changes` are its other fields."""
    fields = {"version": OcppVersion.V16, "outcome": CommandStatus.DONE, **changes}
    return OperationResult(operation=operation, answer=answer, **fields)


def furnish_central(clock: Clock, *, vendor: str = "Wallbox Works") -> tuple[Board, FakeCentral]:
    """Return a board with two OCPP chargers, one that is asked over HTTP, and two strangers that wait."""
    now = clock.now()
    board = Board(started_at=now - timedelta(hours=30), site="home")
    card(board, "carport", url="")
    card(board, "yard", url="")
    card(board, "garage")
    _stations(board, now)
    board.waiting["CP*New.7"] = WaitingCard(
        "CP*New.7", now - timedelta(minutes=20), now - timedelta(seconds=30), "192.168.1.77", "2.0.1",
        vendor, "Model One", "SN-0001", has_password=True, is_encrypted=True,
    )  # fmt: skip
    board.waiting["OLD BOX"] = WaitingCard("OLD BOX", now - timedelta(hours=3), now, "192.168.1.78")
    return board, FakeCentral(board)


def _stations(board: Board, now: datetime) -> None:
    carport = StationCard("carport", "CP-4711", 1, "1.6", "192.168.1.20", now - timedelta(hours=5))
    carport.heartbeat_at = now - timedelta(seconds=70)
    carport.last_message_at = now - timedelta(seconds=4)
    carport.booted_at = now - timedelta(hours=5)
    carport.clock_offset_s = -75.0
    for number in range(4):
        carport.remarks.append(Remark(now - timedelta(hours=4 - number), f"Firmware: step {number}"))
    yard = StationCard("yard", "YARD_1", 2, since=now - timedelta(minutes=12))
    yard.last_message_at = now - timedelta(minutes=12)
    yard.error = "yard (config.yaml:19): the connection was lost (60 s without an answer). The bridge waits for it."
    board.stations = {"carport": carport, "yard": yard}
