from __future__ import annotations

import base64
import hashlib
import re
import signal
import socket
import threading
from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

from adapters.etrel.simulator import FaultKind, SimulatorOptions
from tests.journey.blackhole import blackhole
from tests.journey.bridge_process import BridgeProcess
from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site
from tests.journey.waiting import eventually

STOP_LIMIT_S = 2.0
_WEBSOCKET = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""[spec: RFC 6455]"""


def _read_at(bridge: BridgeProcess, polls: int) -> datetime:
    """Wait for so many polls and return when the charger was heard last."""
    eventually(lambda: bridge.charger("garage")["polls"] >= polls, f"{polls} polls")
    return datetime.fromisoformat(bridge.charger("garage")["last_heard_at"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_quick_and_loses_no_reading(site: Site, charger: SimulatedCharger, number: signal.Signals) -> None:
    """After SIGTERM or SIGINT the status is 0 and the readings that were still gathering are on disk."""
    site.add_charger("garage", charger.url)
    with site.start() as bridge:
        read_at = _read_at(bridge, 3)
        status, took_s = bridge.stop(number)
    assert (status, took_s < STOP_LIMIT_S) == (0, True), took_s
    with site.store() as store:
        kept = [
            row.at for row in store.readings("garage", read_at - timedelta(minutes=1), read_at + timedelta(hours=1))
        ]
    assert read_at in kept
    assert len(kept) >= 3


def test_a_stop_during_the_start_is_a_clean_one(site: Site, charger: SimulatedCharger) -> None:
    """Stopped as soon as it has taken its folder, before there is a page, `run` ends with status 0."""
    site.add_charger("garage", charger.url)
    with site.start() as bridge:
        eventually((site.data_dir / "chargebridge.lock").exists, "its lock")
        status, took_s = bridge.stop()
    assert (status, took_s < STOP_LIMIT_S) == (0, True), took_s


def test_a_stop_waits_for_nobody_that_hangs(site: Site, charger: SimulatedCharger) -> None:
    """A charger and a database that never answer, and a browser that never reads, do not hold up the stop."""
    with SimulatedCharger(SimulatorOptions(days=1, seed=2)) as hanging, blackhole() as database:
        hanging.fail(FaultKind.SLOW, delay_s=600)
        site.influx.append({"name": "dead", "url": database, "bucket": "any"})
        site.add_charger("garage", charger.url, days=5)
        site.add_charger("carport", hanging.url)
        with site.start() as bridge, socket.socket() as browser:
            read_at = _read_at(bridge, 2)
            eventually(lambda: hanging.asked("/api/generalStatus"), "the question that hangs")
            eventually(site.is_complete_for("garage"), "the other one's history")
            browser.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            page = urlsplit(bridge.page_url())
            browser.connect((page.hostname, page.port))
            path = "/api/v1/power?format=csv&from=2020-01-01"
            browser.sendall(f"GET {path} HTTP/1.1\r\nHost: {page.netloc}\r\n\r\n".encode())
            status, took_s = bridge.stop()
    assert (status, took_s < STOP_LIMIT_S) == (0, True), took_s
    with site.store() as store:
        assert read_at in [row.at for row in store.readings("garage", read_at, read_at + timedelta(hours=1))]


def _freeze(listener: socket.socket, told: threading.Event, over: threading.Event) -> None:
    """Take a station's websocket, hear its first words, and then neither read nor close."""
    with suppress(OSError):
        line, _ = listener.accept()
        with line:
            head = b""
            while b"\r\n\r\n" not in head:
                head += line.recv(4096)
            key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)
            assert key is not None
            accept = base64.b64encode(hashlib.sha1(key[1] + _WEBSOCKET, usedforsecurity=False).digest()).decode()
            answer = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
            answer += [f"Sec-WebSocket-Accept: {accept}", "Sec-WebSocket-Protocol: ocpp1.6", "", ""]
            line.sendall("\r\n".join(answer).encode())
            line.recv(1)
            told.set()
            over.wait(30.0)


def test_a_stop_waits_for_no_central_system(site: Site, charger: SimulatedCharger) -> None:
    """One that takes connections and answers none, and one that answers no close, do not hold up the stop."""
    told, over = threading.Event(), threading.Event()
    with blackhole() as deaf, socket.socket() as frozen:
        frozen.bind(("127.0.0.1", 0))
        frozen.listen(1)
        urls = {"deaf": deaf.replace("http", "ws"), "frozen": f"ws://127.0.0.1:{frozen.getsockname()[1]}"}
        ocpp = [{"name": name, "url": url, "identity": name} for name, url in urls.items()]
        site.add_charger("garage", charger.url, ocpp=ocpp)
        freezing = threading.Thread(target=_freeze, args=(frozen, told, over), daemon=True)
        freezing.start()
        with site.start() as bridge:
            read_at = _read_at(bridge, 3)
            assert told.wait(10.0)
            status, took_s = bridge.stop()
        over.set()
        freezing.join()
    assert (status, took_s < STOP_LIMIT_S) == (0, True), took_s
    with site.store() as store:
        assert read_at in [row.at for row in store.readings("garage", read_at, read_at + timedelta(hours=1))]


def test_a_stop_in_the_middle_of_a_backfill_keeps_what_was_fetched(site: Site) -> None:
    """Stopped while it fills, `run` has kept the windows it had, and the next start fetches only the others."""
    with SimulatedCharger(SimulatorOptions(days=200, seed=5, autonomous=False)) as charger:
        site.add_charger("garage", charger.url, days=200)
        with site.start() as bridge:
            progress = eventually(lambda: (bridge.charger("garage")["backfill"] or {}).get("done"), "some progress")
            status, took_s = bridge.stop()
        assert (status, took_s < STOP_LIMIT_S) == (0, True), took_s
        found = site.verify()
        assert found["complete"] is False
        held = sum(series["present"] + series["not_to_be_had"] for series in found["series"])
        assert held >= progress
        asked = charger.asked("/api/powerProfile")
        assert site.command("backfill", "--until-complete").status == 0
        assert charger.asked("/api/powerProfile") - asked <= 202 - progress // (3 * 288)
