from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.etrel.adapter import EtrelOptions
from bridge.config.environment import variables
from tests.config.conftest import MINIMAL, ConfigFolder


def test_a_minimal_config_has_all_defaults(folder: ConfigFolder) -> None:
    """A time zone and one charger are enough."""
    config = folder.load(MINIMAL)
    assert (config.site, config.zone) == ("home", ZoneInfo("Europe/Zurich"))
    assert config.data_dir == Path("/var/lib/chargebridge")
    assert (config.web.host, config.web.port, config.web_token) == ("127.0.0.1", 8484, None)
    assert (config.health.communication_fault_after_s, config.health.charger_fault_after_s) == (600.0, 3600.0)
    assert config.readings_retention_s == 30 * 86_400
    assert (config.influx, config.warnings) == ((), ())


def test_a_charger_is_named_with_its_line(folder: ConfigFolder) -> None:
    """Errors of a charger lead to its lines in the config."""
    (charger,) = folder.load(MINIMAL).chargers
    assert charger.where == "garage (config.yaml:3)"


def test_a_charger_has_the_options_of_its_vendor(folder: ConfigFolder) -> None:
    """The type chooses the model, and texts become numbers, durations and truth."""
    (charger,) = folder.load(MINIMAL + "    session_method: get\n    poll: 1min\n    verify: NO\n").chargers
    assert isinstance(charger.options, EtrelOptions)
    assert (charger.options.session_method, charger.options.poll_s, charger.options.verify) == ("get", 60.0, False)


def test_a_relative_data_dir_begins_at_the_config(folder: ConfigFolder) -> None:
    """It does not depend on where the program was started."""
    assert folder.load(MINIMAL + "data_dir: data\n").data_dir == folder.path / "data"


def test_the_environment_wins_over_the_file_and_flags_over_both(folder: ConfigFolder) -> None:
    """Defaults give way to the file, the file to the environment, and that to the flags."""
    content = MINIMAL + "site: file\nweb: {port: 1}\n"
    environ = {"CHARGEBRIDGE_SITE": "environment", "CHARGEBRIDGE_WEB_PORT": "2", "CHARGEBRIDGE_DATA_DIR": "/d"}
    config = folder.load(content, environ, {"web.port": "3"})
    assert (config.site, config.web.port, config.data_dir) == ("environment", 3, Path("/d"))
    assert folder.load(content, environ).web.port == 2
    assert folder.load(content).web.port == 1


def test_an_empty_variable_counts_as_not_set(folder: ConfigFolder) -> None:
    """Container files set variables to nothing when they mean nothing."""
    assert folder.load(MINIMAL + "site: file\n", {"CHARGEBRIDGE_SITE": ""}).site == "file"


def test_the_environment_fills_what_the_file_left_empty(folder: ConfigFolder) -> None:
    """A key without a value is no mistake where the environment has one."""
    assert folder.load(MINIMAL + "site:\nweb:\n", {"CHARGEBRIDGE_SITE": "x", "CHARGEBRIDGE_WEB_PORT": "1"}).site == "x"


def test_every_single_setting_has_a_variable() -> None:
    """The names follow the places in the file; lists stand in the file only."""
    assert list(variables()) == [
        "CHARGEBRIDGE_SITE",
        "CHARGEBRIDGE_TIMEZONE",
        "CHARGEBRIDGE_DATA_DIR",
        "CHARGEBRIDGE_WEB_HOST",
        "CHARGEBRIDGE_WEB_PORT",
        "CHARGEBRIDGE_WEB_TOKEN_FILE",
        "CHARGEBRIDGE_WEB_TOKEN_ENV",
        "CHARGEBRIDGE_CENTRAL_HOST",
        "CHARGEBRIDGE_CENTRAL_PORT",
        "CHARGEBRIDGE_CENTRAL_TLS_PORT",
        "CHARGEBRIDGE_CENTRAL_CERTIFICATE_FILE",
        "CHARGEBRIDGE_CENTRAL_KEY_FILE",
        "CHARGEBRIDGE_CENTRAL_CLIENT_CA_FILE",
        "CHARGEBRIDGE_CENTRAL_UNKNOWN",
        "CHARGEBRIDGE_CENTRAL_HEARTBEAT",
        "CHARGEBRIDGE_CENTRAL_SAMPLE",
        "CHARGEBRIDGE_CENTRAL_CONFIGURE",
        "CHARGEBRIDGE_CENTRAL_UPLOAD_PORT",
        "CHARGEBRIDGE_SITE_LIMIT_MAX_CURRENT",
        "CHARGEBRIDGE_SITE_LIMIT_MAX_POWER",
        "CHARGEBRIDGE_SITE_LIMIT_SHARES",
        "CHARGEBRIDGE_SITE_LIMIT_BUILDING",
        "CHARGEBRIDGE_SITE_LIMIT_RAISE_AFTER",
        "CHARGEBRIDGE_HEALTH_COMMUNICATION_FAULT_AFTER",
        "CHARGEBRIDGE_HEALTH_CHARGER_FAULT_AFTER",
        "CHARGEBRIDGE_READINGS_RETENTION",
    ]


