from __future__ import annotations

import pytest

from tests.config.conftest import MINIMAL, ConfigFolder

WITH_STATION = MINIMAL + "    ocpp:\n      - {name: employer, url: 'ws://host', identity: GARAGE-1}\n"
BROKER = WITH_STATION + "mqtt:\n  - url: mqtt://127.0.0.1\n"
"""the broker begins on line 9"""


def test_a_broker_is_named_with_its_line(folder: ConfigFolder) -> None:
    """Its address is enough; errors of it lead to its entry."""
    config = folder.load(BROKER)
    (broker,) = config.mqtt
    assert broker.where == "mqtt mqtt://127.0.0.1 (config.yaml:9)"
    assert (broker.options.port, broker.password, config.warnings) == (1883, None, ())
    assert folder.load(MINIMAL).mqtt == ()


def test_a_password_is_read_and_not_shown(folder: ConfigFolder) -> None:
    """From a file or a variable, as every other secret."""
    content = BROKER + "    username: me\n    password_env: BROKER\n"
    config = folder.load(content, {"BROKER": "hunter2"})
    password = config.mqtt[0].password
    assert password is not None
    assert password.get_secret_value() == "hunter2"
    assert "hunter2" not in f"{config!s}{config!r}"
    assert folder.refusal(content) == ["config.yaml:11:19: the environment variable «BROKER» is not set."]


@pytest.mark.parametrize(
    ("addition", "line"),
    [
        ("    prefx: x\n", "config.yaml:10:5: «prefx» is not known here. Did you mean «prefix»?"),
        ("    prefix: a/#\n", "config.yaml:10:13: «prefix» is «a/#», and it must be levels of letters"),
        ("    client_id: a b\n", "config.yaml:10:16: «client_id» is «a b», and it must be letters, digits, . - and _."),
        ("    password_env: P\n", "config.yaml:9:5: a password needs a username."),
        ("    token: hunter2\n", "write it into a file and name that with password_file."),
        ("  - url: http://x\n", "config.yaml:10:10: «url» is «http://x», and it must be mqtt:// or mqtts://"),
        ("  - url: mqtt://x:0\n", "config.yaml:10:10: «url» is «mqtt://x:0», and an address looks like mqtt://"),
        ("  - url: mqtt://127.0.0.1:1883\n", "config.yaml:10:5: this broker stands on line 9 already, with the same"),
        (
            "    client_id: a\n  - {url: 'mqtt://127.0.0.1', prefix: b, client_id: a}\n",
            "config.yaml:11:53: this broker stands on line 9 already, with the same client_id.",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(addition: str, line: str, folder: ConfigFolder) -> None:
    """Where, what was seen, and what to do, in one line of plain words."""
    (told,) = folder.refusal(BROKER + addition)
    assert line in told
    assert "hunter2" not in told


def test_one_broker_may_stand_twice_under_two_prefixes(folder: ConfigFolder) -> None:
    """Two sets of topics at one broker are two interfaces."""
    config = folder.load(BROKER + "  - {url: 'mqtt://127.0.0.1', prefix: other}\n")
    assert [broker.options.prefix for broker in config.mqtt] == ["everest", "other"]


def test_more_than_five_brokers_are_refused(folder: ConfigFolder) -> None:
    """Their number has a bound."""
    (told,) = folder.refusal(BROKER + "".join(f"  - url: mqtt://b{n}\n" for n in range(5)))
    assert told == "config.yaml:9:3: «mqtt» cannot be used: it may have at most 5."


@pytest.mark.parametrize(
    ("content", "warning"),
    [
        (MINIMAL + "mqtt:\n  - url: mqtt://127.0.0.1\n", "config.yaml:6:1: no charger has a central system"),
        (BROKER + "    verify_tls: false\n", "config.yaml:10:5: «verify_tls» has no effect on an mqtt address."),
    ],
)
def test_what_is_hardly_meant_is_a_warning(content: str, warning: str, folder: ConfigFolder) -> None:
    """The bridge starts, and says what looks like a mistake and where."""
    (told,) = folder.load(content).warnings
    assert told.startswith(warning)
