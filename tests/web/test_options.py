"""What may be set about the page."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bridge.web.options import WebOptions, is_loopback
from bridge.web.resolution import MAX_JSON_ROWS, auto_resolution_s, row_bound


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_needs_no_token(host: str) -> None:
    """A page for this computer only is open."""
    assert is_loopback(host)
    assert not WebOptions(host=host).has_token


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "pi.local"])
def test_an_open_host_without_a_token_is_refused_with_advice(host: str) -> None:
    """Whoever opens the page to the network is told how to give it a token."""
    with pytest.raises(ValidationError, match=r"token_file.*127\.0\.0\.1"):
        WebOptions(host=host)
    assert WebOptions(host=host, token_env="WEB_TOKEN").has_token


def test_a_proxy_without_a_token_is_refused() -> None:
    """A public name is as open as an open host."""
    with pytest.raises(ValidationError, match="token_file"):
        WebOptions(names=("charge.example.org",))


def test_two_places_for_the_token_are_refused() -> None:
    """It must be clear which token counts."""
    with pytest.raises(ValidationError, match="exclude each other"):
        WebOptions(token_file="a", token_env="B")


def test_a_misspelt_key_is_found() -> None:
    """Options are closed."""
    with pytest.raises(ValidationError, match="prot"):
        WebOptions.model_validate({"prot": 80})


DAY = 86_400


@pytest.mark.parametrize(
    ("days", "length_s"), [(1, 300), (5, 300), (7, 600), (31, 1800), (366, 21_600), (3660, 604_800)]
)
def test_auto_resolution_keeps_a_curve_small(days: int, length_s: int) -> None:
    """A day is raw, a year has a few rows a day, whatever the length a screen can show it."""
    assert auto_resolution_s(0, days * DAY, 3, bounded=True) == length_s
    assert row_bound(0, days * DAY, length_s) <= 1500


def test_auto_resolution_keeps_the_whole_answer_small() -> None:
    """With many chargers each curve gets coarser, so that all of them still fit into one answer."""
    length_s = auto_resolution_s(0, 366 * DAY, 150, bounded=True)

    assert row_bound(0, 366 * DAY, length_s) * 150 <= MAX_JSON_ROWS
