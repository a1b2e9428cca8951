"""What holds for every test."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# The same examples every time, on every machine: whoever looks for new ones gives --hypothesis-profile=search.
settings.register_profile(
    "same", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("same")
