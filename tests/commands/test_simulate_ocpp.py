from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journey.bridge_process import BridgeProcess, run_command
from tests.uplink.peer.csms import Csms

STATION = "DEMO-1"
PASSWORD = "correct horse battery"
LIMIT_S = 30.0
TRANSACTIONS = {"1.6": ("StartTransaction", "StopTransaction"), "2.0.1": ("TransactionEvent",) * 2}
TRANSACTIONS["2.1"] = TRANSACTIONS["2.0.1"]


class Station:
    """The command in a process of its own, in front of a central system."""

    def __init__(self, process: BridgeProcess, csms: Csms) -> None:
        self.process = process
        self.csms = csms

    async def said(self, pattern: str) -> re.Match[str]:
        """Wait until it has printed or logged that."""
        return await asyncio.to_thread(self.process.said, pattern, LIMIT_S)

    async def online(self) -> None:
        """Wait until the central system has accepted it and knows its connector."""
        await self.said(rf"^{STATION} is online, and speaks OCPP {re.escape(self.csms.version)}$")
        await self.told("StatusNotification", 2 if self.csms.version == "1.6" else 1)

    async def told(self, action: str, count: int = 1, **wanted: Any) -> Any:
        """Wait until the central system was told that so often, and return the last of it."""

        def found() -> list[Any]:
            calls = self.csms.ledger(STATION).calls
            return [payload for _, name, payload in calls if name == action and payload.items() >= wanted.items()]

        await self.csms.wait_until(lambda: len(found()) >= count, LIMIT_S)
        return found()[count - 1]

    async def wish(self, action: str) -> None:
        """Do something to the charger on its control page."""
        control = (await self.said(r"POST (http://\S+/_control/)plug_in"))[1]
        async with httpx.AsyncClient(trust_env=False) as client:
            (await client.post(control + action)).raise_for_status()

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it as a person or a service does: at once and well."""
        stopped, took_s = await asyncio.to_thread(self.process.stop, number)
        assert (stopped, took_s < 2) == (0, True), took_s


def played(
    folder: Path,
    work: Callable[[Station], Awaitable[None]],
    *flags: str,
    version: str = "1.6",
    environ: dict[str, str] | None = None,
    passwords: dict[str, str] | None = None,
) -> str:
    """Let a station and a central system talk, and return what the station printed."""

    async def play() -> str:
        async with Csms(version=version, passwords=passwords) as csms:
            arguments = ["simulate", "ocpp", "--url", csms.url, "--identity", STATION, "--version", version, *flags]
            with BridgeProcess(arguments, folder, environ) as process:
                await work(Station(process, csms))
                assert csms.violations == []
                return process.stdout + process.stderr

    return asyncio.run(play())


@pytest.mark.parametrize("version", TRANSACTIONS)
def test_a_session_is_told_and_printed(tmp_path: Path, version: str) -> None:
    """A vehicle plugged in by hand charges; start and end are told in the version asked for, and printed."""
    begins, ends = TRANSACTIONS[version]

    async def work(station: Station) -> None:
        await station.online()
        await station.wish("plug_in")
        await station.told(begins)
        await station.said(rf"^{STATION} connector 1 is Charging$")
        await station.said(rf"^{STATION} charging session begins at \d+ Wh$")
        number = (await station.said(rf"^{STATION} transaction (\S+) has begun at the central system$"))[1]
        await station.wish("unplug")
        if version == "1.6":
            told = await station.told(ends)
            assert (str(told["transactionId"]), told["reason"]) == (number, "EVDisconnected")
        else:
            told = await station.told(ends, eventType="Ended")
            assert told["transactionInfo"]["transactionId"] == number
        await station.said(rf"^{STATION} charging session ends at \d+ Wh: \d+ Wh, EVDisconnected$")
        await station.said(rf"^{STATION} transaction {number} is told to its end$")
        await station.stop()

    played(tmp_path, work, "--driven", "--speed", "60", version=version)


def test_drivers_come_and_go_by_themselves(tmp_path: Path) -> None:
    """Without a hand on it vehicles come, show a card where one is wanted, charge and leave; Ctrl-C ends it."""

    async def work(station: Station) -> None:
        await station.online()
        for _ in range(2):
            await station.told("StartTransaction")
            await station.told("StopTransaction")
        assert (await station.told("StartTransaction"))["meterStart"] < (await station.told("StopTransaction"))[
            "meterStop"
        ]
        await station.stop(signal.SIGINT)

    played(tmp_path, work, "--speed", "200", "--wait-for-card")


def test_a_vehicle_waits_for_the_central_system(tmp_path: Path) -> None:
    """With `--wait-for-card` a vehicle charges when it is started from afar, and who wished that is printed."""

    async def work(station: Station) -> None:
        await station.online()
        await station.wish("plug_in")
        await station.told("StatusNotification", status="Preparing")
        start = {"connectorId": 1, "idTag": "AFAR"}
        assert await station.csms.call(STATION, "RemoteStartTransaction", start) == {"status": "Accepted"}
        assert (await station.told("StartTransaction"))["idTag"] == "AFAR"
        await station.said(rf"^{STATION} start_charging .*wished by ocpp csms: done")
        await station.stop()

    played(tmp_path, work, "--driven", "--wait-for-card")


@pytest.mark.parametrize("source", ["file", "variable"])
def test_the_password_is_shown_to_the_central_system_alone(tmp_path: Path, source: str) -> None:
    """It comes from a file or a variable, makes security profile 1, and is neither printed nor logged."""
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n", encoding="utf-8")
    file.chmod(0o600)
    flags = ["--password-file", str(file)] if source == "file" else ["--password-env", "STATION_PASSWORD"]

    async def work(station: Station) -> None:
        await station.online()
        await station.stop()

    said = played(
        tmp_path,
        work,
        *flags,
        environ={"STATION_PASSWORD": PASSWORD},
        passwords={STATION: PASSWORD},
    )
    assert PASSWORD not in said


def test_auto_speaks_what_the_central_system_takes(tmp_path: Path) -> None:
    """With `--version auto` the version that was agreed on is printed."""

    async def work(station: Station) -> None:
        await station.online()
        await station.stop()

    played(tmp_path, work, "--version", "auto", version="2.0.1")


def test_a_central_system_that_goes_away_is_told_and_found_again(tmp_path: Path) -> None:
    """The loss is printed, what happens meanwhile is told after the return."""

    async def work(station: Station) -> None:
        await station.online()
        await station.csms.stop()
        await station.said(rf"^{STATION} is not connected; it is tried again and again$")
        await station.wish("plug_in")
        await station.said(rf"^{STATION} charging session begins")
        await station.csms.start()
        await station.told("StartTransaction")
        await station.stop()

    played(tmp_path, work, "--driven")


def test_a_central_system_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Nobody at that port is no end: it is said with the reason, and the command goes on until it is stopped."""

    async def work(station: Station) -> None:
        await station.said(rf"WARNING {STATION} → ws://127\.0\.0\.1:\d+/ocpp.* It is tried again")
        await station.stop()

    async def play() -> None:
        async with Csms() as csms:
            await csms.stop()
            arguments = ["simulate", "ocpp", "--url", csms.url, "--identity", STATION]
            with BridgeProcess(arguments, tmp_path) as process:
                await work(Station(process, csms))

    asyncio.run(play())


