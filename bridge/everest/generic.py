"""EVerest's interfaces that are the same for all versions of OCPP: `ocpp` and `ocpp_data_transfer`.

The names of the implementations are those of EVerest's modules OCPP and OCPP201 [doc: their manifests]. Of `ocpp` the
union of its shapes is taken [doc: EVerest's interfaces/ocpp.yaml as of 2026.02 and its earlier editions]: a security
event comes as `event`, or as `type` and `info` beside each other, and `source` may be missing.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from bridge.everest.interface import MANY_AT_MOST, Command, Interface, NoArguments
from bridge.ports import ChargePointInterface, OcppInterface
from bridge.types.ocpp.base import Many, OcppType
from bridge.types.ocpp.change_availability import ChangeAvailabilityRequest
from bridge.types.ocpp.component_variable import ComponentVariable
from bridge.types.ocpp.data_transfer import DataTransferRequest
from bridge.types.ocpp.security_event import SecurityEvent
from bridge.types.ocpp.variable_access import GetVariableRequest, SetVariableRequest

UNNAMED_SOURCE: Final = "EVerest"


class SecurityEventArguments(OcppType):
    """A security event, whole, or one that happens now."""

    event: SecurityEvent | None = None
    type: Annotated[str, Field(max_length=50)] | None = None
    info: str | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        if (self.event is None) is (self.type is None):
            raise ValueError("either event or type is to be given")
        if self.event is not None and self.info is not None:
            raise ValueError("info belongs into event")
        return self

    @property
    def meant(self) -> SecurityEvent:
        """The event."""
        return self.event or SecurityEvent(type=self.type or "", info=self.info)


class GetVariablesArguments(OcppType):
    """What is to be read."""

    requests: Annotated[Many[GetVariableRequest], Field(max_length=MANY_AT_MOST)]


class SetVariablesArguments(OcppType):
    """What is to be set, and by whom."""

    requests: Annotated[Many[SetVariableRequest], Field(max_length=MANY_AT_MOST)]
    source: Annotated[str, Field(max_length=255)] = UNNAMED_SOURCE


class ChangeAvailabilityArguments(OcppType):
    """What is to go out of service, or back into it."""

    request: ChangeAvailabilityRequest


class MonitorVariablesArguments(OcppType):
    """Whose changes are to be published."""

    component_variables: Annotated[Many[ComponentVariable], Field(max_length=MANY_AT_MOST)]


class TransferArguments(OcppType):
    """A vendor's message."""

    request: DataTransferRequest


def _of(station: ChargePointInterface) -> OcppInterface:
    return station.generic


OCPP: Final = Interface(
    "ocpp_generic",
    _of,
    MappingProxyType(
        {
            "stop": Command(NoArguments, lambda station, _: station.stop()),
            "restart": Command(NoArguments, lambda station, _: station.restart()),
            "security_event": Command(
                SecurityEventArguments, lambda station, given: station.security_event(given.meant)
            ),
            "get_variables": Command(
                GetVariablesArguments, lambda station, given: station.get_variables(given.requests)
            ),
            "set_variables": Command(
                SetVariablesArguments, lambda station, given: station.set_variables(given.requests, given.source)
            ),
            "change_availability": Command(
                ChangeAvailabilityArguments, lambda station, given: station.change_availability(given.request)
            ),
            "monitor_variables": Command(
                MonitorVariablesArguments, lambda station, given: station.monitor_variables(given.component_variables)
            ),
        }
    ),
    states=("charging_schedules", "is_connected"),
    events=(
        "ocpp_transaction_event",
        "ocpp_transaction_event_response",
        "security_event",
        "event_data",
        "boot_notification_response",
    ),
)

DATA_TRANSFER: Final = Interface(
    "data_transfer",
    _of,
    MappingProxyType(
        {"data_transfer": Command(TransferArguments, lambda station, given: station.data_transfer(given.request))}
    ),
)
