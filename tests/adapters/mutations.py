"""Ways to spoil an answer, for the law of decoding."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        [[], {}, 10**40, -(10**400), "0001-01-01T00:00:00", "Charging", "2", "NaN", [[]], {"a": 1}],
    ),
)


def mutate(document: Any, path: tuple[str | int, ...], junk: object, *, drop: bool) -> Any:
    """Return a copy in which something else, or nothing, stands at a place."""
    changed = copy.deepcopy(document)
    node = changed
    for step in path[:-1]:
        node = node[step]
    if drop:
        del node[path[-1]]
    else:
        node[path[-1]] = junk
    return changed


def draw_mutated(data: st.DataObject, document: Any) -> Any:
    """Return a copy with junk, or nothing, at any one place."""
    path = data.draw(st.sampled_from(list(_paths(document))))
    return mutate(document, path, data.draw(JUNK), drop=data.draw(st.booleans()))


def draw_damaged(data: st.DataObject, body: bytes) -> bytes:
    """Return bytes that were cut, doubled or overwritten."""
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(start + 30, len(body))))
    return body[:start] + data.draw(st.binary(max_size=6)) + body[end:]


def _paths(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in items:
        yield (*path, key)
        yield from _paths(child, (*path, key))
