"""The settings in effect, as the types that the station works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.types.ocpp.meter_value import Measurand
from bridge.uplink.configuration.later_keys import (
    BACK_OFF_RANDOM_RANGE,
    BACK_OFF_REPEAT_TIMES,
    BACK_OFF_WAIT_MINIMUM,
    LIMIT_CHANGE_SIGNIFICANCE,
    MESSAGE_TIMEOUT,
    NETWORK_ATTEMPTS,
    NETWORK_PRIORITY,
    OFFLINE_THRESHOLD,
    STARTED_MEASURANDS,
)
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
    limit_change_significance_percent: float
    """of the limit before: a smaller change of it by others than the central system is not told (OCPP 2.x)"""
    message_timeout_s: int
    """how long an answer is waited for (OCPP 2.x)"""
    network_attempts: int
    """failures in a row after which the next network profile is tried (OCPP 2.x)"""
    network_priority: tuple[int, ...]
    """slots of the network profiles, the first is tried first; at least one (OCPP 2.x)"""
    offline_threshold_s: int
    """after a longer time without a connection all states are told again (OCPP 2.x)"""
    retry_back_off_random_range_s: int
    """up to so much is added to each wait between two attempts to connect (OCPP 2.x)"""
    retry_back_off_repeat_times: int
    """how often that wait is doubled (OCPP 2.x)"""
    retry_back_off_wait_minimum_s: int
    """the first wait (OCPP 2.x)"""
    started_measurands: tuple[Measurand, ...]
    """of the values at the beginning of a transaction (OCPP 2.x)"""


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
        limit_change_significance_percent=float(values[LIMIT_CHANGE_SIGNIFICANCE]),
        message_timeout_s=int(values[MESSAGE_TIMEOUT]),
        network_attempts=int(values[NETWORK_ATTEMPTS]),
        network_priority=tuple(int(slot) for slot in listed(values[NETWORK_PRIORITY])),
        offline_threshold_s=int(values[OFFLINE_THRESHOLD]),
        retry_back_off_random_range_s=int(values[BACK_OFF_RANDOM_RANGE]),
        retry_back_off_repeat_times=int(values[BACK_OFF_REPEAT_TIMES]),
        retry_back_off_wait_minimum_s=int(values[BACK_OFF_WAIT_MINIMUM]),
        started_measurands=measurands(STARTED_MEASURANDS),
    )
