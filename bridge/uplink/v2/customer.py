"""CustomerInformation: the bridge keeps nothing of a central system's customers.

The log of charging sessions, which may name who charged, belongs to the charger's owner: a central system has of it
what it was told, and neither reads nor clears it. The list of drivers is the central system's own: SendLocalList
changes it.
"""

from __future__ import annotations

from bridge.types.ocpp.base import take_ocpp, to_ocpp
from bridge.types.ocpp.v2.diagnostics import (
    CustomerInformationRequest,
    CustomerInformationStatus,
    NotifyCustomerInformationRequest,
)
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.dialect import Wording
from bridge.uplink.obeyed import triggering
from bridge.uplink.smart_charging.acceptance import Refusal
from bridge.uplink.station import Station
from bridge.uplink.v2.stating import hold_request_id, stating

NONE = "none"
"""what is told of a customer"""
_NO_WISH = Refusal("InvalidValue", "neither report nor clear is wished")
_NOT_CLEARED = Refusal(
    "UnsupportedRequest", "what is kept here belongs to the charger's owner; SendLocalList changes the list of drivers"
)
_NOBODY = Refusal("MissingParam", "name one customer: idToken, customerIdentifier or customerCertificate")
_SEVERAL = Refusal("InvalidValue", "name one customer in one way")


async def customer_information(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Report that nothing is kept; nothing is cleared either, and that is not pretended."""
    request = take_ocpp(CustomerInformationRequest, payload).model
    hold_request_id(request.request_id)
    named = (request.id_token, request.customer_identifier, request.customer_certificate)
    count = sum(name is not None for name in named)
    if count != 1:
        return stating(CustomerInformationStatus.INVALID, _SEVERAL if count else _NOBODY)
    if request.clear:
        return stating(CustomerInformationStatus.REJECTED, _NOT_CLEARED)
    if not request.report:
        return stating(CustomerInformationStatus.REJECTED, _NO_WISH)

    async def report() -> None:
        part = NotifyCustomerInformationRequest(
            data=NONE, seq_no=0, generated_at=station.house.clock.now(), request_id=request.request_id
        )
        triggering.say(station, conversation, Wording("NotifyCustomerInformation", to_ocpp(part)))

    return stating(CustomerInformationStatus.ACCEPTED, then=report)
