"""Reads the samples of the central system's notes: JSON as a person writes it, with comments and placeholders."""

from __future__ import annotations

import json
import re
from typing import Any

_COMMENT = re.compile(r"\s//[^\n]*")
_PLACEHOLDERS = {r"DateTime\[[\d.]+\]": '"2023-09-14T00:00:00Z"', r"\bdecimal\b": "0.1"}
_UNCLOSED = re.compile(r'"(\w+): \[')
_TRAILING = re.compile(r",(\s*[}\]])")


def parse(document: str) -> list[Any]:
    """Return the samples in their order; each starts and ends at the edge of the page."""
    found: list[Any] = []
    block = ""
    for line in document.splitlines():
        if block or line.startswith("{"):
            block += line + "\n"
            if line.startswith("}") or line.endswith("]}"):
                found.append(_json(block))
                block = ""
    return found


def _json(text: str) -> Any:
    text = _COMMENT.sub("", text).replace("'", '"')
    for pattern, value in _PLACEHOLDERS.items():
        text = re.sub(pattern, value, text)
    return json.loads(_TRAILING.sub(r"\1", _UNCLOSED.sub(r'"\1": [', text)))
