"""What a person may set."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bridge.engine.site_limit.options import Shares, SiteLimitOptions


def test_a_limit_needs_little() -> None:
    """One number is enough; durations are written as everywhere."""
    options = SiteLimitOptions.model_validate({"max_current": 32})
    assert (options.max_current_a, options.max_power_w, options.shares) == (32.0, None, Shares.EQUAL)
    assert options.raise_after_s == 60.0
    given = {"max_power": 17_000, "building": "garage", "raise_after": "2min", "shares": "priority"}
    options = SiteLimitOptions.model_validate({**given, "priorities": {"carport": 3}})
    assert (options.raise_after_s, options.priorities) == (120.0, {"carport": 3})
    assert options.named() == [(("priorities", "carport"), "carport"), (("building",), "garage")]


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({}, "give max_current, max_power or both"),
        ({"max_current": 5}, "greater than or equal to 6"),
        ({"max_power": 100}, "greater than or equal to 1000"),
        ({"max_current": 32, "building": "garage"}, "max_power, which is missing"),
        ({"max_current": 32, "priorities": {"garage": 1}}, "only with shares: priority"),
        ({"max_current": 32, "raise_after": "1s"}, "greater than or equal to 10"),
        ({"max_current": 32, "max_curent": 1}, "Extra inputs"),
    ],
)
def test_what_does_not_fit_is_said(given: dict[str, Any], word: str) -> None:
    """Nothing is silently ignored."""
    with pytest.raises(ValidationError, match=word):
        SiteLimitOptions.model_validate(given)
