from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site, settled_at

POWER = ["charger", "measure", "start_at", "end_at", "power_w", "source"]
SESSIONS = ["charger", "session_id", "connector_id", "started_at", "ended_at", "energy_wh", "meter_start_wh"]
SESSIONS += ["meter_stop_wh", "max_power_w", "id_token", "stop_reason", "flags"]


@pytest.fixture
def filled(site: Site, charger: SimulatedCharger) -> Site:
    """Return a site with two names for one charger, all history fetched."""
    site.add_charger("garage", charger.url)
    site.add_charger("carport", charger.url)
    assert site.command("backfill", "--until-complete").status == 0
    return site


def test_columns_and_times_are_the_published_ones(filled: Site) -> None:
    """The published columns come first, in order; times are UTC with Z, and local ones stand at the end."""
    for what, columns in (("power", POWER), ("sessions", SESSIONS)):
        rows = filled.export(what)
        assert rows
        names = list(rows[0])
        assert names[: len(columns)] == columns
        assert all(name.endswith("_local") for name in names[-2:])
        for row in rows:
            for name in (name for name in names if name.endswith("_at") and row[name]):
                assert row[name].endswith("Z")
                local = datetime.fromisoformat(row[name]).astimezone(ZoneInfo("Europe/Zurich"))
                assert row[name.removesuffix("_at") + "_local"] == f"{local:%Y-%m-%d %H:%M:%S}"


def test_a_span_and_a_charger_are_cut_out(filled: Site) -> None:
    """`--from` is included, `--to` is not, and `--charger` leaves out the others; nothing comes twice."""
    to_at = settled_at() - timedelta(hours=12)
    from_at = to_at - timedelta(hours=24)
    rows = filled.export(
        "power", "--charger", "carport", "--from", from_at.isoformat(), "--to", f"{to_at:%Y-%m-%dT%H:%M:%SZ}"
    )
    assert {row["charger"] for row in rows} == {"carport"}
    starts = sorted(row["start_at"] for row in rows if row["measure"] == "cluster")
    assert len(starts) == len(set(starts)) == 288
    assert starts[0] == f"{from_at:%Y-%m-%dT%H:%M:%SZ}"
    assert starts[-1] < f"{to_at:%Y-%m-%dT%H:%M:%SZ}"


def test_a_date_means_midnight_of_the_site(filled: Site) -> None:
    """`--from` and `--to` without a zone are the site's own days, as on the page."""
    zone = ZoneInfo("Europe/Zurich")
    today = settled_at().astimezone(zone).replace(hour=0, minute=0)
    yesterday = (today - timedelta(hours=12)).replace(hour=0)
    rows = filled.export("power", "--from", f"{yesterday:%Y-%m-%d}", "--to", f"{today:%Y-%m-%d}")
    starts = sorted(row["start_at"] for row in rows)
    assert starts[0] == f"{yesterday.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert {row["start_local"][:10] for row in rows} == {f"{yesterday:%Y-%m-%d}"}


@pytest.mark.parametrize("what", ["power", "sessions"])
def test_json_lines_hold_the_same_rows_as_csv(filled: Site, what: str) -> None:
    """A line of JSON lines is an object with the columns of CSV, typed, without the local times."""
    done = filled.command("export", what, "--format", "jsonl")
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    rows = list(csv.DictReader(filled.command("export", what).stdout.splitlines()))
    assert len(objects) == len(rows) > 0
    for one, row in zip(objects, rows, strict=True):
        assert list(one) == [name for name in row if not name.endswith("_local")]
        for name, value in one.items():
            shown = " ".join(value) if isinstance(value, list) else "" if value is None else str(value)
            assert row[name] == shown


def test_a_reader_that_has_enough_ends_it_quietly(filled: Site) -> None:
    """Piped into `head`, the export ends without a trace."""
    with filled.start("export", "power", wrapper=["sh", "-c", '"$@" | head -n 1', "sh"]) as export:
        assert export.wait() == 0
    assert export.stdout.startswith("charger,measure,")
    assert export.stdout.count("\n") == 1
    assert export.stderr == ""


def test_without_a_store_the_way_to_one_is_named(site: Site, charger: SimulatedCharger) -> None:
    """Before the first `run` there is nothing to export or verify, and the sentence says what to start."""
    site.add_charger("garage", charger.url)
    for command in (("export", "power"), ("verify",)):
        done = site.command(*command)
        assert (done.status, done.stdout) == (1, "")
        assert "there is no store yet. Start `chargebridge run`" in done.stderr
