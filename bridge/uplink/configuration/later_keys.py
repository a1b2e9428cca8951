"""The settings that OCPP 2.x has and 1.6 does not, named by their place in the device model.

What 2.x only reads stands in `device_model`, not here. Not declared: QueueAllMessages (states are told anew after a
reconnect, never queued), the settings of tariffs, displays, reservations and certificates (a bridge has none).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bridge.types.ocpp.meter_value import Measurand
from bridge.types.words import Ability
from bridge.uplink.configuration.core_keys import words_of
from bridge.uplink.configuration.key import Access, FeatureProfile, Key
from bridge.uplink.configuration.sorts import Decimal, Number, Numbers, Sort
from bridge.uplink.configuration.station_facts import StationFacts

BACK_OFF_RANDOM_RANGE: Final = "OCPPCommCtrlr.RetryBackOffRandomRange"
BACK_OFF_REPEAT_TIMES: Final = "OCPPCommCtrlr.RetryBackOffRepeatTimes"
BACK_OFF_WAIT_MINIMUM: Final = "OCPPCommCtrlr.RetryBackOffWaitMinimum"
LIMIT_CHANGE_SIGNIFICANCE: Final = "SmartChargingCtrlr.LimitChangeSignificance"
MESSAGE_TIMEOUT: Final = "OCPPCommCtrlr.MessageTimeout[Default]"
NETWORK_ATTEMPTS: Final = "OCPPCommCtrlr.NetworkProfileConnectionAttempts"
NETWORK_PRIORITY: Final = "OCPPCommCtrlr.NetworkConfigurationPriority"
OFFLINE_THRESHOLD: Final = "OCPPCommCtrlr.OfflineThreshold"
STARTED_MEASURANDS: Final = "SampledDataCtrlr.TxStartedMeasurands"

_WEEK_S: Final = 604_800
_LONGEST_WAIT_S: Final = 600


def later_keys(facts: StationFacts) -> tuple[Key, ...]:
    """Return the settings of OCPP 2.x beside those that 1.6 has too."""
    return (*_telling(facts), *_connecting(facts), *_limiting(facts))


def _telling(facts: StationFacts) -> Iterable[Key]:
    sampled = words_of(facts.measurands)
    register = Measurand.ENERGY_ACTIVE_IMPORT_REGISTER
    yield _later(STARTED_MEASURANDS, sampled, register.value if register in sampled.known else "")
    yield _later(OFFLINE_THRESHOLD, Number(0, _WEEK_S), "60")
    yield _later(MESSAGE_TIMEOUT, Number(5, _LONGEST_WAIT_S), "30")


def _connecting(facts: StationFacts) -> Iterable[Key]:
    # in the beginning as all connections of the bridge are tried again: up to 1, 2, 4 … 64 s
    yield _later(BACK_OFF_WAIT_MINIMUM, Number(1, _LONGEST_WAIT_S), "1")
    yield _later(BACK_OFF_RANDOM_RANGE, Number(0, _LONGEST_WAIT_S), "5")
    yield _later(BACK_OFF_REPEAT_TIMES, Number(0, 10), "6")
    yield _later(NETWORK_ATTEMPTS, Number(1, 100), "3")
    first = str(facts.network_slots[0])
    yield _later(NETWORK_PRIORITY, Numbers(facts.network_slots), first, needs_reboot=True)


def _limiting(facts: StationFacts) -> Iterable[Key]:
    writable = facts.can(Ability.LIMIT_CURRENT)
    yield _later(LIMIT_CHANGE_SIGNIFICANCE, Decimal(0, 100), "1", writable=writable)


def _later(name: str, sort: Sort, default: str, *, writable: bool = True, needs_reboot: bool = False) -> Key:
    access = Access.READ_WRITE if writable else Access.READ_ONLY
    return Key(
        name=name, profile=FeatureProfile.LATER, sort=sort, default=default, access=access, needs_reboot=needs_reboot
    )
