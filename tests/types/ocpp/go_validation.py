"""Checks a payload as ocpp-go does: by the tags in the kept outline of its page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tests.types.ocpp.seed_documents import outline

_SEED: Final[dict[str, Any]] = outline("002_provisioning_block.json")
_WORDS = {sort.lower(): list(words.values()) for sort, words in _SEED["words"].items()}
"""of the validator that is called like its enum"""


def objections(struct: str, payload: dict[str, Any], path: str = "") -> Iterator[str]:
    """Yield what ocpp-go has against a payload; fields that it does not know it leaves alone, as Go's JSON does."""
    for name, field in _SEED["structs"][struct].items():
        value = payload.get(name)
        tags = field["validate"]
        here = f"{path}{name}"
        outer = tags[: tags.index("dive")] if "dive" in tags else tags
        if value in (None, "", [], {}):
            if "required" in outer:
                yield f"{here}: required"
            continue
        sort = field["sort"].removeprefix("*").removeprefix("[]")
        for item in value if isinstance(value, list) else [value]:
            if sort in _SEED["structs"]:
                yield from objections(sort, item, f"{here}.")
            yield from (f"{here}: {tag}" for tag in tags if item not in _WORDS.get(tag.lower(), [item]))
        yield from (f"{here}: {tag}" for tag in outer if not _passes(tag, value))


def _passes(tag: str, value: Any) -> bool:
    word, _, limit = tag.partition("=")
    match word:
        case "max":
            return len(value) <= int(limit)
        case "min":
            return len(value) >= int(limit)
        case "gte":
            return bool(value >= int(limit))
        case "url":
            return "://" in value
    return True
