from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.config.load import Config, load_config
from bridge.config.problems import BrokenConfigError

EXAMPLE = (Path(__file__).parents[2] / "config.example.yaml").read_bytes()
LINES = [line for line in EXAMPLE.splitlines(keepends=True) if not line.lstrip().startswith(b"# ")]
PIECES = [
    b"- ", b": ", b"{", b"}", b"[", b"]", b"&a ", b"*a", b"!!int ", b"!x ", b"<<: ", b"|\n", b"'", b'"', b"\t",
    b"---\n", b"null", b"~", b"\\", b'"\\x', b'"\\UFFFFFFFF"', b"%YAML ", b"%TAG ! x\n", b"? ", b"#", b"@",
    b"99999999999999999999", b"9" * 5000, b"-1", b"1e999", b"nan", b"\xff", b"\0", b"\xc2\x85", b"\xe2\x80\xa8",
    b"../..", b"http://[", b"2026-02-30", b"etrel", b"Europe", b"token_file", b"influx", b"chargers", b"\n",
]  # fmt: skip

bounded = settings(
    derandomize=True, deadline=None, database=None, max_examples=250, suppress_health_check=[HealthCheck.too_slow]
)
"""the same inputs on every run and every machine"""


def load(content: bytes) -> Config | None:
    """Load these bytes; None when they were refused with something to read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "config.yaml")
        path.write_bytes(content)
        for name in ("garage.password", "influx.token"):
            Path(folder, name).write_text("hunter2")
        try:
            config = load_config(path, {})
        except BrokenConfigError as error:
            refusal = error
        else:
            assert "hunter2" not in repr(config)
            return config
    assert len(str(refusal).splitlines()) == len(refusal.problems) >= 1
    assert b"hunter2" not in str(refusal).encode()
    return None


@bounded
@given(st.binary(max_size=300))
def test_any_bytes_are_a_config_or_a_refusal(content: bytes) -> None:
    """Whatever stands in the file, nothing but a ConfigError comes of it."""
    assert load(content) is None


@bounded
@given(st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join))
def test_any_pieces_of_yaml_are_refused(content: bytes) -> None:
    """What looks like YAML and is no config is refused like everything else."""
    assert load(content) is None


@bounded
@given(st.data())
def test_a_damaged_example_is_a_config_or_a_refusal(data: st.DataObject) -> None:
    """Bytes changed, pieces put in, lines lost, moved and doubled: a config or a ConfigError, nothing else."""
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 4))):
        index = data.draw(st.integers(0, len(lines) - 1))
        change = data.draw(st.sampled_from(["drop", "double", "move", "insert", "indent"]))
        line = lines.pop(index)
        at = data.draw(st.integers(0, len(line)))
        piece = data.draw(st.one_of(st.sampled_from(PIECES), st.binary(min_size=1, max_size=3)))
        if change == "double":
            lines[index:index] = [line, line]
        elif change == "move":
            lines.insert(data.draw(st.integers(0, len(lines))), line)
        elif change == "insert":
            lines.insert(index, line[:at] + piece + line[at + data.draw(st.integers(0, 3)) :])
        elif change == "indent":
            lines.insert(index, b"  " + line)
    load(b"".join(lines))


@bounded
@given(st.text(max_size=60))
def test_any_text_as_a_value_is_used_or_refused(text: str) -> None:
    """A value of any characters, quoted as it should be, is taken or refused at its place."""
    quoted = "'" + text.replace("'", "''") + "'"
    for key in (b"timezone: Europe/Zurich", b"url: http://platz13.local", b"poll: 10s", b"history_since: 2026-01-01"):
        name = key.split(b":", 1)[0]
        load(EXAMPLE.replace(key, name + b": " + quoted.encode("utf-8", "surrogatepass")))
