"""Frames that a central system in its right mind would not send, made from right ones; the same for the same seed."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator, Mapping
from typing import Any

_ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 1.5, 2**31, 2**63, 1e300, -1e300, "", "x", "x" * 600, "\u0000", "é", "🔌", "null"),
    *([], {}, [[]], [{}], {"": ""}, {"a": {"b": []}}, "2026-03-10T12:00:00", "9999-12-31T23:59:59-14:00", "0001-01-01"),
)
_TEXTS = (
    *("", " ", "null", "2", '"x"', "{}", "[]", "[2]", '[2,"a"]', '[2,"a","Reset"]', "[" * 5000, "{" * 5000, "\ufeff[]"),
    *('[2,"a","Reset",{"type":"Soft"},1]', '[3,"nobody",{}]', '[4,"nobody","GenericError","",{}]', '[5,"a","b"]'),
    *('[2,"n","GetConfiguration",{"key":[NaN]}]', '[2,"n","ClearCache",{"a":1,"a":2}]', '[2,"n","X",{"a":1e999}]'),
    *(
        '[2,"s","DataTransfer",{"vendorId":"\\ud800"}]',
        '[-2,"a","Reset",{}]',
        '["2","a","Reset",{}]',
        '[2.0,"a","b",{}]',
    ),
    *('[2,["a"],"ClearCache",{}]', '[2,5,"ClearCache",{}]', '[2,null,"ClearCache",{}]', "[2," + "9" * 400 + ',"X",{}]'),
)


def wrong_frames(seed: int, calls: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield texts for ever."""
    dice = random.Random(seed)
    for number in iter(int, 1):
        del number
        action = dice.choice(sorted(calls))
        payload: Any = copy.deepcopy(dict(calls[action]))
        for _ in range(dice.randint(1, 3)):
            payload = _spoil(dice, payload)
        frame: list[Any] = [2, f"wrong-{dice.getrandbits(64):x}", action, payload]
        kind = dice.random()
        if kind < 0.1:
            yield dice.choice(_TEXTS)
        elif kind < 0.2:
            frame[dice.randrange(4)] = dice.choice(_ODD)
            yield json.dumps(frame)
        elif kind < 0.3:
            text = json.dumps(frame)
            yield text[: dice.randrange(len(text))]
        else:
            yield json.dumps(frame)


def _spoil(dice: random.Random, value: Any) -> Any:
    """Return the value with one thing changed somewhere in it."""
    if isinstance(value, dict) and value and dice.random() < 0.85:
        key = dice.choice(sorted(value))
        if dice.random() < 0.15:
            return {name: inner for name, inner in value.items() if name != key}
        if dice.random() < 0.1:
            return value | {"more": dice.choice(_ODD)}
        return value | {key: _spoil(dice, value[key])}
    if isinstance(value, list) and value and dice.random() < 0.7:
        place = dice.randrange(len(value))
        return [_spoil(dice, inner) if at == place else inner for at, inner in enumerate(value)]
    if isinstance(value, list) and dice.random() < 0.2:
        return value * dice.choice((2, 50))
    return dice.choice(_ODD)
