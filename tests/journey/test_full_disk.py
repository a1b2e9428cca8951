from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from adapters.etrel.simulator import SimulatorOptions
from bridge.types.journal import EntryKind
from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site
from tests.journey.waiting import eventually

_MOUNT = 'mount -t tmpfs -o size=4m tmpfs "$0" && head -c 2500000 /dev/zero >"$0/other" && exec "$@"'


def _may_mount() -> bool:
    """Tell whether this user may have a file system of its own, seen by nobody else."""
    if shutil.which("unshare") is None:
        return False
    probe = ["unshare", "--mount", "--map-root-user", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def _fill(path: Path) -> None:
    """Take what space is left, to the last page."""
    with path.open("wb", buffering=0) as rest, contextlib.suppress(OSError):
        while True:
            rest.write(bytes(4096))


def test_a_full_disk_is_told_and_what_was_read_is_kept_once_there_is_room(site: Site) -> None:
    """On a file system without room polling and page go on, the page says why, and the readings are kept in the end."""
    if not _may_mount():
        pytest.skip("this user may not mount a small file system of its own (unshare --mount --map-root-user)")
    site.data_dir.mkdir()
    with SimulatedCharger(SimulatorOptions(days=2, seed=1, autonomous=False)) as charger:
        site.add_charger("garage", charger.url, days=2)
        wrapper = ["unshare", "--mount", "--map-root-user", "sh", "-c", _MOUNT, str(site.data_dir)]
        with site.start(wrapper=wrapper) as bridge:
            eventually(lambda: bridge.charger("garage")["measures"], "the history")
            eventually(lambda: bridge.charger("garage")["backfill"] is None, "the end of the backfill")
            inside = Path(f"/proc/{bridge.pid}/root{site.data_dir}")
            _fill(inside / "rest")
            polls = bridge.charger("garage")["polls"]
            charger.control("plug_in")
            told = bridge.said(r"chargebridge\.sqlite: the disk is full.*$")[0]
            assert "Free some space" in told
            assert "Polling goes on" in told
            eventually(lambda: "the disk is full" in bridge.get("/health")["notes"].get("store", ""), "the note")
            eventually(lambda: bridge.charger("garage")["connectors"][0]["status"] == "Preparing", "the new state")
            eventually(lambda: bridge.charger("garage")["polls"] > polls, "further polls")
            (inside / "other").unlink()
            (inside / "rest").unlink()
            kept_open = os.open(inside, os.O_RDONLY)  # the file system lives on until this is closed
            try:
                assert bridge.stop()[0] == 0
                shutil.copytree(f"/proc/self/fd/{kept_open}", site.data_dir, dirs_exist_ok=True)
            finally:
                os.close(kept_open)
        with site.store() as store:
            states = [entry.body["status"] for entry in store.journal(0, 10_000) if entry.kind is EntryKind.STATUS]
        assert states[-1] == "Preparing", "a change of state that nobody could fetch again was not lost"
        assert site.command("backfill", "--until-complete").status == 0
        assert site.is_complete()
