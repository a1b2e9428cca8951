from __future__ import annotations

import base64
import re
from http import HTTPStatus
from typing import Any

import pytest

from adapters.etrel.simulator import SimulatorOptions
from bridge.store.sqlite import DataDirLock
from tests.commands.central_system import CentralSystem
from tests.journey.bridge_process import Done
from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site
from tests.journey.waiting import eventually
from tests.sinks.victoria import free_port

STATION = r"garage → employer \(config\.yaml:\d+\)"
PASSWORD = "employers-password-that-nobody-may-read"


def add_station(site: Site, url: str, name: str = "employer", **more: Any) -> None:
    """Tell the only charger to a central system."""
    entry = {"name": name, "url": url, "identity": f"GARAGE-{len(name)}", **more}
    site.chargers[0].setdefault("ocpp", []).append(entry)


def lines_of(done: Done, beginning: str) -> list[str]:
    """Return the lines of the output that begin like this (a pattern)."""
    return [line for line in done.stdout.splitlines() if re.match(beginning, line)]


def test_a_station_connects_and_says_nothing(site: Site, charger: SimulatedCharger) -> None:
    """The line says what the central system took; it was told nothing, and the connection was closed in order."""
    site.secrets["EMPLOYER_PASSWORD"] = PASSWORD
    site.add_charger("garage", charger.url)
    with CentralSystem(asks='[2,"1","GetConfiguration",{}]') as employer:
        add_station(site, employer.url, security_profile=1, password_env="EMPLOYER_PASSWORD")
        done = site.command("check")
        (visit,) = employer.visits
        eventually(lambda: visit.close_code is not None, "the end of the connection", 5.0)
    assert (done.status, done.stderr) == (0, "")
    (line,) = lines_of(done, f"ok    {STATION}")
    assert line.endswith(": connects, takes ocpp1.6 and the password")
    assert "1 charger, 1 OCPP station, 0 InfluxDB" in done.stdout.splitlines()[0]
    assert (visit.path, visit.said, visit.close_code) == ("/ocpp/GARAGE-8", [], 1001)
    shown = base64.b64decode(visit.authorization.removeprefix("Basic ")).decode()
    assert shown == f"GARAGE-8:{PASSWORD}"
    assert not site.data_dir.exists(), "checking begins nothing"


@pytest.mark.parametrize("speaks", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
def test_the_version_that_was_taken_is_told(speaks: str, site: Site, charger: SimulatedCharger) -> None:
    """With auto it is the central system's pick."""
    site.add_charger("garage", charger.url)
    with CentralSystem(speaks=speaks) as employer:
        add_station(site, employer.url, version="auto")
        done = site.command("check")
    (line,) = lines_of(done, f"ok    {STATION}")
    assert line.endswith(f": connects, takes {speaks}")


def test_every_station_of_a_charger_is_tried(site: Site, charger: SimulatedCharger) -> None:
    """One that cannot be reached hides no other; the status is 1, and the line names place and address."""
    port = free_port()
    site.add_charger("garage", charger.url)
    with CentralSystem() as refund:
        add_station(site, f"ws://127.0.0.1:{port}/ocpp")
        add_station(site, refund.url, "refund")
        done = site.command("check")
    assert done.status == 1
    (line,) = lines_of(done, f"FAIL  {STATION}")
    assert f"nothing answers at 127.0.0.1:{port}" in line
    (line,) = lines_of(done, r"ok    garage → refund \(")
    assert line.endswith(": connects, takes ocpp1.6")
    assert done.stdout.splitlines()[-1].startswith("something does not work yet")


def test_a_station_is_tried_also_where_its_charger_is_dead(site: Site) -> None:
    """Charger and central system are two things, and each has its lines."""
    site.add_charger("garage", f"http://127.0.0.1:{free_port()}")
    with CentralSystem() as employer:
        add_station(site, employer.url)
        done = site.command("check")
    assert done.status == 1
    assert len(lines_of(done, f"ok    {STATION}: connects")) == 1


@pytest.mark.parametrize(
    ("central_system", "seen"),
    [
        ({"refuses_with": HTTPStatus.UNAUTHORIZED}, "it refused the password (HTTP 401). Check the password"),
        ({"refuses_with": HTTPStatus.NOT_FOUND}, "it does not know «GARAGE-8» or has no OCPP at this url (HTTP 404)"),
        ({"speaks": "ocpp2.0.1"}, "chose no subprotocol, where ocpp1.6 was offered"),
        ({"closes_with": (1008, "unknown station")}, "it closed the connection (code 1008, «unknown station»)"),
    ],
    ids=["401", "404", "another version", "closed at once"],
)
def test_a_refusal_is_told_with_its_reason(
    central_system: dict[str, Any], seen: str, site: Site, charger: SimulatedCharger
) -> None:
    """What is wrong is said in words, the password in none of them; also where the door opens only to be shut."""
    site.secrets["EMPLOYER_PASSWORD"] = PASSWORD
    site.add_charger("garage", charger.url)
    with CentralSystem(**central_system) as employer:
        add_station(site, employer.url, security_profile=1, password_env="EMPLOYER_PASSWORD")
        done = site.command("check")
    assert done.status == 1
    (line,) = lines_of(done, f"FAIL  {STATION}")
    assert seen in line


def test_a_station_that_runs_is_left_alone(site: Site, charger: SimulatedCharger) -> None:
    """While `run` uses the data_dir a second connection would push its station out; that is no failure."""
    site.add_charger("garage", charger.url)
    with CentralSystem() as employer:
        add_station(site, employer.url)
        lock = DataDirLock(site.data_dir)
        try:
            done = site.command("check")
            assert employer.visits == []
        finally:
            lock.release()
        assert done.status == 0
        (line,) = lines_of(done, f"note  {STATION}")
        assert "not tried: another `chargebridge run` already uses this data_dir" in line
        assert len(lines_of(site.command("check"), f"ok    {STATION}")) == 1, "a lock that nobody holds is none"


def test_a_charger_that_reports_itself_holds_its_station(site: Site) -> None:
    """The note names what to do; a station told to connect all the same has none."""
    with SimulatedCharger(SimulatorOptions(days=1, central_system="Online")) as charger, CentralSystem() as employer:
        site.add_charger("garage", charger.url, days=1)
        add_station(site, employer.url)
        add_station(site, employer.url, "refund", although_charger_reports=True)
        done = site.command("check")
    assert done.status == 0
    (line,) = lines_of(done, f"note  {STATION}")
    assert "`run` will not connect it while the charger itself reports to a central system (Online)" in line
    assert "set although_charger_reports: true" in line
    assert lines_of(done, "note  garage → refund") == []


@pytest.mark.parametrize(
    ("vendor", "control", "seen"),
    [
        ("go-e", True, "«employer» has control and can start, stop, limit the current and restart it"),
        ("go-e", False, "a central system with control: true could start, stop, limit the current and restart it"),
        ("etrel", True, "«employer» has control and can restart it"),
    ],
)
def test_a_note_says_what_control_means(vendor: str, control: bool, seen: str, site: Site) -> None:  # noqa: FBT001 -- a parameter of the table
    """What a central system can do depends on the charger, and nobody should find out by trying."""
    site.add_charger("garage", f"http://127.0.0.1:{free_port()}", type=vendor)
    with CentralSystem() as employer:
        add_station(site, employer.url, control=control)
        done = site.command("check")
    (line,) = lines_of(done, r"note  garage \(")
    assert line.endswith(seen)
