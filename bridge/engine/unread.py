"""What to do about answers that could not be had while there is more to ask for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bridge.errors import ChargerAnswerError, ChargerBusyError, ChargerError, ChargerUnreachableError

_MOST_BUSY_IN_A_ROW = 5


@dataclass(slots=True)
class Unread:
    """Answers that could not be had: single ones keep nothing else away, many in a row end the work."""

    first: ChargerError | None = None
    _in_a_row: int = 0

    def note(self, error: ChargerAnswerError | ChargerBusyError) -> None:
        """Count an error; raise it when going on would only burden the charger."""
        self.first = self.first or error
        self._in_a_row += isinstance(error, ChargerBusyError)
        if error.retry_after_s is not None or self._in_a_row >= _MOST_BUSY_IN_A_ROW:
            raise error

    def succeed(self) -> None:
        """Note an answer that was good."""
        self._in_a_row = 0

    def tell(self) -> None:
        """Raise the first error, if there was one, now that all else is done."""
        if self.first is not None:
            raise self.first


async def take_all(*steps: Callable[[], Awaitable[None]]) -> None:
    """Take every step although one fails, and raise the first error then.

    A charger that is away, or that asked for patience, ends it at once.
    """
    first: ChargerError | None = None
    for step in steps:
        try:
            await step()
        except ChargerUnreachableError:
            raise
        except ChargerError as error:
            if error.retry_after_s is not None:
                raise
            first = first or error
    if first is not None:
        raise first
