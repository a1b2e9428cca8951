from __future__ import annotations

from datetime import date

import pytest

from bridge.config.environment import variables
from bridge.config.load import ConfiguredStation
from tests.config.conftest import MINIMAL, ConfigFolder

ENTRY = (
    MINIMAL + "    ocpp:\n      - name: employer\n        url: ws://csms.example.org/ocpp\n        identity: GARAGE-1\n"
)
"""the entry begins on line 7, its identity stands on line 9, and an addition begins on line 10"""
SECOND = "      - {name: refund, url: 'wss://csms.example.org', identity: HOME-7}\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"
PROFILE_3 = ENTRY.replace("ws://", "wss://") + "        security_profile: 3\n"


def stations(folder: ConfigFolder, content: str, environ: dict[str, str] | None = None) -> list[ConfiguredStation]:
    """Return the stations of the only charger."""
    (charger,) = folder.load(content, environ).chargers
    return list(charger.stations)


def test_a_charger_without_central_systems_has_no_station(folder: ConfigFolder) -> None:
    """None is needed, and an empty list is none."""
    assert stations(folder, MINIMAL) == []
    assert stations(folder, MINIMAL + "    ocpp: []\n") == []


def test_a_station_is_named_with_its_charger_and_its_line(folder: ConfigFolder) -> None:
    """Errors of a station lead to its own entry."""
    first, second = stations(folder, ENTRY + SECOND)
    assert (first.where, second.where) == ("garage → employer (config.yaml:7)", "garage → refund (config.yaml:10)")


def test_texts_become_what_the_model_wants(folder: ConfigFolder) -> None:
    """Numbers, truth, dates and keys of one's own come out of the file's texts; 1.6 needs no quotes."""
    more = (
        "        version: 1.6\n        control: yes\n        security_profile: 0\n        since: 2026-01-31\n"
        "        custom_keys: {ParkingSpace: 013, Greeting: ''}\n"
    )
    (station,) = stations(folder, ENTRY + more + "    id_token: HOME\n    supply: {phases: 1, max_current: 16}\n")
    options = station.options
    assert (options.version, options.control, options.since) == ("1.6", True, date(2026, 1, 31))
    assert options.custom_keys == {"ParkingSpace": "013", "Greeting": ""}
    charger = folder.load(ENTRY + "    id_token: HOME\n    supply: {phases: 1, max_current: 16}\n").chargers[0].options
    assert (charger.id_token, charger.supply.voltage_v) == ("HOME", 230.0)
    assert (charger.supply.phases, charger.supply.max_current_a) == (1, 16.0)


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1", "auto", '"2.1"'])
def test_a_version_needs_no_quotes(version: str, folder: ConfigFolder) -> None:
    """Also where YAML would see a number."""
    (station,) = stations(folder, f"{ENTRY}        version: {version}\n")
    assert station.options.version == version.strip('"')


