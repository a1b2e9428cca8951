from __future__ import annotations

import re
from datetime import timedelta

import pytest

from adapters.etrel.simulator import FaultKind, SimulatorOptions
from bridge.types.journal import EntryKind
from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site, energies_mwh, kept_energies_mwh, settled_at
from tests.journey.waiting import eventually

STATUS = "/api/generalStatus"
SESSIONS = "/api/chargingSession"
PROFILE = "/api/powerProfile"


def _assert_whole(site: Site, charger: SimulatedCharger) -> None:
    """Nothing is missing, and sessions and power are those of the charger's own history."""
    until_at = settled_at()
    assert site.verify()["complete"] is True
    assert kept_energies_mwh(site.export("sessions")) == energies_mwh(charger.log())
    from_at = until_at - timedelta(days=1)
    rows = site.export("power", "--from", from_at.isoformat(), "--to", until_at.isoformat())
    kept = {row["start_at"]: float(row["power_w"]) for row in rows if row["measure"] == "building"}
    own = charger.profile("building", from_at, until_at)
    assert kept.keys() == own.keys()
    assert all(abs(kept[start] - own_kw * 1000) < 0.01 for start, own_kw in own.items())


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        (FaultKind.UNAUTHORIZED, r"HTTP 401.*Put a new token there"),
        (FaultKind.SERVER_ERROR, r"HTTP 500"),
        (FaultKind.NOT_FOUND, r"not known there \(HTTP 404\).*Check that an Etrel charger answers"),
        (FaultKind.TRUNCATED, r"cut off|ended"),
        (FaultKind.INVALID_JSON, r"cannot be read"),
        (FaultKind.HTML, r"web page instead of JSON.*check `url`"),
        (FaultKind.RESET, r"broke|reset"),
    ],
)
def test_a_bad_status_answer_is_told_and_then_forgotten(
    site: Site, charger: SimulatedCharger, kind: FaultKind, seen: str
) -> None:
    """The log names charger, line, what was seen and when it is asked again; afterwards all is whole."""
    site.add_charger("garage", charger.url, days=6)
    charger.fail(kind, path=STATUS)
    with site.start() as bridge:
        told = bridge.said(rf"WARNING garage \(config\.yaml:\d+\): .*({seen}).*$")[0]
        assert re.search(r"asked (for )?again in \d+ s; the others are not affected\.$", told)
        charger.heal()
        bridge.said("garage: answers again")
        eventually(site.is_complete, "the history, asked for again by itself")
        assert bridge.charger("garage")["error"] is None
        assert bridge.stop()[0] == 0
    _assert_whole(site, charger)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (SESSIONS, FaultKind.SERVER_ERROR),
        (SESSIONS, FaultKind.TRUNCATED),
        (SESSIONS, FaultKind.INVALID_JSON),
        (PROFILE, FaultKind.UNAUTHORIZED),
        (PROFILE, FaultKind.TRUNCATED),
        (PROFILE, FaultKind.HTML),
    ],
)
def test_a_bad_history_answer_leaves_a_hole_that_is_filled(site: Site, path: str, kind: FaultKind) -> None:
    """While the history is unreadable the backfill says so and ends with 1; once healed it completes."""
    with SimulatedCharger(SimulatorOptions(days=1, seed=5, autonomous=False)) as charger:
        site.add_charger("garage", charger.url, days=2)
        charger.fail(kind, path=path)
        failed = site.command("backfill")
        assert failed.status == 1
        assert path in failed.stderr
        assert "garage (config.yaml:" in failed.stderr
        assert "not complete" in failed.stdout
        charger.heal()
        assert site.command("backfill", "--until-complete").status == 0
        _assert_whole(site, charger)


def test_a_log_that_changes_between_two_pages_is_read_whole(site: Site) -> None:
    """A session that begins while the second page is asked for stands on the first by then, and is read too."""
    with SimulatedCharger(SimulatorOptions(days=80, seed=6, connectors=2, autonomous=False)) as charger:
        before = len(charger.log())
        assert before > 100, "one page is not enough"
        site.add_charger("garage", charger.url, days=81)
        charger.fail(FaultKind.SHIFTED_PAGE, times=1, path=SESSIONS)
        assert site.command("backfill", "--until-complete").status == 0
        assert len(charger.log()) == before + 1, "the log has changed on the way"
        _assert_whole(site, charger)


