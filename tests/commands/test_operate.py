"""`operate` and `stations` as processes, against a real page on loopback with a central system that is a fake."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bridge.clock import SystemClock
from bridge.errors import ChargerUnreachableError
from bridge.types.words import CommandStatus
from tests.journey.bridge_process import COMMAND_LIMIT_S, REPOSITORY, Done, surroundings
from tests.web.fake_central import FakeCentral, furnish_central, result
from tests.web.scene import TOKEN, running

SEED = "{\n  'connectorId': 1,     // required\n  'duration': 1000      // required. time in seconds\n}"
Run = Callable[..., Done]


def _config(folder: Path, web: dict[str, Any]) -> Path:
    charger = {"id": "garage", "type": "etrel", "url": "http://127.0.0.1:1"}
    path = folder / "config.yaml"
    config = {"timezone": "Europe/Zurich", "data_dir": "data", "chargers": [charger], "web": web}
    path.write_text(yaml.safe_dump(config))
    return path


def _run(*arguments: str, stdin: str = "") -> Done:
    environ = surroundings({"PAGE_TOKEN": TOKEN, "http_proxy": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9"})
    done = subprocess.run(
        [sys.executable, "-m", "bridge", *arguments],
        cwd=REPOSITORY, env=environ, input=stdin, capture_output=True, text=True, timeout=COMMAND_LIMIT_S, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


def _asked(
    folder: Path, act: Callable[[Run, FakeCentral], None], *, token: str | None = None, named: str | None = None
) -> FakeCentral:
    """Serve the furnished site while `act` runs commands with its config, and return its central system."""

    async def scene() -> FakeCentral:
        clock = SystemClock()
        board, central = furnish_central(clock)
        async with running(folder / "store", clock=clock, board=board, central=central, token=token) as site:
            web = {"port": httpx.URL(site.server.url).port, **({"token_env": named} if named else {})}
            config = str(_config(folder, web))

            def run(command: str, *arguments: str, stdin: str = "") -> Done:
                return _run(command, "-c", config, *arguments, stdin=stdin)

            await asyncio.to_thread(act, run, central)
        return central

    return asyncio.run(scene())


@pytest.mark.parametrize("by_stdin", [False, True])
def test_an_operation_is_sent_and_its_answer_is_json(tmp_path: Path, by_stdin: bool) -> None:  # noqa: FBT001 -- pytest
    """The seed's own form goes through past a proxy, with the token; the answer is on stdout, the rest on stderr."""

    def act(run: Run, central: FakeCentral) -> None:
        central.answers["GetCompositeSchedule"] = result(
            "GetCompositeSchedule",
            {"status": "Accepted", "connectorId": 1},
            detail="Until tonight.",
            notes=("A note.",),
        )
        given = ("-",) if by_stdin else (SEED,)
        done = run("operate", "carport", "GetCompositeSchedule", *given, stdin=SEED if by_stdin else "")
        assert (done.status, json.loads(done.stdout)) == (0, {"status": "Accepted", "connectorId": 1})
        assert done.stderr == "carport: GetCompositeSchedule (OCPP 1.6): done. Until tonight.\nA note.\n"

    central = _asked(tmp_path, act, token=TOKEN, named="PAGE_TOKEN")
    assert central.asked == [
        ("carport", "GetCompositeSchedule", {"connectorId": 1, "duration": 1000}, "command line"),
    ]


def test_no_arguments_are_none(tmp_path: Path) -> None:
    """An operation may be named alone."""

    def act(run: Run, _: FakeCentral) -> None:
        assert run("operate", "carport", "GetConfiguration").status == 0

    assert _asked(tmp_path, act).asked[0][2] == {}


def test_a_no_silence_and_errors_have_the_status_1(tmp_path: Path) -> None:
    """Each has its sentence; a no and silence have their answer on stdout too."""

    def act(run: Run, central: FakeCentral) -> None:
        for outcome, words in (
            (CommandStatus.REFUSED, "refused. Why."),
            (CommandStatus.UNCONFIRMED, "not confirmed; whether the charger did it is not known. Why."),
        ):
            central.answers["Reset"] = result("Reset", {}, outcome=outcome, detail="Why.")
            done = run("operate", "carport", "Reset", '{"type": "Soft"}')
            assert (done.status, json.loads(done.stdout)) == (1, {})
            assert done.stderr == f"carport: Reset (OCPP 1.6): {words}\n"
        done = run("operate", "carport", "Reset", "{'type': ")
        assert (done.status, done.stdout) == (1, "")
        assert "line 1, column" in done.stderr
        assert "«nobody» is no OCPP charger." in run("operate", "nobody", "Reset").stderr
        central.failure = ChargerUnreachableError("carport (config.yaml:12)", "it is not connected")
        assert "carport (config.yaml:12): it is not connected." in run("operate", "carport", "Reset").stderr

    _asked(tmp_path, act)


