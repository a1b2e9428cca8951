from __future__ import annotations

import os
from pathlib import Path

import pytest

from bridge.config.document import parse_document
from bridge.config.load import SIZE_LIMIT_BYTES, load_config
from bridge.config.problems import BrokenConfigError
from tests.config.conftest import MINIMAL, ConfigFolder


def test_scalars_stay_text() -> None:
    """What YAML 1.1 would take for false, 1320, 83 or a date stays the text that was written."""
    document = parse_document("{a: NO, b: 22:00, c: 0123, d: 2026-01-01, e: 1_0, f: '~'}", "config.yaml")
    assert document.root == {"a": "NO", "b": "22:00", "c": "0123", "d": "2026-01-01", "e": "1_0", "f": "~"}


def test_null_is_as_if_the_key_were_not_there() -> None:
    """A key that is null is left out, so that its default holds."""
    assert parse_document("{a: null, b: ~, c: x}", "config.yaml").root == {"c": "x"}


def test_keys_and_values_know_their_places() -> None:
    """Lines and columns count from 1, for keys and for values, inside lists too."""
    document = parse_document("a:\n  - b: x\n", "config.yaml")
    assert str(document.key_position(("a", 0, "b"))) == "config.yaml:2:5"
    assert str(document.value_position(("a", 0, "b"))) == "config.yaml:2:8"


def test_a_place_that_is_not_there_is_told_by_what_is_around_it() -> None:
    """The position of something missing is the position of the section that lacks it."""
    document = parse_document("a:\n  b: x\n", "config.yaml")
    assert str(document.value_position(("a", "c", 0))) == "config.yaml:2:3"


def test_an_alias_is_followed() -> None:
    """An alias gives what its anchor holds."""
    assert parse_document("a: &x {b: c}\nd: *x\n", "config.yaml").root == {"a": {"b": "c"}, "d": {"b": "c"}}


@pytest.mark.parametrize(
    ("content", "where", "seen"),
    [
        ("", "config.yaml", "is empty"),
        ("# only a comment\n", "config.yaml", "is empty"),
        ("hunter2", "config.yaml:1:1", "does not consist of keys"),
        ("- a\n- b\n", "config.yaml:1:1", "does not consist of keys"),
        ("web:\n\tport: 1\n", "config.yaml:2:1", "tab"),
        ("web:\n  port: 1\n host: x\n", "config.yaml:3:2", "indentation"),
        ("site: a: b\n", "config.yaml:1:8", "«: »"),
        ("site: 'x\n", "config.yaml:1:7", "quotation mark"),
        ('site: "\\q"\n', "config.yaml:1:9", "escape"),
        ("site: *home\n", "config.yaml:1:7", "names no anchor"),
        ("a: &x 1\nb: &x 2\n", "config.yaml:2:4", "something else already"),
        ("a: 1\n---\nb: 2\n", "config.yaml:2:1", "second document"),
        ("a: [1, 2\nb: 3\n", "config.yaml:2:2", "bracket"),
        ("a: @home\n", "config.yaml:1:4", "cannot begin a value"),
        ("a: x\0", "config.yaml:1:5", "U+0000"),
        ("a: b\n# \x07\n", "config.yaml:2:3", "U+0007"),
        ('a: "\\uffffffff\\UFFFFFFFF"\n', "config.yaml", "not YAML"),
        ("? [a]\n: b\n", "config.yaml:1:3", "a key is a single word"),
        ("site: !secret home\n", "config.yaml:1:7", "tags such as !secret"),
        ('site: "a\\nb"\n', "config.yaml:1:7", "U+000A"),
        ('site: "\\ud800"\n', "config.yaml:1:7", "U+D800"),
        ("chargers:\n  - {}\n  -\n", "config.yaml:3:4", "entry of the list is empty"),
        ("site:\nweb: {}\n", "config.yaml:1:1", "«site» has no value"),
        ("timezone: UTC\nchargers:\n", "config.yaml:2:10", "there is no charger"),
        (b"site: \xff\xfe\n", "config.yaml", "not UTF-8 text (line 1)"),
        ("site: home\n".encode("utf-16"), "config.yaml", "not UTF-8 text (line 1)"),
    ],
)
def test_broken_yaml_is_told_with_its_place(content: str | bytes, where: str, seen: str, folder: ConfigFolder) -> None:
    """Each way of not being a config is one clear sentence at the right line and column."""
    lines = [line for line in folder.refusal(content) if seen in line]
    assert len(lines) == 1
    assert f"{where}:" in lines[0]


def test_the_text_around_an_error_is_not_told(folder: ConfigFolder) -> None:
    """A password that breaks the YAML does not get into the message."""
    for line in ("password: *hunter2", "password: 'hunter2", "password: !hunter2 x", "password: &hunter2 a: b"):
        assert "hunter2" not in "".join(folder.refusal(f"{MINIMAL}    {line}\n"))


def test_a_key_that_stands_twice_is_refused_with_both_lines(folder: ConfigFolder) -> None:
    """YAML would let the last one win in silence."""
    assert folder.refusal("timezone: UTC\n" + MINIMAL) == [
        "config.yaml:2:1: «timezone» stands here twice; it was already on line 1."
    ]


def test_an_empty_section_is_as_if_it_were_not_there(folder: ConfigFolder) -> None:
    """A section whose lines are all commented out has its defaults."""
    config = folder.load(MINIMAL + "web:\ninflux:\nhealth:\n")
    assert (config.web.port, config.influx, config.health.charger_fault_after_s) == (8484, (), 3600.0)


def test_a_byte_order_mark_is_no_part_of_the_first_key(folder: ConfigFolder) -> None:
    """Editors of other systems begin files with one."""
    assert folder.load(MINIMAL.encode("utf-8-sig")).site == "home"


@pytest.mark.parametrize(
    "content",
    [
        "a: " + "[" * 30 + "]" * 30,
        "[" * 200_000,
        "a: &a [*a]\n",
        "a0: &a0 [x]\n" + "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]\n" for n in range(8)),
    ],
    ids=["deep", "deeper than the stack", "an anchor in itself", "many laughs"],
)
def test_a_bomb_is_refused(content: str, folder: ConfigFolder) -> None:
    """Depth and number of values are bounded, with aliases followed."""
    (line,) = folder.refusal(content)
    assert "20 levels" in line


def test_a_file_beyond_the_limit_is_not_read(folder: ConfigFolder) -> None:
    """More than 1 MiB is no config."""
    (line,) = folder.refusal(b"#" * (SIZE_LIMIT_BYTES + 1))
    assert "is larger than 1,048,576 bytes" in line


def test_a_file_that_is_not_there_is_told_with_its_path(tmp_path: Path) -> None:
    """The whole path is shown, and what to do."""
    path = tmp_path / "missing" / "config.yaml"
    with pytest.raises(BrokenConfigError, match=r"does not exist\. Copy config\.example\.yaml") as caught:
        load_config(path, {})
    assert caught.value.where == str(path)


def test_a_folder_or_a_pipe_is_no_config(tmp_path: Path) -> None:
    """A named pipe, which could be waited on for ever, is refused at once."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(BrokenConfigError, match="is not an ordinary file"):
        load_config(pipe, {})
    with pytest.raises(BrokenConfigError, match="is a folder"):
        load_config(tmp_path, {})
