"""Who gets the bridge's journal, and how far its upload is: the same for all versions.

It tells when somebody was at home and what was done to the charger. A central system without control (an employer
that pays for the charging) gets the transactions and no more: to it no log is there to be uploaded.
"""

from __future__ import annotations

import logging

from bridge.uplink.answer import Conversing
from bridge.uplink.dialect import Wording
from bridge.uplink.station import Station

_LOG = logging.getLogger(__name__)


def may_have_log(station: Station) -> bool:
    """Tell whether this central system gets a log."""
    if not station.options.control:
        _LOG.info("%s: it asks for a log and gets none, for it has no control", station.name)
    return station.options.control


class UploadTeller:
    """Sends notifications, but none before the answer to the question.

    Where nobody is connected they are lost: TriggerMessage asks for the present state.
    """

    def __init__(self, station: Station, conversation: Conversing) -> None:
        self._station = station
        self._conversation = conversation
        self._held: list[Wording] | None = []

    def tell(self, wording: Wording) -> None:
        """Send a notification now, or once the answer was sent; there are never more than three of one upload."""
        if self._held is not None:
            self._held.append(wording)
            return
        self._station.session.ask(wording)
        self._conversation.look()
        self._station.has_work.set()  # the conversation of the beginning may be over, and another one may listen

    async def begin(self) -> None:
        """Send what was held, and the rest at once."""
        held, self._held = self._held or [], None
        for wording in held:
            self.tell(wording)
