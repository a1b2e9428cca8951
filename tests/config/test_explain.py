from __future__ import annotations

import pytest

from tests.config.conftest import MINIMAL, ConfigFolder


@pytest.mark.parametrize(
    ("addition", "line"),
    [
        ("web: {hots: 127.0.0.1}\n", "config.yaml:6:7: «hots» is not known here. Did you mean «host»?"),
        ("data-dir: x\n", "config.yaml:6:1: «data-dir» is not known here. Did you mean «data_dir»?"),
        ("    email: me\n", "config.yaml:6:5: «email» is not known here. It belongs under «login»."),
        ("    site: x\n", "config.yaml:6:5: «site» is not known here. It belongs at the left edge."),
        (
            "health: {x: 1}\n",
            "«x» is not known here. Known here: «communication_fault_after» and «charger_fault_after».",
        ),
        ("web: {port: many}\n", "config.yaml:6:13: «port» is «many», and a whole number is wanted."),
        ("web: {port: 99999}\n", "config.yaml:6:13: «port» is «99999», and it must be at most 65535."),
        ("web: 8484\n", "config.yaml:6:6: «web» is «8484», and keys and values are wanted here."),
        (
            "influx: {name: x}\n",
            "config.yaml:6:9: «influx» cannot be used: a list is wanted here, each entry beginning with a hyphen.",
        ),
        ("    poll: 9x\n", "config.yaml:6:11: «poll» is «9x», and a duration looks like 10s, 5min, 1h or 30d."),
        ("    poll: 0s\n", "config.yaml:6:11: «poll» is «0s», and it must be at least 1."),
        ("    verify: perhaps\n", "config.yaml:6:13: «verify» is «perhaps», and true or false is wanted."),
        ("    history_since: 1.1.2026\n", "«history_since» is «1.1.2026», and a date looks like 2026-01-31."),
        ("    history_since: 20260101\n", "«history_since» is «20260101», and a date looks like 2026-01-31."),
        ("    session_method: pots\n", "Did you mean «post»?"),
        ("    login: {email: me}\n", "config.yaml:6:12: give either password_file or password_env."),
        ("    token_file: a\n    token_env: B\n", "config.yaml:3:5: token_file and token_env exclude each other."),
        ("health: {charger_fault_after: 60s}\n", "charger_fault_after must be longer than"),
        ("site: my home\n", "config.yaml:6:7: «site» is «my home», and it must be lower-case letters"),
        ("data_dir: ~/data\n", "config.yaml:6:11: «data_dir» is «~/data», and it must be a path that does not"),
        ("site: [home]\n", "config.yaml:6:7: «site» cannot be used: a single text is wanted here."),
        ("<<: {site: x}\n", "Merged keys are not read; write them out."),
        ("web: {host: 0.0.0.0}\n", "there is no token"),
        ("    phases: 1\n", "config.yaml:6:5: «phases» is not known here. It belongs under «supply»."),
        ("    identity: X\n", "config.yaml:6:5: «identity» is not known here. It belongs under «ocpp»."),
        ("    password_file: x\n", "«password_file» is not known here. It belongs under «ocpp» or «login»."),
        (
            "influx:\n  - {url: http://a, bucket: b, type: [etrel]}\n",
            "config.yaml:7:32: «type» is not known here. It belongs under «chargers».",
        ),
        (
            "influx:\n  - {url: ftp://a, bucket: b}\n",
            "«url» is «ftp://a», and it must be http:// or https://, a host and perhaps a port and a path",
        ),
        ("influx:\n  - {url: http://a, bucket: b, password: x}\n", "into a file and name that with token_file."),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_to_do(addition: str, line: str, folder: ConfigFolder) -> None:
    """Where, what was seen, and what to do, in one line of plain words."""
    (told,) = folder.refusal(MINIMAL + addition)
    assert line in told
    assert told.startswith("config.yaml:")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("Europe/Zurich", "europe/zurich", "called «europe/zurich». Did you mean «Europe/Zurich»?"),
        ("Europe/Zurich", "Europe", "config.yaml:1:11: no time zone is called «Europe»."),
        ("Europe/Zurich", "/etc/passwd", "no time zone is called «/etc/passwd»."),
        ("timezone: Europe/Zurich", "site: x", "config.yaml:1:1: «timezone» is missing."),
        ("type: etrel", "type: etrell", "4:11: no type of charger is called «etrell». Did you mean «etrel»?"),
        ("type: etrel", "type: [etrel]", "config.yaml:4:11: no type of charger is called «…»."),
        ("type: etrel", "poll: 10s", "config.yaml:3:5: «type» is missing. Known types: «etrel», «go-e» and «ocpp»."),
        ("http://192.168.1.20", "http://192.168.1.20/admin", "it must be scheme, host and port and nothing else"),
        ("http://192.168.1.20", "192.168.1.20", "it must be scheme, host and port and nothing else"),
        ("http://192.168.1.20", "http://192.168.1.20:http", "config.yaml:5:10: «http://192.168.1.20:http» has no"),
        ("http://192.168.1.20", "'http://[::1'", "«http://[::1» has no usable host or port"),
        ("http://192.168.1.20", "http://:80", "«http://:80» has no usable host or port"),
        ("  - id: garage", "  - just text\n  - id: garage", "config.yaml:3:5: an entry of «chargers» is «just text»"),
        ("id: garage", "id: Garage", "«id» is «Garage», and it must be lower-case letters"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_with_its_place(old: str, new: str, line: str, folder: ConfigFolder) -> None:
    """A value that cannot be used is shown with what would be right."""
    (told,) = folder.refusal(MINIMAL.replace(old, new))
    assert line in told


def test_a_charger_id_used_twice_is_refused_with_both_lines(folder: ConfigFolder) -> None:
    """Two chargers with one name would mix their data."""
    second = "  - id: garage\n    type: etrel\n    url: http://192.168.1.21\n"
    (told,) = folder.refusal(MINIMAL + second)
    assert told.startswith("config.yaml:6:9: «garage» was already used on line 3.")


def test_a_sink_name_used_twice_is_refused_even_as_a_default(folder: ConfigFolder) -> None:
    """A sink without a name has the default name, and that may be taken as well."""
    sinks = "influx:\n  - {url: http://a, bucket: b}\n  - {url: http://c, bucket: d, name: influx}\n"
    (told,) = folder.refusal(MINIMAL + sinks)
    assert told.startswith("config.yaml:8:38: «influx» was already used on line 7.")


def test_everything_wrong_is_told_at_once_in_the_order_of_lines(folder: ConfigFolder) -> None:
    """Nobody wants to repair a config one restart at a time."""
    content = "site: a b\nsite: c\n" + MINIMAL.replace("url", "ulr") + "    poll: 9x\nweb: {port: x}\n"
    places = [line.split(": ", 1)[0] for line in folder.refusal(content)]
    assert places == [f"config.yaml:{place}" for place in ("1:7", "2:1", "5:5", "7:5", "8:11", "9:13")]


def test_a_mistake_in_one_entry_does_not_make_the_list_too_short(folder: ConfigFolder) -> None:
    """Only what a person can repair is told."""
    assert len(folder.refusal(MINIMAL.replace("etrel", "nobody"))) == 1
    (told,) = folder.refusal("timezone: UTC\nchargers: []\n")
    todo = "Name one, or let them come: central: {unknown: wait}"
    assert told == f"config.yaml:2:11: there is no charger. {todo}."


def test_more_than_200_chargers_are_refused(folder: ConfigFolder) -> None:
    """The number of chargers has a bound."""
    chargers = "".join(f"  - {{id: c{n}, type: etrel, url: 'http://10.0.0.1:{n + 1}'}}\n" for n in range(201))
    (told,) = folder.refusal(f"timezone: UTC\nchargers:\n{chargers}")
    assert "it may have at most 200" in told


@pytest.mark.parametrize(
    "addition",
    [
        "    password: hunter2\n",
        "    token: hunter2\n",
        "    login: hunter2\n",
        "    login: {email: me, password_file: [hunter2]}\n",
        "    login: {email: me, password_file: hunter2}\n",
        "    login: {email: me, password_env: hunter2}\n",
        "    token_env: hunter2\n",
        "influx:\n  - {url: 'http://me:hunter2@host', bucket: b}\n",
        "influx:\n  - {url: 'http://host', bucket: b, token_file: {hunter2: x}}\n",
        "web: {token: hunter2}\n",
    ],
)
def test_a_secret_in_the_wrong_place_is_not_told(addition: str, folder: ConfigFolder) -> None:
    """A password that somebody wrote where none belongs does not get into a log by way of the error."""
    assert "hunter2" not in "".join(folder.refusal(MINIMAL + addition))


def test_an_inline_password_is_answered_with_where_it_belongs(folder: ConfigFolder) -> None:
    """The usual first attempt gets the way to do it."""
    (told,) = folder.refusal(MINIMAL + "    token: hunter2\n")
    assert "write it into a file and name that with token_file" in told
