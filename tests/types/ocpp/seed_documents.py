"""Finds the seed documents, and the outlines of them that a plain clone carries."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
OUTLINES = ROOT / "tests" / "fixtures" / "seeds"


def seed_document(number: str) -> str | None:
    """Return the text of a seed document, None where the folder of the seeds is not there."""
    folder = Path(os.environ.get("CHARGEBRIDGE_SEEDS") or ROOT.parent / "shared" / "seeds")
    for path in sorted(folder.glob(f"{number}_*.txt")):
        return path.read_text(encoding="utf-8")
    return None


def outline(name: str) -> Any:
    """Return the kept outline of a seed document: names, fields and words, none of its text."""
    return json.loads((OUTLINES / name).read_text(encoding="utf-8"))
