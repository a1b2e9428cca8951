"""Finding the lines that a server refuses among those that it takes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bridge.errors import SinkRejectedError

MAX_WRITES = 200
"""enough for some eight bad lines among five thousand, however they lie"""
MAX_WRITES_IN_VAIN = 32
"""when nothing at all was taken by then, the lines have their fault in common"""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Lines that a server will never take, and its words about them."""

    lines: tuple[str, ...]
    reason: str


async def sift(
    write: Callable[[Sequence[str]], Awaitable[object]], lines: Sequence[str], rejection: SinkRejectedError
) -> list[Rejected]:
    """Deliver the good ones among lines that were rejected together, by halving; return the bad ones.

    Gives up halving after `MAX_WRITES` or `MAX_WRITES_IN_VAIN`: what is rejected then is returned in blocks as
    it stands, good lines among it. Raises what `write` raises except SinkRejectedError.
    """
    rejected: list[Rejected] = []
    open_chunks: list[tuple[Sequence[str], SinkRejectedError | None]] = [(lines, rejection)]
    writes = taken = 0
    while open_chunks:
        chunk, error = open_chunks.pop()
        if error is None:
            writes += 1
            try:
                await write(chunk)
            except SinkRejectedError as answer:
                error = answer
            else:
                taken += 1
                continue
        limit = MAX_WRITES if taken else MAX_WRITES_IN_VAIN
        if len(chunk) == 1 or writes >= limit:
            rejected.append(Rejected(tuple(chunk), error.seen))
        else:
            middle = len(chunk) // 2
            open_chunks += [(chunk[middle:], None), (chunk[:middle], None)]
    return rejected
