"""GetDiagnostics and GetLog: what the bridge has is its own journal, and only who may command the charger gets it.

It tells when somebody was at home and what was done to the charger. A central system without control (an employer
that pays for the charging) gets the transactions and no more: to it no log is there to be uploaded.
"""

from __future__ import annotations

import logging

from bridge.types.ocpp.base import take_ocpp
from bridge.types.ocpp.v16.diagnostics import GetDiagnosticsRequest, GetLogRequest
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.dialect import Wording
from bridge.uplink.station import Station

_LOG = logging.getLogger(__name__)
_NO_FILE = Answer({})
_REJECTED = Answer({"status": "Rejected"})


async def get_diagnostics(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Upload the journal; without a file's name where there is no file for this central system [spec]."""
    request = take_ocpp(GetDiagnosticsRequest, payload).model
    if not _may_have(station):
        return _NO_FILE
    teller = _Teller(station, conversation)
    name = station.uploads.start_diagnostics(request, teller.tell)
    return _NO_FILE if name is None else Answer({"fileName": name}, teller.begin)


async def get_log(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Upload the journal, or its security events."""
    request = take_ocpp(GetLogRequest, payload).model
    if not _may_have(station):
        return _REJECTED
    teller = _Teller(station, conversation)
    status, name = station.uploads.start_log(request, teller.tell)
    return _REJECTED if name is None else Answer({"status": status.value, "filename": name}, teller.begin)


def _may_have(station: Station) -> bool:
    if not station.options.control:
        _LOG.info("%s: it asks for a log and gets none, for it has no control", station.name)
    return station.options.control


class _Teller:
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
