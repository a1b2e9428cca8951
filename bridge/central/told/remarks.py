"""What a station told beside facts, in short sentences on its card."""

from __future__ import annotations

from typing import Any, Final

from bridge.engine.board import Remark, StationCard
from bridge.ports import Clock

_TEXT_SHOWN: Final = 200
_WORD_SHOWN: Final = 60
_MOST_ONCE: Final = 100


class Remarks:
    """Puts them on the card, which holds the newest 50; the same one again in a row only moves to its new time."""

    def __init__(self, card: StationCard, clock: Clock) -> None:
        self._card = card
        self._clock = clock
        self._said: set[str] = set()

    def add(self, text: str) -> None:
        """Add one sentence; whatever in it came from the station went through `shown`."""
        remarks, remark = self._card.remarks, Remark(self._clock.now(), text[:_TEXT_SHOWN])
        if remarks and remarks[-1].text == remark.text:
            remarks.pop()
        remarks.append(remark)

    def once(self, text: str) -> None:
        """Add a sentence that would come with every message, but only the first time."""
        if text not in self._said and len(self._said) < _MOST_ONCE:
            self._said.add(text)
            self.add(text)


def shown(word: Any, most: int = _WORD_SHOWN) -> str:
    """Return what a station wrote as it may stand in a sentence: printable, short; `?` where it wrote nothing."""
    text = "".join(letter if letter.isprintable() else " " for letter in str(word if word is not None else ""))
    text = " ".join(text.split())
    return (text if len(text) <= most else f"{text[: most - 1]}…") or "?"
