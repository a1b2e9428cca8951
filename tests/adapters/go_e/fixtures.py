"""Answers kept as files: `tests/fixtures/go_e/<model>_<firmware>_<scene>/<answer>.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "fixtures" / "go_e"


def body(scene: str, name: str = "status") -> bytes:
    """Return an answer exactly as it is kept."""
    return (FOLDER / scene / f"{name}.json").read_bytes()


def document(scene: str, name: str = "status") -> Any:
    """Return an answer as Python objects, for a test that changes one thing in it."""
    return json.loads(body(scene, name))


def encode(changed: object) -> bytes:
    """Return changed objects as an answer."""
    return json.dumps(changed).encode()