def test_an_unknown_status_word_is_told_and_not_guessed(site: Site, charger: SimulatedCharger) -> None:
    """The page shows the charger's own word, the log names it once, and everything else is read."""
    site.add_charger("garage", charger.url, days=6)
    charger.fail(FaultKind.UNKNOWN_STATUS, path=STATUS, word="Levitating")
    with site.start() as bridge:
        bridge.said("WARNING garage: .*Levitating")
        connector = bridge.charger("garage")["connectors"][0]
        assert (connector["status"], connector["status_raw"]) == (None, "Levitating")
        assert connector["power_w"] == 0
        assert "«Levitating» is not known" in bridge.charger("garage")["sentence"]
        charger.heal()
        eventually(lambda: bridge.charger("garage")["connectors"][0]["status"] == "Available", "a known word")
        assert bridge.stderr.count("Levitating") == 1
        assert bridge.stop()[0] == 0
    with site.store() as store:
        states = [entry.body for entry in store.journal(0, 1000) if entry.kind is EntryKind.STATUS]
    assert [(body["status"], body["raw"]) for body in states] == [(None, "Levitating"), ("Available", "Available")]


def test_a_register_that_falls_to_zero_is_no_consumption(site: Site, charger: SimulatedCharger) -> None:
    """After a reboot the session register says nothing until it passes its old height; the meter closes the session."""
    site.add_charger("garage", charger.url, days=6)

    def register_wh() -> float:
        return bridge.charger("garage")["connectors"][0]["session_energy_wh"] or 0.0

    with site.start() as bridge:
        eventually(lambda: bridge.charger("garage")["connectors"], "the first answer")
        charger.control("plug_in", power_w=22_000)
        charger.control("swipe")
        before_wh = eventually(lambda: register_wh() if register_wh() > 30 else None, "a register of many polls")
        charger.control("reboot")
        eventually(lambda: _entries(site, EntryKind.REGISTER_RESET), "the fall in the journal")
        assert bridge.charger("garage")["connectors"][0]["session_energy_wh"] is None
        charger.control("stop")
        running = str(charger.log()[0]["chargingSessionId"])
        eventually(lambda: running in kept_energies_mwh(site.export("sessions")), "the session's end", 30)
        assert bridge.stop()[0] == 0
    fall = _entries(site, EntryKind.REGISTER_RESET)[0]
    assert fall["before_wh"] >= before_wh > fall["after_wh"] >= 0
    last = site.export("sessions")[-1]
    assert last["session_id"] == running
    start_mwh, stop_mwh = energies_mwh(charger.log())[running]
    assert round(float(last["energy_wh"]) * 1000) == stop_mwh - start_mwh > 5000


def _entries(site: Site, kind: EntryKind) -> list[dict[str, float]]:
    with site.store() as store:
        return [entry.body for entry in store.journal(0, 1000) if entry.kind is kind]


def test_a_login_that_runs_out_is_renewed_unnoticed(site: Site) -> None:
    """A token good for five requests costs a login now and then, and neither a failed poll nor a row."""
    options = SimulatorOptions(
        days=5, seed=3, autonomous=False, email="me@example.org", password="pass phrase", token_lifetime_requests=5
    )
    with SimulatedCharger(options) as charger:
        site.secrets["GARAGE_PASSWORD"] = "pass phrase"
        login = {"email": "me@example.org", "password_env": "GARAGE_PASSWORD"}
        site.add_charger("garage", charger.url, days=6, token_env=None, login=login)
        del site.chargers[0]["token_env"]
        with site.start() as bridge:
            eventually(site.is_complete, "all history")
            eventually(lambda: bridge.charger("garage")["polls"] >= 3, "three polls")
            assert charger.asked("/api/webOperatorLogin") >= 2
            card = bridge.charger("garage")
            assert (card["failures"], card["error"], card["backfill_error"]) == ({}, None, None)
            assert bridge.stop()[0] == 0
            assert "pass phrase" not in bridge.stderr
        _assert_whole(site, charger)
