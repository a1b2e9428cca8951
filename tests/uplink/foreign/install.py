"""Finds Node and puts the npm package that the foreign central system needs beside it, once."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
INSTALL_LIMIT_S = 120.0
_TRY_AGAIN_S = 0.1
_OLDEST_NODE = 18
_STAMP = ".installed"
_NPM = ("install", "--no-package-lock", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts")
_PATIENCE = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=20000")


@dataclass(frozen=True, slots=True)
class Found:
    """What is there to run the foreign central system with."""

    node: Path | None
    reason: str = ""
    """why there is none"""
    is_fault: bool = False
    """whether the tests must fail because of it, instead of being skipped"""


def node() -> Path:
    """Return the `node` to run; skip the test where there is none, fail it in CI where installing failed."""
    found = _found_once()
    if found.node is not None:
        return found.node
    if found.is_fault:
        pytest.fail(found.reason, pytrace=False)
    pytest.skip(found.reason)


@functools.cache
def _found_once() -> Found:
    return find(FOLDER, os.environ.get("PATH", ""), in_ci=bool(os.environ.get("CI")))


def find(folder: Path, path: str, *, in_ci: bool, limit_s: float = INSTALL_LIMIT_S) -> Found:
    """Look for Node on `path`; install what `folder`/package.json names unless that was done.

    Processes that come at the same time wait for the first. In CI, where Node is there, a failing install is a fault.
    """
    found = shutil.which("node", path=path)
    if found is None:
        return Found(None, "the foreign central system cannot be run: Node is not installed")
    version = _major_version(Path(found))
    if version < _OLDEST_NODE:
        return Found(None, f"the foreign central system needs Node {_OLDEST_NODE} or newer, this one is {version}")
    try:
        with _alone(folder, limit_s):
            problem = _install(folder, path, limit_s)
    except TimeoutError:
        problem = f"another process has been installing for more than {limit_s:g} s"
    if problem is not None:
        return Found(None, f"the foreign central system cannot be run: {problem}", is_fault=in_ci)
    return Found(Path(found))


def _major_version(found: Path) -> int:
    """Return 20 for v20.1.0; 0 for a program that does not say."""
    try:
        asked = subprocess.run([found, "--version"], check=False, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    first = asked.stdout.strip().removeprefix("v").partition(".")[0]
    return int(first) if first.isascii() and first.isdigit() else 0


@contextlib.contextmanager
def _alone(folder: Path, limit_s: float) -> Iterator[None]:
    """Hold the folder's lock, which also the death of its holder releases."""
    until_s = time.monotonic() + limit_s
    with (folder / "package.json").open("rb") as held:
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until_s:
                    raise TimeoutError from None
                time.sleep(_TRY_AGAIN_S)
        yield


def _install(folder: Path, path: str, limit_s: float) -> str | None:
    """Install unless the stamp, which is written last, tells of this very package.json; return the problem."""
    wanted = (folder / "package.json").read_bytes()
    modules = folder / "node_modules"
    stamp = modules / _STAMP
    if stamp.is_file() and stamp.read_bytes() == wanted:
        return None
    npm = shutil.which("npm", path=path)
    if npm is None:
        return "npm is not installed"
    shutil.rmtree(modules, ignore_errors=True)
    try:
        done = subprocess.run(
            [npm, *_NPM, *_PATIENCE],
            check=False,
            cwd=folder,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_s,
        )
    except subprocess.TimeoutExpired:
        return f"npm install was not done after {limit_s:g} s"
    if done.returncode != 0:
        return f"npm install failed: {done.stderr.strip()[-500:]}"
    modules.mkdir(exist_ok=True)
    stamp.write_bytes(wanted)
    return None
