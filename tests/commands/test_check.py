from __future__ import annotations

import json
import re
import ssl
from pathlib import Path

import pytest

from adapters.etrel.simulator import FaultKind, SimulatorOptions
from tests.journey.bridge_process import Done
from tests.journey.http_server import Asked, HttpServer, Reply
from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site
from tests.sinks.victoria import VictoriaMetrics, free_port

WHERE = r"garage \(config\.yaml:\d+\)"


def _line(done: Done, beginning: str) -> str:
    """Return the one line of the output that begins like this (a pattern)."""
    lines = [line for line in done.stdout.splitlines() if re.match(beginning, line)]
    assert len(lines) == 1, done.stdout
    return lines[0]


def test_all_is_well_from_config_to_database(site: Site, charger: SimulatedCharger, tmp_path: Path) -> None:
    """Each part has its line, beginning with ok, with what was seen of it; the status is 0."""
    with VictoriaMetrics(tmp_path / "victoria") as victoria:
        site.add_charger("garage", charger.url)
        site.influx.append({"name": "home", "url": victoria.url, "bucket": "any"})
        done = site.command("check")
    assert (done.status, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines.pop() == "everything works"
    assert {line[:6] for line in lines} == {"ok    "}
    assert "1 charger, 1 InfluxDB, site «home»" in lines[0]
    assert re.search(r"data can be written, [\d.]+ GB free", _line(done, "ok    data_dir"))
    assert "connector 1 Available 0 W; building" in _line(done, f"ok    {WHERE} status")
    assert "from this computer's" in _line(done, f"ok    {WHERE} clock")
    assert "Etrel INCH-HOME SIM000007 5.2.3" in _line(done, f"ok    {WHERE} identity")
    assert re.search(r"the latest is \d+, started .*Z, [\d.]+ kWh", _line(done, f"ok    {WHERE} sessions"))
    assert re.search(r"\d+ rows|no rows", _line(done, f"ok    {WHERE} power"))
    assert "a test point was written and read back" in _line(done, "ok    influx home")


def test_check_leaves_no_store_behind(site: Site, charger: SimulatedCharger) -> None:
    """Checking makes neither folder nor store: nothing has begun yet."""
    site.add_charger("garage", charger.url)
    assert site.command("check").status == 0
    assert not site.data_dir.exists()


def test_a_wrong_port_is_told_with_its_place(site: Site) -> None:
    """Nothing listens there: the line names charger, config line, address and what to check; the status is 1."""
    port = free_port()
    site.add_charger("garage", f"http://127.0.0.1:{port}")
    done = site.command("check")
    assert done.status == 1
    line = _line(done, f"FAIL  {WHERE}")
    assert f"127.0.0.1:{port}" in line
    assert "refused" in line
    assert done.stdout.splitlines()[-1].startswith("something does not work yet")


def test_one_bad_charger_hides_no_good_one(site: Site, charger: SimulatedCharger) -> None:
    """Every charger is checked, whatever became of the one before."""
    site.add_charger("broken", f"http://127.0.0.1:{free_port()}")
    site.add_charger("garage", charger.url)
    done = site.command("check")
    assert done.status == 1
    assert _line(done, r"FAIL  broken \(")
    assert _line(done, f"ok    {WHERE} power")


@pytest.mark.parametrize("status", [200, 401])
def test_a_wrong_password_is_told_without_it(site: Site, status: int) -> None:
    """The line names the user and what to check, whether the refusal comes as 401 or inside a 200."""
    refusing = status
    options = SimulatorOptions(days=1, email="me@example.org", password="right")
    options.refused_login_status = 200 if refusing == 200 else 401
    with SimulatedCharger(options) as charger:
        site.secrets["GARAGE_PASSWORD"] = "wrong-and-secret"
        site.add_charger("garage", charger.url)
        del site.chargers[0]["token_env"]
        site.chargers[0]["login"] = {"email": "me@example.org", "password_env": "GARAGE_PASSWORD"}
        done = site.command("check")
        assert charger.asked("/api/webOperatorLogin") == 1, "a second wrong login brings a lock-out nearer"
    assert done.status == 1
    line = _line(done, f"FAIL  {WHERE}")
    assert "refused user" in line
    assert "me@example.org" in line
    assert "Check `login`" in line


def test_a_wrong_token_is_told_without_it(site: Site, charger: SimulatedCharger) -> None:
    """The line says that the token of the config is not taken and what to put there."""
    site.secrets["CHARGER_TOKEN"] = "another-token-that-nobody-may-read"
    site.add_charger("garage", charger.url)
    done = site.command("check")
    assert done.status == 1
    assert "does not take the token of the config. Put a new token there" in _line(done, f"FAIL  {WHERE}")


def test_a_web_page_is_told_as_one(site: Site) -> None:
    """An address that gives HTML is a router or a login page, and the line says so."""
    with HttpServer(lambda _: Reply(200, "<!DOCTYPE html><title>Router</title>", "text/html")) as router:
        site.add_charger("garage", router.url)
        done = site.command("check")
    assert done.status == 1
    line = _line(done, f"FAIL  {WHERE}")
    assert "gave a web page instead of JSON" in line
    assert "check `url`" in line


def test_a_self_signed_certificate_comes_with_the_line_that_pins_it(
    site: Site, own_certificate: ssl.SSLContext
) -> None:
    """The line shows the fingerprint to put into the config; put there, the certificate is taken."""
    with HttpServer(lambda _: Reply(500), own_certificate) as server:
        site.add_charger("garage", server.url)
        done = site.command("check")
        assert done.status == 1
        assert server.asked == [], "no token goes to a stranger"
        pin = re.search(r"tls_fingerprint: ([0-9A-F:]{95})", _line(done, f"FAIL  {WHERE}"))
        assert pin is not None
        site.chargers[0]["tls_fingerprint"] = pin[1]
        done = site.command("check")
    assert "HTTP 500" in _line(done, f"FAIL  {WHERE}")


def test_a_wrong_clock_is_a_note_and_no_failure(site: Site, charger: SimulatedCharger) -> None:
    """A charger two hours ahead works; the note says by how much, and the status stays 0."""
    site.add_charger("garage", charger.url)
    charger.fail(FaultKind.WRONG_DATE, skew_s=7200)
    try:
        done = site.command("check")
    finally:
        charger.heal()
    assert done.status == 0
    note = _line(done, f"note  {WHERE} clock")
    ahead = re.search(r"its clock is (\d+) s ahead of this computer's\. Set the one that is wrong", note)
    assert ahead is not None
    assert abs(int(ahead[1]) - 7200) <= 5


def test_an_unknown_status_word_is_a_note(site: Site, charger: SimulatedCharger) -> None:
    """A word that the adapter does not know is shown as the charger wrote it."""
    site.add_charger("garage", charger.url)
    charger.fail(FaultKind.UNKNOWN_STATUS, word="Levitating")
    try:
        done = site.command("check")
    finally:
        charger.heal()
    assert done.status == 0
    assert "Levitating" in _line(done, f"note  {WHERE}")


def test_a_missing_endpoint_is_a_note(site: Site, charger: SimulatedCharger) -> None:
    """An old firmware without system information is done without."""
    site.add_charger("garage", charger.url)
    charger.fail(FaultKind.NOT_FOUND, path="/api/chargingSession")
    try:
        done = site.command("check")
    finally:
        charger.heal()
    assert done.status == 0
    note = _line(done, f"note  {WHERE} sessions")
    assert "HTTP 404" in note
    assert "The bridge does without it" in note


def test_a_wrong_address_is_a_failure(site: Site, charger: SimulatedCharger) -> None:
    """Something that answers 404 to everything is no charger, and nothing "works"."""
    site.add_charger("garage", charger.url)
    charger.fail(FaultKind.NOT_FOUND)
    try:
        done = site.command("check")
    finally:
        charger.heal()
    assert done.status == 1
    assert "HTTP 404" in done.stdout
    assert "everything works" not in done.stdout


def test_a_dead_database_is_told(site: Site, charger: SimulatedCharger) -> None:
    """No connection to the database fails the check and names its address."""
    url = f"http://127.0.0.1:{free_port()}"
    site.add_charger("garage", charger.url)
    site.influx.append({"name": "home", "url": url, "bucket": "any"})
    done = site.command("check")
    assert done.status == 1
    line = _line(done, "FAIL  sink home")
    assert url in line
    assert "refused" in line


def test_a_wrong_database_token_is_told_without_it(site: Site, charger: SimulatedCharger) -> None:
    """Even a server that repeats the token in its answer does not bring it onto the screen."""

    def answer(asked: Asked) -> Reply:
        words = {"code": "unauthorized", "message": f"unauthorized access with {asked.authorization}"}
        return Reply(401, json.dumps(words))

    site.secrets["INFLUX_TOKEN"] = "influx-token-that-nobody-may-read"
    site.add_charger("garage", charger.url)
    with HttpServer(answer) as server:
        site.influx.append({"name": "home", "url": server.url, "bucket": "any", "token_env": "INFLUX_TOKEN"})
        done = site.command("check")
    assert done.status == 1
    line = _line(done, "FAIL  sink home")
    assert "answered 401: unauthorized access" in line
    assert "Check the token" in line


def test_a_data_dir_that_cannot_be_is_told(site: Site, charger: SimulatedCharger) -> None:
    """A data_dir below an ordinary file can never be made: `check` says so, and `run` says the same and ends."""
    site.add_charger("garage", charger.url)
    site.data_dir.write_text("an ordinary file", encoding="utf-8")
    done = site.command("check")
    assert done.status == 1
    assert "cannot be made or written" in _line(done, "FAIL  data_dir")
    refused = site.command("run")
    assert refused.status == 1
    assert "set another `data_dir`" in refused.stderr
