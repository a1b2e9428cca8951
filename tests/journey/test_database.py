from __future__ import annotations

import json
from collections import Counter

from tests.journey.blackhole import blackhole
from tests.journey.http_server import Asked, HttpServer, Reply
from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site, settled_at
from tests.journey.waiting import eventually

GOOD = "a-good-token-for-influx"
BAD = "a-bad-token-for-influx"


def _answer(asked: Asked) -> Reply:
    """Answer as InfluxDB does, and tell the token, as a careless server may."""
    if asked.authorization != f"Token {GOOD}":
        return Reply(401, json.dumps({"code": "unauthorized", "message": f"no access with {asked.authorization}"}))
    if asked.query["bucket"] != ["chargers"]:
        return Reply(
            404, json.dumps({"code": "not found", "message": f"bucket {asked.query['bucket'][0]!r} not found"})
        )
    return Reply(204)


def test_a_wrong_token_or_bucket_keeps_everything_until_it_is_put_right(site: Site, charger: SimulatedCharger) -> None:
    """The log says what to check and never the token; once it is right, every row is delivered."""
    site.add_charger("garage", charger.url, days=3)
    until_at = settled_at()
    with HttpServer(_answer) as server:
        sink = {"name": "home", "url": server.url, "org": "home", "bucket": "chargers", "token_env": "INFLUX_TOKEN"}
        site.secrets["INFLUX_TOKEN"] = BAD
        site.influx.append(sink)
        _assert_refused(site, "answered 401", "Check the token")
        site.secrets["INFLUX_TOKEN"] = GOOD
        sink["bucket"] = "chargres"
        _assert_refused(site, "answered 404: bucket 'chargres' not found", "Check url, org and bucket")
        assert all(_answer(asked).status != 204 for asked in server.asked)
        sink["bucket"] = "chargers"
        with site.start() as bridge:
            eventually(lambda: bridge.get("/health")["sinks"][0]["last_delivered_at"], "a first delivery")
            eventually(lambda: bridge.get("/health")["sinks"][0]["waiting"] == 0, "all delivered")
            assert bridge.stop()[0] == 0
        taken = Counter(line for a in server.asked if _answer(a).status == 204 for line in a.body.splitlines())
    rows = site.export("power", "--to", until_at.isoformat())
    assert len(rows) > 3 * 288 * 2
    for row in rows:
        prefix = f"charger_power,charger=garage,measure={row['measure']},site=home power_w={row['power_w']} "
        assert any(line.startswith(prefix) for line in taken)


def _assert_refused(site: Site, seen: str, todo: str) -> None:
    """Run until the refusal is told; everything else works meanwhile."""
    with site.start() as bridge:
        told = bridge.said(rf"ERROR   sink home \(http://[^)]*\): {seen}.*$")[0]
        assert todo in told
        assert "wait in the store and are delivered in order" in told
        eventually(site.is_complete, "all history")
        health = bridge.get("/health")
        assert (health["status"], seen in health["sinks"][0]["error"]) == ("degraded", True)
        status, took_s = bridge.stop()
        assert (status, took_s < 2) == (0, True), took_s
        assert not [secret for secret in (GOOD, BAD) if secret in bridge.stderr + json.dumps(health)]


def test_a_silent_database_holds_up_nothing(site: Site, charger: SimulatedCharger) -> None:
    """A database that never answers is told as such while polling and filling go on."""
    site.add_charger("garage", charger.url, days=3)
    with blackhole() as url:
        site.influx.append({"name": "dead", "url": url, "bucket": "any", "timeout": "1s"})
        with site.start() as bridge:
            eventually(site.is_complete, "all history")
            told = bridge.said(r"WARNING sink dead \(http://[^)]*\): no (whole )?answer.*$")[0]
            assert "journal entries wait in the store" in told
            assert bridge.charger("garage")["error"] is None
            assert bridge.stop()[0] == 0
