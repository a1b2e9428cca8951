"""Reset, CSMS → station: start again, the whole station or one EVSE."""

from __future__ import annotations

from typing import Annotated

from bridge.types.ocpp.base import OcppWord, Whole
from bridge.types.ocpp.provisioning.edition import Sent
from bridge.types.ocpp.provisioning.extensible import Extensible
from bridge.types.ocpp.provisioning.status_info import StatusInfo


class ResetType(OcppWord):
    """When to start again [spec]."""

    IMMEDIATE = "Immediate"
    """at once; running transactions are ended"""
    ON_IDLE = "OnIdle"
    """when no transaction runs any more"""
    IMMEDIATE_AND_RESUME = "ImmediateAndResume"
    """at once; running transactions go on afterwards (a word of 2.1)"""


class ResetStatus(OcppWord):
    """What the station will do [spec]."""

    ACCEPTED = "Accepted"
    """it starts again now"""
    REJECTED = "Rejected"
    SCHEDULED = "Scheduled"
    """it starts again when it is idle"""


class ResetRequest(Extensible):
    """Ask for a new start [spec]."""

    type: Annotated[ResetType, Sent(words_of_21=frozenset({ResetType.IMMEDIATE_AND_RESUME}))]
    evse_id: Annotated[Whole | None, Sent(ge=0)] = None
    """None means the whole station"""


class ResetResponse(Extensible):
    """Whether the station will start again [spec]."""

    status: ResetStatus
    status_info: StatusInfo | None = None