def test_without_an_operation_they_are_listed(tmp_path: Path) -> None:
    """Names, what else they are called, and what they take; and arguments to begin with, as JSON."""

    def act(run: Run, _: FakeCentral) -> None:
        done = run("operate", "carport")
        assert (done.status, done.stderr) == (0, "")
        for line in (
            "GetConfiguration (GetVariables, GetBaseReport)", "    Restarts the charger.",
            "    - type (Soft | Hard, required)", "    - duration (integer, required): in seconds",
        ):  # fmt: skip
            assert line in done.stdout.splitlines(), line
        sample = run("operate", "carport", "SetVariables", "--sample")
        assert json.loads(sample.stdout) == {"key": "MeterValueSampleInterval", "value": "60"}
        wrong = run("operate", "carport", "Rest", "--sample")
        assert (wrong.status, wrong.stdout) == (1, "")
        assert "there is no operation «Rest»" in wrong.stderr

    assert _asked(tmp_path, act).asked == []


def test_stations_and_who_waits_are_listed_and_answered(tmp_path: Path) -> None:
    """A line each; one is let in under a name, one is turned away, and a second try says that it does not wait."""

    def act(run: Run, _: FakeCentral) -> None:
        listed = run("stations")
        assert listed.status == 0
        assert "carport (CP-4711): OCPP 1.6 from 192.168.1.20, connected since " in listed.stdout
        assert "yard (YARD_1): not connected since " in listed.stdout
        assert "    yard (config.yaml:19): the connection was lost" in listed.stdout
        assert "«CP*New.7» asks to come in since " in listed.stdout
        assert "Wallbox Works Model One SN-0001, encrypted, with a password" in listed.stdout
        told = json.loads(run("stations", "--json").stdout)
        assert [one["identity"] for one in told["waiting"]] == ["OLD BOX", "CP*New.7"]
        assert run("stations", "--accept", "CP*New.7", "--as", "roof").stdout == "CP*New.7 is now roof\n"
        assert run("stations", "--turn-away", "OLD BOX").stdout == "OLD BOX was turned away\n"
        again = run("stations", "--turn-away", "OLD BOX")
        assert again.status == 1
        assert "«OLD BOX» does not wait." in again.stderr
        lonely = run("stations", "--accept", "OLD BOX")
        assert lonely.status == 1
        assert "--as" in lonely.stderr

    assert _asked(tmp_path, act).let_in == [("CP*New.7", "roof"), ("OLD BOX", None)]


def test_a_terminal_does_not_obey_what_chargers_say(tmp_path: Path) -> None:
    """Escape sequences in names and answers are shown as what they are; the answer stays the same JSON."""
    evil = "\x1b[2J\x9b31m\u202e"

    def act(run: Run, central: FakeCentral) -> None:
        central.board.stations["carport"].identity = evil
        central.answers["Reset"] = result("Reset", {"status": evil}, detail=evil)
        for done in (run("stations"), run("stations", "--json"), run("operate", "carport", "Reset")):
            assert not set(evil) & set("\x1b\x9b\u202e") & set(done.stdout + done.stderr)
        assert json.loads(done.stdout) == {"status": evil}

    _asked(tmp_path, act)


def test_a_wrong_token_is_told(tmp_path: Path) -> None:
    """The page refuses, and so does the command, without the token in its words."""

    def act(run: Run, _: FakeCentral) -> None:
        done = run("operate", "carport", "Reset")
        assert (done.status, done.stdout) == (1, "")
        assert "This is not the token" in done.stderr
        assert TOKEN not in done.stderr

    assert _asked(tmp_path, act, token="another-long-word", named="PAGE_TOKEN").asked == []


def test_a_bridge_that_does_not_run_is_told_with_what_to_do(tmp_path: Path) -> None:
    """Nobody listens; or any free port was taken, which nobody can know."""
    config = str(_config(tmp_path, {"port": 1}))
    done = _run("stations", "-c", config)
    assert (done.status, done.stdout) == (1, "")
    assert "the bridge does not answer there" in done.stderr
    assert f"chargebridge run -c {config}" in done.stderr
    done = _run("operate", "-c", str(_config(tmp_path, {"port": 0})), "carport", "Reset")
    assert done.status == 1
    assert "--port" in done.stderr


def test_another_port_than_the_configs_may_be_named(tmp_path: Path) -> None:
    """`run --port` moves the page; `--port` follows it, and a bridge without a central system says so."""

    async def scene() -> Done:
        async with running(tmp_path / "store", clock=SystemClock()) as site:
            port = str(httpx.URL(site.server.url).port)
            config = str(_config(tmp_path, {"port": 1}))
            return await asyncio.to_thread(_run, "stations", "-c", config, "--port", port)

    done = asyncio.run(scene())
    assert done.status == 1
    assert "see central in the config" in done.stderr
