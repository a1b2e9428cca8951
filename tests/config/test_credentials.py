from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.conftest import MINIMAL, ConfigFolder

LOGIN = MINIMAL + "    login: {email: me@example.org, password_file: garage.password}\n"
TOKEN = MINIMAL + "    token_file: garage.token\n"


def test_a_login_is_read_from_the_folder_of_the_config(folder: ConfigFolder) -> None:
    """The line break at the end of the file is no part of the password; spaces are."""
    folder.secret("garage.password", " h ü \r\n")
    credentials = folder.load(LOGIN).chargers[0].credentials
    assert credentials.email == "me@example.org"
    assert credentials.password is not None
    assert credentials.password.get_secret_value() == " h ü "
    assert credentials.token is None


def test_tokens_of_chargers_sinks_and_the_page_are_read(folder: ConfigFolder) -> None:
    """Each from its own file or variable."""
    folder.secret("a", "token-a\n")
    content = (
        MINIMAL + "    token_file: ./a\nweb: {token_env: PAGE}\ninflux:\n  - {url: http://x, bucket: b, token_env: I}\n"
    )
    config = folder.load(content, {"PAGE": "token-p", "I": "user:password"})
    tokens = [config.chargers[0].credentials.token, config.web_token, config.influx[0].token]
    assert [token and token.get_secret_value() for token in tokens] == ["token-a", "token-p", "user:password"]


def test_a_charger_without_login_and_token_is_asked_without(folder: ConfigFolder) -> None:
    """Nothing given is nothing sent."""
    credentials = folder.load(MINIMAL).chargers[0].credentials
    assert (credentials.email, credentials.password, credentials.token) == (None, None, None)


def test_the_folder_of_systemd_comes_second(folder: ConfigFolder, tmp_path: Path) -> None:
    """A file beside the config wins; without one, $CREDENTIALS_DIRECTORY is looked in."""
    given = tmp_path / "given"
    given.mkdir()
    (given / "garage.token").write_text("from-systemd")
    environ = {"CREDENTIALS_DIRECTORY": str(given)}
    token = folder.load(TOKEN, environ).chargers[0].credentials.token
    assert token is not None
    assert token.get_secret_value() == "from-systemd"
    folder.secret("garage.token", "from-config")
    token = folder.load(TOKEN, environ).chargers[0].credentials.token
    assert token is not None
    assert token.get_secret_value() == "from-config"


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (None, "does not exist; looked in"),
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("two\nlines\n", "more than one line"),
        ("bell\x07", "cannot be printed"),
        ("tökén", "an HTTP header cannot carry"),
        (b"\xff\xfe", "is not UTF-8 text"),
        ("x" * 5000, "is larger than 4,096 bytes"),
    ],
)
def test_a_file_without_a_usable_secret_is_told_with_its_place(
    content: str | bytes | None, seen: str, folder: ConfigFolder
) -> None:
    """The place is the value that names the file, and the content is not shown."""
    if content is not None:
        folder.secret("garage.token", content)
    (told,) = folder.refusal(TOKEN)
    assert told.startswith("config.yaml:6:17: the file «garage.token» ")
    assert seen in told


def test_a_folder_in_place_of_a_secret_is_told(folder: ConfigFolder) -> None:
    """A folder of that name is no secret."""
    (folder.path / "garage.token").mkdir()
    assert folder.refusal(TOKEN) == ["config.yaml:6:17: the file «garage.token» is a folder."]


def test_every_missing_secret_is_told_at_once(folder: ConfigFolder) -> None:
    """All files and variables that are missing are named together."""
    content = LOGIN + "web: {token_env: PAGE_TOKEN}\ninflux:\n  - {url: http://x, bucket: b, token_env: EMPTY}\n"
    told = folder.refusal(content, {"EMPTY": ""})
    assert told[0].startswith("config.yaml:6:51: the file «garage.password» does not exist; looked in ")
    assert told[1:] == [
        "config.yaml:7:18: the environment variable «PAGE_TOKEN» is not set.",
        "config.yaml:9:43: the environment variable «EMPTY» is empty.",
    ]


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, False), (0o644, True), (0o602, True)])
def test_a_secret_open_to_everybody_is_a_warning(mode: int, warned: bool, folder: ConfigFolder) -> None:  # noqa: FBT001 -- a parameter of the table
    """The bridge works, and says which file to shut; a group of its own is fine."""
    folder.secret("garage.token", "t", mode)
    told = [line for line in folder.load(TOKEN).warnings if "chmod o-rw" in line]
    assert [line.split(": ", 1)[0] for line in told] == (["config.yaml:6:17"] if warned else [])


def test_no_secret_is_shown_by_a_loaded_config(folder: ConfigFolder) -> None:
    """`str()` and `repr()` of the whole config show stars."""
    folder.secret("garage.password", "hunter2", 0o644)
    content = LOGIN + "web: {token_env: PAGE}\ninflux:\n  - {url: http://x, bucket: b, token_env: I}\n"
    config = folder.load(content, {"PAGE": "hunter2", "I": "hunter2"})
    assert "hunter2" not in f"{config!s}{config!r}{config.warnings}"
