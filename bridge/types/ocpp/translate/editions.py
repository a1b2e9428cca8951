"""What each version of OCPP cannot say of the types: the one place where anything is dropped.

The tables are held against the JSON schemas of all three versions by a test, field by field and word by word.
"""

from __future__ import annotations

from typing import Final

from bridge.types.ocpp.base import OcppType
from bridge.types.ocpp.boot_notification import BootNotificationResponse
from bridge.types.ocpp.change_availability import ChangeAvailabilityResponse
from bridge.types.ocpp.charging_profile import (
    ChargingProfile,
    ChargingProfileKind,
    ChargingProfilePurpose,
    ProfileSchedule,
)
from bridge.types.ocpp.charging_schedule import ChargingSchedulePeriod
from bridge.types.ocpp.configuration import KeyValue
from bridge.types.ocpp.connector_state import ConnectorState
from bridge.types.ocpp.data_transfer import DataTransferRequest, DataTransferResponse, DataTransferStatus
from bridge.types.ocpp.id_token import AdditionalInfo, IdToken
from bridge.types.ocpp.meter_value import Location, Measurand, SampledValue, SignedMeterValue
from bridge.types.ocpp.security_event import SecurityEvent
from bridge.types.ocpp.status_info import StatusInfoType
from bridge.types.ocpp.text_message import MessageContent, MessageFormat
from bridge.types.ocpp.transaction import TransactionEventRequest, TransactionInfo, TriggerReason
from bridge.types.ocpp.translate import words_v2, words_v16
from bridge.types.ocpp.translate.said import Edition, Said, Speaker
from bridge.types.ocpp.v2x import OperationMode
from bridge.types.ocpp.variable_access import SetVariableRequest
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import ConnectorStatus, StopReason

_Lacks = dict[type[OcppType], frozenset[str]]

_LACKED_BY_ALL: _Lacks = {
    ChargingSchedulePeriod: frozenset({"stack_level"}),  # EVerest's own
    SecurityEvent: frozenset({"critical"}),  # decides whether it is sent, and is not sent itself
}
_LACKED_BY_2_X: _Lacks = _LACKED_BY_ALL | {
    ConnectorState: frozenset({"error_code", "info", "vendor_id", "vendor_error_code"}),
}
_BIDIRECTIONAL = frozenset(
    {
        "limit_L2",
        "limit_L3",
        "discharge_limit",
        "discharge_limit_L2",
        "discharge_limit_L3",
        "setpoint",
        "setpoint_L2",
        "setpoint_L3",
        "setpoint_reactive",
        "setpoint_reactive_L2",
        "setpoint_reactive_L3",
        "preconditioning_request",
        "evse_sleep",
        "v2x_baseline",
        "operation_mode",
        "v2x_freq_watt_curve",
        "v2x_signal_watt_curve",
    }
)
_PROFILE_OF_2_1 = frozenset(
    {"max_offline_duration", "invalid_after_offline_duration", "dyn_update_interval", "dyn_update_time"}
)
_SCHEDULE_OF_2_1 = frozenset({"limit_at_soc", "power_tolerance", "use_local_time", "randomized_delay"})
_TRANSACTION_OF_2_1 = frozenset({"operation_mode", "tariff_id", "transaction_limit"})
_FOR_PEOPLE: frozenset[tuple[type[OcppType], str]] = frozenset(
    {(StatusInfoType, "additional_info"), (MessageContent, "content"), (SecurityEvent, "info")}
)
_VITAL: dict[tuple[type[OcppType], str], object] = {
    # a limit of L1 alone would pass for one of all phases
    (ChargingSchedulePeriod, "limit_L2"): None,
    (ChargingSchedulePeriod, "limit_L3"): None,
    # a station would charge up to the limit where it should idle or discharge
    (ChargingSchedulePeriod, "operation_mode"): OperationMode.CHARGING_ONLY,
    (ProfileSchedule, "limit_at_soc"): None,
    (ProfileSchedule, "use_local_time"): False,
}
_IN_A_ROW: frozenset[type[OcppType]] = frozenset({ChargingSchedulePeriod})

