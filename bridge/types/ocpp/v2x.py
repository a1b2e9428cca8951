"""Bidirectional charging: how a period is operated, and the curves that couple power to frequency or to a signal."""

from __future__ import annotations

from bridge.types.ocpp.base import OcppType, OcppWord, Whole


class OperationMode(OcppWord):
    """Who decides how much is charged or discharged during a period [spec: seed 004; OCPP 2.1]."""

    IDLE = "Idle"
    """neither charge nor discharge"""
    CHARGING_ONLY = "ChargingOnly"
    """charge up to the limit; what every older schedule means, and the default"""
    CENTRAL_SETPOINT = "CentralSetpoint"
    """the CSMS sets the power"""
    EXTERNAL_SETPOINT = "ExternalSetpoint"
    """another system, such as an energy manager on site, sets the power"""
    EXTERNAL_LIMITS = "ExternalLimits"
    """another system sets limits of charging and discharging"""
    CENTRAL_FREQUENCY = "CentralFrequency"
    """the CSMS controls after the net's frequency"""
    LOCAL_FREQUENCY = "LocalFrequency"
    """the station controls after the net's frequency, along a curve"""
    LOCAL_LOAD_BALANCING = "LocalLoadBalancing"
    """the station evens out the load of its site"""


class V2XFreqWattPointType(OcppType):
    """A point of a curve from the net's frequency to power [spec: seed 004; OCPP 2.1]."""

    frequency: float
    """of the net, in Hz"""
    power: float
    """in W: positive charges, negative discharges"""


class V2XSignalWattPointCurve(OcppType):
    """A point of a curve from a signal to power [spec: seed 004; OCPP 2.1 V2XSignalWattPointType]."""

    signal: Whole
    """as an AFRRSignalRequest brings it"""
    power: float
    """in W: positive charges, negative discharges"""
