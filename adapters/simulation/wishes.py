"""What the wishes of a person or a test have in common, whatever the charger."""

from __future__ import annotations

from collections.abc import Mapping

Given = Mapping[str, str]


class WishError(Exception):
    """What was wished cannot be done in this state or with this value; the text says why."""


def number(given: Given, name: str, default: float, lowest: float, highest: float) -> float:
    """Return what was given under a name; raises WishError outside the bounds."""
    try:
        value = float(given.get(name) or default)
    except ValueError:
        value = float("nan")
    if not lowest <= value <= highest:
        raise WishError(f"{name} is a number from {lowest:g} to {highest:g}")
    return value
