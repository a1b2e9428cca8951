"""The questions of a central system in OCPP 2.0.1 and 2.1, and who answers each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.frames import Call
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.dialect import Wording
from bridge.uplink.station import Station
from bridge.uplink.v2 import (
    control,
    customer,
    diagnostics,
    local_list,
    monitoring,
    network,
    reports,
    smart_charging,
    triggers,
    variables,
)

Answering = Callable[[Station, Conversing, object], Awaitable[Answer]]

NOT_SUPPORTED: Final = frozenset(
    {
        "CancelReservation",
        "CertificateSigned",
        "ClearDisplayMessage",
        "DeleteCertificate",
        "GetDisplayMessages",
        "GetInstalledCertificateIds",
        "InstallCertificate",
        "PublishFirmware",
        "ReserveNow",
        "SetDisplayMessage",
        "UnpublishFirmware",
        "UpdateFirmware",
    }
)
"""Known to 2.0.1 and beyond a bridge: no charger's local API takes firmware, reservations or texts for a display over
it, and certificates are files that their owner keeps."""

NOT_SUPPORTED_2_1: Final = NOT_SUPPORTED | {
    "AFRRSignal",
    "AdjustPeriodicEventStream",
    "ChangeTransactionTariff",
    "ClearDERControl",
    "ClearTariffs",
    "GetDERControl",
    "GetPeriodicEventStream",
    "GetTariffs",
    "NotifyAllowedEnergyTransfer",
    "NotifyWebPaymentStarted",
    "RequestBatterySwap",
    "SetDERControl",
    "SetDefaultTariff",
    "UpdateDynamicSchedule",
    "UsePriorityCharging",
}
"""Known to 2.1 likewise: it prices nothing, and no charger measures the net's frequency."""

ANSWERS: Final[Mapping[str, Answering]] = MappingProxyType(
    {
        "ChangeAvailability": control.change_availability,
        "ClearCache": control.clear_cache,
        "ClearChargingProfile": smart_charging.clear_charging_profile,
        "ClearVariableMonitoring": monitoring.clear_variable_monitoring,
        "CostUpdated": control.cost_updated,
        "CustomerInformation": customer.customer_information,
        "DataTransfer": control.data_transfer,
        "GetBaseReport": reports.get_base_report,
        "GetChargingProfiles": smart_charging.get_charging_profiles,
        "GetCompositeSchedule": smart_charging.get_composite_schedule,
        "GetLocalListVersion": local_list.get_local_list_version,
        "GetLog": diagnostics.get_log,
        "GetMonitoringReport": monitoring.get_monitoring_report,
        "GetReport": reports.get_report,
        "GetTransactionStatus": control.get_transaction_status,
        "GetVariables": variables.get_variables,
        "RequestStartTransaction": control.request_start_transaction,
        "RequestStopTransaction": control.request_stop_transaction,
        "Reset": control.reset,
        "SendLocalList": local_list.send_local_list,
        "SetChargingProfile": smart_charging.set_charging_profile,
        "SetMonitoringBase": monitoring.set_monitoring_base,
        "SetMonitoringLevel": monitoring.set_monitoring_level,
        "SetNetworkProfile": network.set_network_profile,
        "SetVariableMonitoring": monitoring.set_variable_monitoring,
        "SetVariables": variables.set_variables,
        "TriggerMessage": triggers.trigger_message,
        "UnlockConnector": control.unlock_connector,
    }
)


class AnswersV2:
    """`bridge.uplink.answer.Answers` for 2.0.1 and 2.1."""

    def __init__(self, version: OcppVersion) -> None:
        self._version = version
        self._not_supported = NOT_SUPPORTED_2_1 if version is OcppVersion.V21 else NOT_SUPPORTED

    async def answer(self, station: Station, conversation: Conversing, call: Call) -> Answer:
        """Return the answer. Raises RefusedQuestionError, PayloadError and StoreError."""
        answering = ANSWERS.get(call.action)
        if answering is not None:
            return await answering(station, conversation, call.payload)
        if call.action in self._not_supported:
            raise RefusedQuestionError(ErrorCode.NOT_SUPPORTED, "no charger's local API can do that")
        raise RefusedQuestionError(ErrorCode.NOT_IMPLEMENTED, f"OCPP {self._version} gives a station no such question")

    def limited_by_others(self, station: Station, evse_id: int, limit_a: float | None) -> Sequence[Wording]:
        """Return NotifyChargingLimit, or with None ClearedChargingLimit."""
        if limit_a is None:
            return (smart_charging.cleared_charging_limit(station, evse_id),)
        return (smart_charging.notify_charging_limit(station, evse_id, limit_a),)