@pytest.mark.parametrize(
    ("addition", "line"),
    [
        ("        contrl: true\n", "config.yaml:10:9: «contrl» is not known here. Did you mean «control»?"),
        ("        phases: 1\n", "config.yaml:10:9: «phases» is not known here. It belongs under «supply»."),
        ("        site: x\n", "config.yaml:10:9: «site» is not known here. It belongs at the left edge."),
        ("        token: hunter2\n", "write it into a file and name that with password_file."),
        ("        password: hunter2\n", "write it into a file and name that with password_file."),
        ("    control: true\n", "config.yaml:10:5: «control» is not known here. It belongs under «ocpp»."),
        ("    supply: {voltge: 230}\n", "config.yaml:10:14: «voltge» is not known here. Did you mean «voltage»?"),
        ("    supply: {phases: 4}\n", "config.yaml:10:22: «phases» is «4», and it must be at most 3."),
        ("    supply: {max_current: 5}\n", "«max_current» is «5», and it must be at least 6."),
        ("    supply: 230\n", "config.yaml:10:13: «supply» is «230», and keys and values are wanted here."),
        ("    id_token: A TAG\n", "config.yaml:10:15: «id_token» cannot be used: it must be 1 to 20 letters"),
        ("    id_token: 123456789012345678901\n", "«id_token» cannot be used: it must be 1 to 20 letters"),
        (
            "        version: 2.0\n",
            "config.yaml:10:18: «version» is «2.0», and OCPP 2.0 was withdrawn in favour of 2.0.1: write 2.0.1",
        ),
        (
            "        version: 1.6J\n",
            "«version» is «1.6J», and it must be '1.6', '2.0.1', '2.1' or 'auto'. Did you mean «1.6»?",
        ),
        ("        security_profile: 4\n", "config.yaml:10:27: «security_profile» is «4», and it must be at most 3."),
        ("        security_profile: none\n", "«security_profile» is «none», and a whole number is wanted."),
        ("        control: perhaps\n", "config.yaml:10:18: «control» is «perhaps», and true or false is wanted."),
        ("        since: 31.1.2026\n", "config.yaml:10:16: «since» is «31.1.2026», and a date looks like 2026-01-31."),
        ("        since: 2026-02-30\n", "config.yaml:10:16: «since» is «2026-02-30», and "),
        ("        custom_keys: {'a b': x}\n", "10:23: «a b» cannot be a key here: it must be 1 to 50 letters"),
        ("        custom_keys: {Key: [x]}\n", "config.yaml:10:28: «Key» cannot be used: a single text is wanted here."),
        ("        custom_keys: Key\n", "«custom_keys» is «Key», and keys and values are wanted here."),
        ("        control:\n", "config.yaml:10:9: «control» has no value. Write one, or take the line out."),
        ("      -\n", "config.yaml:10:8: this entry of the list is empty."),
        ("      - {name: b, url: 'ws://x'}\n", "config.yaml:10:9: «identity» is missing."),
        ("      - just text\n", "config.yaml:10:9: an entry of «ocpp» is «just text», and keys and values are wanted"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(addition: str, line: str, folder: ConfigFolder) -> None:
    """Where in the nested list it stands, what was seen, and what to do."""
    (told,) = folder.refusal(ENTRY + addition)
    assert line in told
    assert told.startswith("config.yaml:10:")
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("ws://csms", "http://csms", "config.yaml:8:14: «url» is «http://csms.example.org/ocpp», and it must be ws://"),
        ("ws://csms", "csms", "config.yaml:8:14: «url» is «csms.example.org/ocpp», and it must be ws://"),
        ("org/ocpp", "org/ocpp?id=1", "«url» is «ws://csms.example.org/ocpp?id=1», and it must be ws://"),
        ("csms.example.org", "csms:99999", "config.yaml:8:14: «url» is «ws://csms:99999/ocpp», and a url has a host"),
        ("ws://csms", "ws://me:hunter2@csms", "config.yaml:8:14: «url» cannot be used: it must be ws://"),
        ("GARAGE-1", "Garage 1", "config.yaml:9:19: «identity» is «Garage 1», and it must be 1 to 48 letters"),
        ("GARAGE-1", "x" * 49, "config.yaml:9:19: «identity» is «xxx"),
        ("employer", "Employer", "config.yaml:7:15: «name» is «Employer», and it must be lower-case letters"),
        ("    ocpp:", "    ocp:", "config.yaml:6:5: «ocp» is not known here. Did you mean «ocpp»?"),
    ],
)  # fmt: skip
def test_a_wrong_address_is_told_with_what_would_be_right(old: str, new: str, line: str, folder: ConfigFolder) -> None:
    """Url, identity and name of a station have their own words, and a password in a url is not shown."""
    (told,) = folder.refusal(ENTRY.replace(old, new))
    assert line in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("addition", "line"),
    [
        (
            "        password_env: P\n",
            "10:23: security_profile 0 sends no password. Set security_profile: 1, or take the password out.",
        ),
        (
            "        security_profile: 1\n",
            "10:27: security_profile 1 needs a password_file or password_env.",
        ),
        (
            "        security_profile: 1\n        password_file: a\n        password_env: B\n",
            "12:23: password_file and password_env exclude each other.",
        ),
        (
            "        security_profile: 2\n        password_env: P\n",
            "8:14: security_profile 2 needs a url that begins with wss://.",
        ),
        ("        security_profile: 3\n", "8:14: security_profile 3 needs a url that begins with wss://."),
        (
            "        certificate_file: c.pem\n        key_file: k.pem\n",
            "10:27: security_profile 0 sends no certificate of the station. Set security_profile: 3, or take",
        ),
        ("        certificate_file: c.pem\n", "10:27: certificate_file needs a key_file."),
        ("        key_file: c.pem\n", "10:19: key_file needs a certificate_file."),
    ],
)
def test_what_does_not_fit_together_is_told_at_the_key_that_is_wrong(
    addition: str, line: str, folder: ConfigFolder
) -> None:
    """A profile, what proves the station, and the url belong together."""
    (told,) = folder.refusal(ENTRY + addition, {"P": "secret"})
    assert told.startswith(f"config.yaml:{line}")


def test_profile_2_on_a_wss_url_is_what_a_forgotten_profile_meant(folder: ConfigFolder) -> None:
    """The advice follows the url."""
    (told,) = folder.refusal(ENTRY.replace("ws://", "wss://") + "        password_env: P\n", {"P": "secret"})
    assert "Set security_profile: 2, or take the password out." in told


