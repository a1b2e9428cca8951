from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

from tests.journey.bridge_process import REPOSITORY, run_command

COMMANDS = ("demo", "run", "check", "verify", "backfill", "export", "stations", "operate", "simulate", "schema")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    """`--help` of the whole names the command, and its own `--help` ends with status 0."""
    done = run_command(command, "--help")
    assert (done.status, done.stderr) == (0, "")
    assert f"chargebridge {command}" in done.stdout


def test_the_whole_lists_its_commands() -> None:
    """`--help` lists every command with a sentence."""
    done = run_command("--help")
    for command in COMMANDS:
        assert f"\n    {command} " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        ((), "COMMAND"),
        (("runn", "-c", "x"), "invalid choice"),
        (("run",), "-c/--config"),
        (("demo", "--port", "70000"), "a port is 0 to 65535"),
        (("simulate", "etrel", "--days", "-1"), "must not be negative"),
        (("export", "power", "-c", "x", "--from", "yesterday"), "«yesterday» is no date like 2026-01-31"),
    ],
    ids=["nothing", "misspelt", "no config", "port", "days", "date"],
)
def test_a_wrong_call_ends_with_2_and_a_reason(arguments: tuple[str, ...], seen: str) -> None:
    """Usage errors have the status 2 and name what was wrong."""
    done = run_command(*arguments)
    assert (done.status, done.stdout) == (2, "")
    assert seen in done.stderr


def test_the_schema_is_one_and_takes_the_example() -> None:
    """`schema` prints a JSON schema that holds for config.example.yaml and not for a misspelt key."""
    schema = json.loads(run_command("schema").stdout)
    example = yaml.safe_load((REPOSITORY / "config.example.yaml").read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    dates_as_text = json.loads(json.dumps(example, default=str))
    validator.validate(dates_as_text)
    assert not validator.is_valid({**dates_as_text, "tiemzone": "Europe/Zurich"})