@pytest.mark.parametrize(
    ("flags", "seen"),
    [
        (["--url", "http://127.0.0.1:1"], "--url: «url» is «http://127.0.0.1:1», and it must be ws:// or wss://"),
        (["--identity", "two words"], "--identity: «identity» is «two words», and it must be 1 to 48 letters"),
        (["--version", "2.0"], "--version: «version» is «2.0», and OCPP 2.0 was withdrawn"),
        (["--version", "3"], "--version: «version» is «3», and it must be '1.6', '2.0.1', '2.1' or 'auto'"),
        (["--password-file", "/nowhere/password"], "--password-file: the file «/nowhere/password» does not exist"),
        (["--password-env", "NOT_SET"], "--password-env: the environment variable «NOT_SET» is not set"),
        (["--security-profile", "1"], "--security-profile: security_profile 1 needs a password_file or password_env"),
        (["--security-profile", "3"], "--url: security_profile 3 needs a url that begins with wss://"),
        (["--url", "wss://127.0.0.1:1", "--ca-file", "/nowhere"], "--ca-file: the file «/nowhere» does not exist"),
        (["--speed", "0"], "speed above 0"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
def test_what_cannot_be_a_station_is_told(flags: list[str], seen: str) -> None:
    """Flags that are wrong or do not fit together end with status 1 and a sentence that names the flag."""
    done = run_command("simulate", "ocpp", "--url", "ws://127.0.0.1:1", "--identity", STATION, *flags)
    assert (done.status, done.stdout) == (1, "")
    assert seen in done.stderr


@pytest.mark.parametrize("missing", ["--url", "--identity"])
def test_a_station_needs_a_place_and_a_name(missing: str) -> None:
    """Without one of them the call is wrong: status 2."""
    given = {"--url": "ws://127.0.0.1:1", "--identity": STATION}
    del given[missing]
    done = run_command("simulate", "ocpp", *(word for pair in given.items() for word in pair))
    assert (done.status, done.stdout) == (2, "")
    assert missing in done.stderr