def test_only_one_central_system_may_command_a_charger(folder: ConfigFolder) -> None:
    """The second `control: true` is the place, and the first is named; another charger has its own commander."""
    content = ENTRY + "        control: true\n" + SECOND.replace("}", ", control: true}")
    (told,) = folder.refusal(content)
    assert told == (
        "config.yaml:11:82: only one central system may command a charger, and «employer» does already."
        " Leave control: true with one of them."
    )
    second = MINIMAL.split("chargers:\n")[1].replace("garage", "carport").replace(".20", ".21")
    more = "    ocpp:\n" + SECOND.replace("}", ", control: true}")
    config = folder.load(ENTRY + "        control: true\n" + second + more)
    assert [charger.stations[0].options.control for charger in config.chargers] == [True, True]


def test_a_name_used_twice_at_one_charger_is_refused_with_both_lines(folder: ConfigFolder) -> None:
    """What is told to a central system is kept under its name; another charger may use the name again."""
    (told,) = folder.refusal(ENTRY + SECOND.replace("refund", "employer"))
    assert told == "config.yaml:10:16: «employer» was already used on line 7. Every entry needs its own."
    second = MINIMAL.split("chargers:\n")[1].replace("garage", "carport").replace(".20", ".21")
    folder.load(ENTRY + second + "    ocpp:\n" + SECOND.replace("refund", "employer"))


@pytest.mark.parametrize(
    "url", ["ws://csms.example.org/ocpp", "ws://CSMS.example.org:80/ocpp/", "ws://csms.example.org:80/ocpp"]
)
def test_one_identity_at_one_url_is_refused_anywhere_in_the_site(url: str, folder: ConfigFolder) -> None:
    """Two connections under one identity push each other out, however the address is spelt."""
    second = MINIMAL.split("chargers:\n")[1].replace("garage", "carport").replace(".20", ".21")
    more = f"    ocpp:\n      - {{name: employer, url: '{url}', identity: GARAGE-1}}\n"
    (told,) = folder.refusal(ENTRY + second + more)
    column = len(more.splitlines()[1].split("GARAGE")[0]) + 1
    assert told == (
        f"config.yaml:14:{column}: this identity at this url stands on line 9 already."
        " Two stations with one identity push each other out: give each its own."
    )


@pytest.mark.parametrize(
    "url", ["wss://csms.example.org/ocpp", "ws://csms.example.org:81/ocpp", "ws://csms.example.org"]
)
def test_one_identity_at_another_url_is_another_station(url: str, folder: ConfigFolder) -> None:
    """Two central systems may know a charger by the same name."""
    assert len(stations(folder, f"{ENTRY}      - {{name: b, url: '{url}', identity: GARAGE-1}}\n")) == 2


def test_mistakes_of_stations_are_told_together_with_all_others(folder: ConfigFolder) -> None:
    """What stands twice is told even where the model already refuses something else."""
    content = ENTRY + SECOND.replace("refund", "employer") + "      - {name: c, url: 'ws://csms.example.org/ocpp/', "
    content += "identity: GARAGE-1, contrl: yes}\nsite: a b\n"
    places = [line.split(": ", 1)[0] for line in folder.refusal(content)]
    assert places == [f"config.yaml:{place}" for place in ("10:16", "11:65", "11:75", "12:7")]


def test_more_than_ten_central_systems_are_refused(folder: ConfigFolder) -> None:
    """The number of stations of a charger has a bound."""
    entries = "".join(f"      - {{name: c{n}, url: 'ws://host', identity: C{n}}}\n" for n in range(11))
    (told,) = folder.refusal(MINIMAL + "    ocpp:\n" + entries)
    assert told == "config.yaml:7:7: «ocpp» cannot be used: it may have at most 10."


def test_a_password_is_read_from_a_file_or_a_variable(folder: ConfigFolder) -> None:
    """Each station has its own, and none is shown."""
    folder.secret("refund.password", "hunter2\n")
    content = ENTRY + "        security_profile: 1\n        password_env: EMPLOYER\n"
    content += SECOND.replace("}", ", security_profile: 2, password_file: refund.password}")
    config = folder.load(content, {"EMPLOYER": "hunter3"})
    passwords = [station.password for station in config.chargers[0].stations]
    assert [password and password.get_secret_value() for password in passwords] == ["hunter3", "hunter2"]
    assert "hunter" not in f"{config!s}{config!r}{config.warnings}"


def test_a_missing_password_is_told_at_its_entry(folder: ConfigFolder) -> None:
    """The place is the value that names the file or the variable."""
    content = ENTRY + "        security_profile: 1\n        password_env: NOWHERE\n"
    content += SECOND.replace("}", ", security_profile: 2, password_file: refund.password}")
    told = folder.refusal(content)
    assert told[0] == "config.yaml:11:23: the environment variable «NOWHERE» is not set."
    assert told[1].startswith("config.yaml:12:109: the file «refund.password» does not exist; looked in ")