def test_a_wrong_value_from_outside_is_told_with_its_name(folder: ConfigFolder) -> None:
    """What is not in the file has no line; its variable or flag is named, before everything in the file."""
    told = folder.refusal(MINIMAL + "influx: 1\n", {"CHARGEBRIDGE_SITE": "a b"}, {"web.port": "x"})
    assert told[0].startswith("environment variable CHARGEBRIDGE_SITE: «site» is «a b»")
    assert told[1] == "flag --web-port: «port» is «x», and a whole number is wanted."
    assert told[2].startswith("config.yaml:6:9: ")


def test_a_setting_from_outside_does_not_hide_a_section_that_is_none(folder: ConfigFolder) -> None:
    """The file's mistake stays visible."""
    (told,) = folder.refusal(MINIMAL + "web: yes\n", {"CHARGEBRIDGE_WEB_PORT": "1"})
    assert told == "config.yaml:6:6: «web» is «yes», and keys and values are wanted here."


@pytest.mark.parametrize(
    ("addition", "environ", "warning"),
    [
        ("    poll: 15min\n", {}, "config.yaml:6:11: this charger is polled so seldom"),
        ("    verify: false\n", {}, "config.yaml:6:5: «verify» has no effect on an http address."),
        (
            "  - {id: second, type: etrel, url: HTTP://192.168.1.20/}\n".replace("HTTP", "http"),
            {},
            "config.yaml:6:36: this address is polled already, by the charger «garage».",
        ),
        (
            "",
            {"CHARGEBRIDGE_WEB_PROT": "1"},
            "environment variable CHARGEBRIDGE_WEB_PROT: it is not read. Did you mean «CHARGEBRIDGE_WEB_PORT»?",
        ),
    ],
)
def test_what_is_hardly_meant_is_a_warning(
    addition: str, environ: dict[str, str], warning: str, folder: ConfigFolder
) -> None:
    """The bridge starts, and says what looks like a mistake and where."""
    (told,) = folder.load(MINIMAL + addition, environ).warnings
    assert told.startswith(warning)


def test_a_variable_that_holds_a_secret_is_no_misspelling(folder: ConfigFolder) -> None:
    """A name that the config itself gives is in use, however much it resembles a setting."""
    content = MINIMAL + "web: {token_env: CHARGEBRIDGE_WEB_TOKEN}\n"
    assert folder.load(content, {"CHARGEBRIDGE_WEB_TOKEN": "t", "PATH": "/bin"}).warnings == ()


def test_loading_a_config_imports_no_client_and_no_server() -> None:
    """`check` on a Pi pays neither for the page nor for a database's client."""
    heavy = ("httpx", "httptools", "starlette", "uvicorn", "influxdb_client", "ocpp", "sqlite3")
    program = f"import sys, bridge.config.load; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == "[]"


def test_a_config_of_200_chargers_is_loaded(folder: ConfigFolder) -> None:
    """The greatest allowed number has its place within the bounds of the file."""
    entry = "  - {{id: c{n}, type: etrel, url: 'http://10.0.0.1:{n}', token_env: T{n}, poll: 10s}}\n"
    chargers = "".join(entry.format(n=n) for n in range(1, 201))
    config = folder.load(f"timezone: UTC\nchargers:\n{chargers}", {f"T{n}": f"token-{n}" for n in range(1, 201)})
    last = config.chargers[-1]
    assert (len(config.chargers), last.where) == (200, "c200 (config.yaml:202)")
    assert last.credentials.token is not None
    assert last.credentials.token.get_secret_value() == "token-200"
