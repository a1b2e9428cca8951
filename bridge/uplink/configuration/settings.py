"""The settings in effect, as the types that the station works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.types.ocpp.meter_value import Measurand
from bridge.uplink.configuration.sorts import listed


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds now; 0 switches an interval off, an empty tuple sends none."""

    authorize_remote_tx_requests: bool
    """ask the central system before a remote start"""
    clock_aligned_data_interval_s: int
    """a multiple of 300, counted from midnight"""
    connection_timeout_s: int
    """how long a remote start waits for its vehicle; 0 where none can be started"""
    heartbeat_interval_s: int
    local_auth_list_enabled: bool
    meter_value_sample_interval_s: int
    minimum_status_duration_s: int
    aligned_measurands: tuple[Measurand, ...]
    sampled_measurands: tuple[Measurand, ...]
    stop_aligned_measurands: tuple[Measurand, ...]
    """of the aligned values that StopTransaction carries"""
    stop_sampled_measurands: tuple[Measurand, ...]
    """of the sampled values that StopTransaction carries"""
    ping_interval_s: int
    security_profile: int
    stop_transaction_on_invalid_id: bool
    transaction_message_attempts: int
    transaction_message_retry_interval_s: int


def settings_of(values: Mapping[str, str]) -> Settings:
    """Return the settings for values in their one form, by the names that OCPP gives the settings."""

    def is_on(name: str) -> bool:
        return values.get(name) == "true"

    def measurands(name: str) -> tuple[Measurand, ...]:
        return tuple(Measurand(word) for word in listed(values[name]))

    return Settings(
        authorize_remote_tx_requests=is_on("AuthorizeRemoteTxRequests"),
        clock_aligned_data_interval_s=int(values["ClockAlignedDataInterval"]),
        connection_timeout_s=int(values["ConnectionTimeOut"]),
        heartbeat_interval_s=int(values["HeartbeatInterval"]),
        local_auth_list_enabled=is_on("LocalAuthListEnabled"),
        meter_value_sample_interval_s=int(values["MeterValueSampleInterval"]),
        minimum_status_duration_s=int(values["MinimumStatusDuration"]),
        aligned_measurands=measurands("MeterValuesAlignedData"),
        sampled_measurands=measurands("MeterValuesSampledData"),
        stop_aligned_measurands=measurands("StopTxnAlignedData"),
        stop_sampled_measurands=measurands("StopTxnSampledData"),
        ping_interval_s=int(values["WebSocketPingInterval"]),
        security_profile=int(values["SecurityProfile"]),
        stop_transaction_on_invalid_id=is_on("StopTransactionOnInvalidId"),
        transaction_message_attempts=int(values["TransactionMessageAttempts"]),
        transaction_message_retry_interval_s=int(values["TransactionMessageRetryInterval"]),
    )
