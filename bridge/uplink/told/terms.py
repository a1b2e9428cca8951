"""How transactions are told now: in what words, and what the settings say."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bridge.types.ocpp.meter_value import Measurand
from bridge.uplink.dialect import Dialect
from bridge.uplink.told.absence import NO_ABSENCE, Absence
from bridge.uplink.told.meter import Sampling


@dataclass(frozen=True, slots=True)
class Terms:
    """How transactions are told now: in what words, and what the settings say."""

    dialect: Dialect
    sampled: Sampling
    aligned: Sampling
    started_measurands: Collection[Measurand]
    """in 2.x; 1.6 tells the register of the start in any case"""
    stop_measurands: Collection[Measurand]
    stop_aligned: Sampling
    attempts: int
    retry_interval_s: float
    id_tag: str
    """for a driver whom the charger does not name"""
    absence: Absence = NO_ABSENCE
