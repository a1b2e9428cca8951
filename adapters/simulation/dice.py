"""Chance that falls the same way every time: all of it comes from the seed and from what is asked about."""

from __future__ import annotations

import random

_MASK = (1 << 64) - 1


def dice(*about: object) -> random.Random:
    """Return dice that depend on nothing but `about`."""
    return random.Random("/".join(map(str, about)))  # noqa: S311 -- a repeatable world needs dice that repeat


def fraction(seed: int, number: int) -> float:
    """Return a number in [0, 1) that depends on both: splitmix64, because it is asked for every row."""
    mixed = (seed * 0x9E3779B97F4A7C15 + number * 0xD1B54A32D192ED03 + 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return (mixed ^ (mixed >> 31)) / (1 << 64)
