"""Who asks for a change: our own page, our own command line, or another program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

COMMAND_LINE: Final = "chargebridge-command-line"
"""the user agent of our own command line"""


def origin_of(headers: Mapping[str, str]) -> str:
    """Return who it says it is, for the journal: `page`, `command line` or `api`; nothing is allowed by it."""
    if "sec-fetch-site" in headers:
        return "page"
    return "command line" if headers.get("user-agent") == COMMAND_LINE else "api"
