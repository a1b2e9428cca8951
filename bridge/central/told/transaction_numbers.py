"""The numbers that transactions of OCPP 1.6 get from their central system: never one twice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from bridge.ports import Store

LAST_NUMBER: Final = "central/last_transaction"
_BEGINNING: Final = datetime(2024, 1, 1, tzinfo=UTC)
_HIGHEST: Final = 2**31 - 1
"""OCPP's integer has 32 bits with a sign [spec]"""


def next_number(store: Store, now: datetime) -> int:
    """Return the next number, and keep that it is taken; call it in the commit that keeps the transaction.

    It is at least the seconds since 2024: a store that was lost does not give again what it gave before, unless there
    was more than one transaction a second ever since.
    """
    last = store.setting(LAST_NUMBER)
    number = int((now - _BEGINNING).total_seconds())
    if last is not None and last.isdecimal():
        number = max(number, int(last) + 1)
    number = min(max(number, 1), _HIGHEST)
    store.put_setting(LAST_NUMBER, str(number))
    return number
