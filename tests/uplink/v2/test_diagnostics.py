from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.v2.customer import NONE, customer_information
from bridge.uplink.v2.diagnostics import get_log
from tests.uplink.v2.asking import BOTH, Asking, asking, reason

pytestmark = pytest.mark.parametrize("version", BOTH)
DEAD_PORT = "http://127.0.0.1:9/"
CARD = {"idToken": "04AABBCC", "type": "ISO14443"}


async def log(it: Asking, *, number: int = 3, kind: str = "DiagnosticsLog", to: str = DEAD_PORT) -> dict[str, Any]:
    """Ask for a log; it is tried once."""
    payload = {"logType": kind, "requestId": number, "retries": 0, "log": {"remoteLocation": to}}
    return await it.ask(get_log, "GetLog", **payload)


async def until_idle(it: Asking) -> None:
    """Let the upload end."""
    async with asyncio.timeout(10):
        while it.station.uploads.log_status != {"status": "Idle"}:  # noqa: ASYNC110 -- nothing tells that it is over
            await asyncio.sleep(0)


@pytest.mark.parametrize("kind", ["DiagnosticsLog", "SecurityLog"])
def test_a_log_is_named_in_the_answer_and_told_with_its_number(tmp_path: Path, version: OcppVersion, kind: str) -> None:
    """Where nobody takes it, that is told."""

    async def act(it: Asking) -> None:
        it.connect()
        answer = await log(it, kind=kind)
        name = "diagnostics" if kind == "DiagnosticsLog" else "security"
        assert answer == {"status": "Accepted", "filename": f"garage-{name}-20260310T120000Z.jsonl.gz"}
        await until_idle(it)
        assert it.said() == [
            ("LogStatusNotification", {"status": "Uploading", "requestId": 3}),
            ("LogStatusNotification", {"status": "UploadFailure", "requestId": 3}),
        ]

    asking(tmp_path, version, act)


def test_a_second_log_cancels_the_first(tmp_path: Path, version: OcppVersion) -> None:
    """Both are told: the answer with its word, the first one with its number."""

    async def act(it: Asking) -> None:
        it.connect()
        assert (await log(it))["status"] == "Accepted"
        assert (await log(it, number=4))["status"] == "AcceptedCanceled"
        await until_idle(it)
        told = [(payload["status"], payload["requestId"]) for _, payload in it.said()]
        assert told == [("AcceptedCanceled", 3), ("Uploading", 4), ("UploadFailure", 4)]

    asking(tmp_path, version, act)


def test_what_is_not_sent_is_rejected_with_its_reason(tmp_path: Path, version: OcppVersion) -> None:
    """Where the place is of no use, and where there is no such log."""

    async def act(it: Asking) -> None:
        assert reason(await log(it, to="sftp://host/")) == ("Rejected", "InvalidURL")
        if version is OcppVersion.V21:
            assert reason(await log(it, kind="DataCollectorLog")) == ("Rejected", "UnsupportedParam")

    asking(tmp_path, version, act)


def test_a_central_system_without_control_gets_no_log(tmp_path: Path, version: OcppVersion) -> None:
    """The journal tells when somebody was at home."""

    async def act(it: Asking) -> None:
        assert reason(await log(it)) == ("Rejected", "NotEnabled")
        assert it.station.uploads.log_status == {"status": "Idle"}

    asking(tmp_path, version, act, may=())


# --- customers -------------------------------------------------------------------------------------------------------


async def customer(it: Asking, *, report: bool, clear: bool, **named: Any) -> tuple[str, str | None]:
    """Ask about a customer."""
    payload = {"requestId": 8, "report": report, "clear": clear, **named}
    return reason(await it.ask(customer_information, "CustomerInformation", **payload))


@pytest.mark.parametrize("named", [{"idToken": CARD}, {"customerIdentifier": "C-1"}])
def test_of_a_customer_nothing_is_told(tmp_path: Path, version: OcppVersion, named: dict[str, Any]) -> None:
    """In one part, after the answer."""

    async def act(it: Asking) -> None:
        it.connect()
        assert await customer(it, report=True, clear=False, **named) == ("Accepted", None)
        [(action, payload)] = it.said()
        assert action == "NotifyCustomerInformation"
        generated_at = payload.pop("generatedAt")
        assert payload == {"data": NONE, "seqNo": 0, "tbc": False, "requestId": 8}
        assert generated_at.startswith("2026-03-10T12:00:00")

    asking(tmp_path, version, act)


@pytest.mark.parametrize(
    ("report", "clear", "named", "said"),
    [
        (False, False, {"idToken": CARD}, ("Rejected", "InvalidValue")),
        (False, True, {"idToken": CARD}, ("Rejected", "UnsupportedRequest")),
        (True, True, {"idToken": CARD}, ("Rejected", "UnsupportedRequest")),
        (True, False, {}, ("Invalid", "MissingParam")),
        (True, False, {"idToken": CARD, "customerIdentifier": "C-1"}, ("Invalid", "InvalidValue")),
    ],
)
def test_nothing_is_cleared_and_one_customer_is_named(
    tmp_path: Path,
    version: OcppVersion,
    *,
    report: bool,
    clear: bool,
    named: dict[str, Any],
    said: tuple[str, str],
) -> None:
    """What is not done is not pretended, and nothing follows."""

    async def act(it: Asking) -> None:
        it.connect()
        assert await customer(it, report=report, clear=clear, **named) == said
        assert it.said() == []

    asking(tmp_path, version, act)
