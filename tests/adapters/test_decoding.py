from __future__ import annotations

from adapters.decoding import quote


def test_foreign_text_is_quoted_in_one_short_line() -> None:
    """A sentence stays a sentence whatever stood there."""
    assert quote("a\nb\x00 c") == "«a b c»"
    assert len(quote("x" * 10_000)) == 62
    assert len(quote("x" * 500, 80)) == 82
