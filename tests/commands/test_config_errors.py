from __future__ import annotations

from pathlib import Path

import pytest

from tests.journey.bridge_process import run_command
from tests.journey.site import Site

BROKEN = """\
timezone: Europe/Zurich
data_dri: data
chargers:
  - id: garage
    type: etrell
    url: http://127.0.0.1:1
  - id: carport
    type: etrel
    url: http://127.0.0.1:2
    pol: 10s
    ocpp:
      - {name: employer, url: ws://127.0.0.1:3, identity: CARPORT-1, contrl: true}
"""
COMMANDS = [("run",), ("check",), ("verify",), ("backfill",), ("export", "power")]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_command_tells_all_mistakes_with_their_places(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Each mistake has a line with file:line:column and what was probably meant; the status is 78."""
    config = tmp_path / "config.yaml"
    config.write_text(BROKEN, encoding="utf-8")
    done = run_command(*command, "-c", str(config))
    assert (done.status, done.stdout) == (78, "")
    lines = done.stderr.splitlines()
    places = ["2:1", "5:11", "10:5", "12:70"]
    assert [line.split(" ")[0] for line in lines] == [f"config.yaml:{place}:" for place in places]
    for line, meant in zip(lines, ("data_dir", "etrel", "poll", "control"), strict=True):
        assert f"Did you mean «{meant}»?" in line
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"], "nothing was begun"


def test_a_missing_config_names_the_example(tmp_path: Path) -> None:
    """A file that is not there is told with what to do; the status is 78."""
    done = run_command("run", "-c", str(tmp_path / "nowhere.yaml"))
    assert done.status == 78
    assert "nowhere.yaml: the config does not exist. Copy config.example.yaml there" in done.stderr


def test_a_missing_secret_names_line_and_variable(site: Site) -> None:
    """A variable that is not set is told by its name, at the line that names it."""
    site.add_charger("garage", "http://127.0.0.1:1")
    site.chargers[0]["token_env"] = "GARAGE_TOKEN_THAT_IS_NOT_SET"
    done = site.command("run")
    assert done.status == 78
    line = site.write_config().read_text(encoding="utf-8").split("token_env")[0].count("\n") + 1
    assert f"config.yaml:{line}:" in done.stderr
    assert "the environment variable «GARAGE_TOKEN_THAT_IS_NOT_SET» is not set" in done.stderr


def test_a_secret_written_into_the_config_is_not_repeated(site: Site) -> None:
    """A password put where its variable's name belongs is refused without being shown."""
    site.add_charger("garage", "http://127.0.0.1:1")
    site.secrets["TYPED_IN_BY_MISTAKE"] = "pa55 word!"
    site.chargers[0]["token_env"] = site.secrets["TYPED_IN_BY_MISTAKE"]
    assert site.command("check").status == 78


def test_an_unknown_charger_is_answered_with_the_known_ones(site: Site) -> None:
    """`--charger` with a name that is not in the config says which there are."""
    site.add_charger("garage", "http://127.0.0.1:1")
    done = site.command("backfill", "--charger", "garge")
    assert done.status == 78
    assert "no charger is called «garge». Known: garage" in done.stderr