def test_a_variable_with_a_password_is_no_misspelt_setting(folder: ConfigFolder) -> None:
    """Entries of lists have no variable of their own, and one that the config names is in use."""
    assert not [name for name in variables() if "OCPP" in name or "SUPPLY" in name]
    content = ENTRY + "        security_profile: 1\n        password_env: CHARGEBRIDGE_WEB_TOKEN_FIL\n"
    assert folder.load(content, {"CHARGEBRIDGE_WEB_TOKEN_FIL": "secret"}).warnings == ()


def test_certificates_are_found_beside_the_config_and_where_systemd_puts_them(folder: ConfigFolder) -> None:
    """A relative name begins at the config's folder, and at $CREDENTIALS_DIRECTORY next."""
    given = folder.path / "given"
    given.mkdir()
    (given / "home.key").write_text(KEY)
    (given / "home.key").chmod(0o600)
    ca_file, certificate_file = folder.secret("ca.pem", CERTIFICATE, 0o644), folder.secret("home.pem", CERTIFICATE)
    content = PROFILE_3 + "        ca_file: ca.pem\n        certificate_file: home.pem\n        key_file: home.key\n"
    (station,) = stations(folder, content, {"CREDENTIALS_DIRECTORY": str(given)})
    assert (station.ca_file, station.certificate_file) == (ca_file, certificate_file)
    assert (station.key_file, station.password) == (given / "home.key", None)


@pytest.mark.parametrize(
    ("name", "content", "seen"),
    [
        ("ca.pem", None, "11:18: the file «ca.pem» does not exist; looked in "),
        ("ca.pem", "not PEM at all", "11:18: the file «ca.pem» holds no certificate in PEM."),
        ("ca.pem", b"\x30\x82\x02\xff", "11:18: the file «ca.pem» is not UTF-8 text"),
        ("home.pem", KEY, "12:27: the file «home.pem» holds no certificate in PEM."),
        ("home.key", None, "13:19: the file «home.key» does not exist; looked in "),
        ("home.key", CERTIFICATE, "13:19: the file «home.key» holds no private key in PEM."),
        ("home.key", KEY.replace("PRIVATE", "ENCRYPTED PRIVATE"), "«home.key» is locked with a passphrase"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_told_with_its_place(
    name: str, content: str | bytes | None, seen: str, folder: ConfigFolder
) -> None:
    """What would keep every connection from being opened is found when the config is read."""
    files: dict[str, str | bytes | None] = {"ca.pem": CERTIFICATE, "home.pem": CERTIFICATE, "home.key": KEY}
    for file, text in {**files, name: content}.items():
        if text is not None:
            folder.secret(file, text)
    lines = "        ca_file: ca.pem\n        certificate_file: home.pem\n        key_file: home.key\n"
    (told,) = folder.refusal(PROFILE_3 + lines)
    assert seen in told


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, False), (0o644, True)])
def test_a_key_open_to_everybody_is_a_warning(mode: int, warned: bool, folder: ConfigFolder) -> None:  # noqa: FBT001 -- a parameter of the table
    """The key alone must be shut; certificates are public."""
    folder.secret("home.pem", CERTIFICATE, 0o644)
    folder.secret("home.key", KEY, mode)
    content = PROFILE_3 + "        certificate_file: home.pem\n        key_file: home.key\n"
    told = list(folder.load(content).warnings)
    assert [line.split(": ", 1)[0] for line in told] == (["config.yaml:12:19"] if warned else [])
    assert all("chmod o-rw" in line for line in told)


@pytest.mark.parametrize(
    ("content", "warning"),
    [
        (ENTRY + "        ca_file: ca.pem\n", "config.yaml:10:9: «ca_file» has no effect on a ws address."),
        (
            ENTRY.replace("ws://", "wss://") + "        security_profile: 1\n        password_env: P\n",
            "config.yaml:10:27: with a wss address this is profile 2",
        ),
    ],
)
def test_what_is_hardly_meant_is_a_warning(content: str, warning: str, folder: ConfigFolder) -> None:
    """The bridge starts, and says what looks like a mistake and where."""
    folder.secret("ca.pem", CERTIFICATE)
    (told,) = folder.load(content, {"P": "secret"}).warnings
    assert told.startswith(warning)


def test_a_key_of_a_vendor_is_known_beside_the_stations(folder: ConfigFolder) -> None:
    """Each type of charger has its own keys, and those of another are not known there."""
    go_e = ENTRY.replace("type: etrel", "type: go-e")
    assert folder.load(go_e).chargers[0].options.type == "go-e"
    (told,) = folder.refusal(go_e + "    session_method: get\n")
    assert told.startswith("config.yaml:10:5: «session_method» is not known here.")
