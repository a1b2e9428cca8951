"""OCPP 1.6's questions of a central system, and who answers each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.frames import Call
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.types.ocpp.translate.data_transfer import transfer_from
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.dialect import Wording
from bridge.uplink.station import Station
from bridge.uplink.v16 import control, diagnostics, local_list, settings, smart_charging, triggers

Answering = Callable[[Station, Conversing, object], Awaitable[Answer]]

NOT_SUPPORTED: Final = frozenset(
    {
        "UpdateFirmware",
        "SignedUpdateFirmware",
        "ReserveNow",
        "CancelReservation",
        "CertificateSigned",
        "InstallCertificate",
        "DeleteCertificate",
        "GetInstalledCertificateIds",
    }
)
"""Known to 1.6 and beyond a bridge: no charger's local API takes firmware or reservations over it, and certificates
are files that their owner keeps."""


async def _data_transfer(_station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Answer a vendor's message: none is known here."""
    transfer_from(payload)
    return Answer({"status": "UnknownVendorId"})


ANSWERS: Final[Mapping[str, Answering]] = MappingProxyType(
    {
        "ChangeAvailability": control.change_availability,
        "ChangeConfiguration": settings.change_configuration,
        "ClearCache": local_list.clear_cache,
        "ClearChargingProfile": smart_charging.clear_charging_profile,
        "DataTransfer": _data_transfer,
        "ExtendedTriggerMessage": triggers.extended_trigger_message,
        "GetCompositeSchedule": smart_charging.get_composite_schedule,
        "GetConfiguration": settings.get_configuration,
        "GetDiagnostics": diagnostics.get_diagnostics,
        "GetLocalListVersion": local_list.get_local_list_version,
        "GetLog": diagnostics.get_log,
        "RemoteStartTransaction": control.remote_start,
        "RemoteStopTransaction": control.remote_stop,
        "Reset": control.reset,
        "SendLocalList": local_list.send_local_list,
        "SetChargingProfile": smart_charging.set_charging_profile,
        "TriggerMessage": triggers.trigger_message,
        "UnlockConnector": control.unlock_connector,
    }
)


class AnswersV16:
    """`bridge.uplink.answer.Answers` for 1.6."""

    def limited_by_others(self, _station: Station, _evse_id: int, _limit_a: float | None) -> Sequence[Wording]:
        """Return nothing: 1.6 has no word for it."""
        return ()

    async def answer(self, station: Station, conversation: Conversing, call: Call) -> Answer:
        """Return the answer. Raises RefusedQuestionError, PayloadError and StoreError."""
        answering = ANSWERS.get(call.action)
        if answering is not None:
            return await answering(station, conversation, call.payload)
        if call.action in NOT_SUPPORTED:
            raise RefusedQuestionError(ErrorCode.NOT_SUPPORTED, "no charger's local API can do that")
        raise RefusedQuestionError(ErrorCode.NOT_IMPLEMENTED, "OCPP 1.6 gives a station no such question")