V21: Final = Edition(
    version=OcppVersion.V21,
    lacks=_LACKED_BY_2_X,
    words={
        ConnectorStatus: words_v2.STATUSES,
        DataTransferStatus: words_v16.TRANSFER_STATUSES,
        Measurand: words_v2.MEASURANDS_2_1,
    },
    defaults={(MessageContent, "format"): MessageFormat.UTF8},
    lengths={(MessageContent, "content"): 1024, (MessageContent, "language"): 8, (SecurityEvent, "info"): 255},
    cut=_FOR_PEOPLE,
    inseparable=_IN_A_ROW,
)

V201: Final = Edition(
    version=OcppVersion.V201,
    lacks=_LACKED_BY_2_X
    | {
        ChargingSchedulePeriod: _LACKED_BY_ALL[ChargingSchedulePeriod] | _BIDIRECTIONAL,
        ProfileSchedule: _SCHEDULE_OF_2_1,
        ChargingProfile: _PROFILE_OF_2_1,
        TransactionInfo: _TRANSACTION_OF_2_1,
        TransactionEventRequest: frozenset({"preconditioning_status", "evse_sleep"}),
    },
    words=dict(V21.words)
    | {
        ChargingProfileKind: words_v16.KINDS,
        ChargingProfilePurpose: words_v2.PURPOSES_2_0_1,
        Location: words_v16.LOCATIONS,
        Measurand: words_v2.MEASURANDS_2_0_1,
        MessageFormat: words_v2.FORMATS_2_0_1,
        TriggerReason: words_v2.TRIGGERS_2_0_1,
    },
    requires={
        ChargingSchedulePeriod: frozenset({"limit"}),
        SignedMeterValue: frozenset({"signing_method", "public_key"}),
    },
    defaults=V21.defaults,
    lengths=dict(V21.lengths)
    | {
        (AdditionalInfo, "additional_id_token"): 36,
        (IdToken, "id_token"): 36,
        (MessageContent, "content"): 512,
        (SetVariableRequest, "value"): 1000,
        (SignedMeterValue, "signed_meter_data"): 2500,
        (StatusInfoType, "additional_info"): 512,
    },
    cut=_FOR_PEOPLE,
    vital=_VITAL,
    inseparable=_IN_A_ROW,
)

V16: Final = Edition(
    version=OcppVersion.V16,
    lacks=_LACKED_BY_ALL
    | {
        BootNotificationResponse: frozenset({"status_info"}),
        ChangeAvailabilityResponse: frozenset({"status_info"}),
        ChargingProfile: _PROFILE_OF_2_1,
        ChargingSchedulePeriod: _LACKED_BY_ALL[ChargingSchedulePeriod] | _BIDIRECTIONAL | {"phase_to_use"},
        DataTransferRequest: frozenset({"custom_data"}),
        DataTransferResponse: frozenset({"custom_data"}),
        IdToken: frozenset({"additional_info"}),
        ProfileSchedule: _SCHEDULE_OF_2_1,
        SampledValue: frozenset({"signed_meter_value"}),
        TransactionEventRequest: frozenset(
            {"number_of_phases_used", "cable_max_current", "preconditioning_status", "evse_sleep"}
        ),
        TransactionInfo: _TRANSACTION_OF_2_1 | {"charging_state", "time_spent_charging", "remote_start_id"},
    },
    words={
        ChargingProfileKind: words_v16.KINDS,
        ChargingProfilePurpose: words_v16.PURPOSES,
        DataTransferStatus: words_v16.TRANSFER_STATUSES,
        Location: words_v16.LOCATIONS,
        Measurand: words_v16.MEASURANDS,
        StopReason: words_v16.REASONS,
    },
    requires={ChargingSchedulePeriod: frozenset({"limit"})},
    lengths={(KeyValue, "value"): 500, (SecurityEvent, "info"): 255, (SetVariableRequest, "value"): 500},
    cut=_FOR_PEOPLE,
    vital=_VITAL,
    inseparable=_IN_A_ROW,
)

EDITIONS: Final = {edition.version: edition for edition in (V16, V201, V21)}


def say(model: OcppType, version: OcppVersion) -> Said:
    """Return a model in OCPP's spelling without what this version does not know, and what that was.

    For 1.6 this is the first half of a translation only: its messages are put together otherwise.
    """
    return Speaker(EDITIONS[version]).say(model)
