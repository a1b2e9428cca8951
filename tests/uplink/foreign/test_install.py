from __future__ import annotations

import concurrent.futures
from pathlib import Path

import pytest

from tests.uplink.foreign.install import Found, find

COUNTED = "echo once >>calls\nmkdir -p node_modules\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "foreign"
    made.mkdir()
    (made / "package.json").write_text('{"dependencies": {"it": "1.0.0"}}')
    return made


def _program(tmp_path: Path, name: str, script: str) -> str:
    """Put a program of that name into a folder and return the folder, which is a whole PATH but for /bin."""
    path = tmp_path / "programs"
    path.mkdir(exist_ok=True)
    (path / name).write_text(f"#!/bin/sh\nPATH=$PATH:/usr/bin:/bin\n{script}")
    (path / name).chmod(0o755)
    return str(path)


def _calls(folder: Path) -> int:
    return len((folder / "calls").read_text().splitlines())


def test_without_node_the_tests_are_skipped_even_in_ci(folder: Path, tmp_path: Path) -> None:
    """A machine without Node is no fault, and nothing is installed."""
    found = find(folder, str(tmp_path), in_ci=True)
    assert found == Found(None, "the foreign central system cannot be run: Node is not installed")


def test_an_old_node_is_named(folder: Path, tmp_path: Path) -> None:
    """A Node that ocpp-rpc does not run on is said to be too old."""
    found = find(folder, _program(tmp_path, "node", "echo v16.20.0"), in_ci=True)
    assert found == Found(None, "the foreign central system needs Node 18 or newer, this one is 16")


@pytest.mark.parametrize("in_ci", [False, True])
def test_a_failing_install_is_a_fault_in_ci_only(folder: Path, tmp_path: Path, *, in_ci: bool) -> None:
    """Without a network the tests are skipped at home and fail in CI; what npm said is told, and it is tried again."""
    path = _program(tmp_path, "node", "echo v20.1.0")
    missing = find(folder, path, in_ci=in_ci)
    assert missing == Found(None, "the foreign central system cannot be run: npm is not installed", is_fault=in_ci)
    _program(tmp_path, "npm", f"{COUNTED}echo no network >&2\nexit 1\n")
    failed = find(folder, path, in_ci=in_ci)
    assert failed == Found(
        None, "the foreign central system cannot be run: npm install failed: no network", is_fault=in_ci
    )
    _program(tmp_path, "npm", COUNTED)
    assert find(folder, path, in_ci=in_ci) == Found(Path(path) / "node")
    assert _calls(folder) == 2


def test_an_install_that_does_not_end_is_given_up(folder: Path, tmp_path: Path) -> None:
    """There is a limit for npm, and what it left is not taken for a finished install."""
    path = _program(tmp_path, "node", "echo v20.1.0")
    _program(tmp_path, "npm", f"{COUNTED}exec sleep 60")
    found = find(folder, path, in_ci=False, limit_s=0.5)
    assert found.reason == "the foreign central system cannot be run: npm install was not done after 0.5 s"
    _program(tmp_path, "npm", COUNTED)
    assert find(folder, path, in_ci=False).node is not None


def test_it_is_installed_once_whoever_asks(folder: Path, tmp_path: Path) -> None:
    """Workers that start together install once; another package.json is installed anew."""
    path = _program(tmp_path, "node", "echo v20.1.0")
    _program(tmp_path, "npm", COUNTED)
    with concurrent.futures.ThreadPoolExecutor(8) as workers:
        found = list(workers.map(lambda _: find(folder, path, in_ci=True), range(8)))
    assert {one.node for one in found} == {Path(path) / "node"}
    assert _calls(folder) == 1
    (folder / "package.json").write_text('{"dependencies": {"it": "1.0.1"}}')
    assert find(folder, path, in_ci=True).node is not None
    assert _calls(folder) == 2
