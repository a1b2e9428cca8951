"""What a meter measured, in the words of OCPP 2.x with those of 1.6 beside them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import Many, Moment, OcppType, OcppWord, Whole


class Measurand(OcppWord):
    """What is measured [spec: OCPP 2.1, which has all of 2.0.1; two words of 1.6 at the end]."""

    CURRENT_EXPORT = "Current.Export"
    CURRENT_EXPORT_OFFERED = "Current.Export.Offered"
    CURRENT_EXPORT_MINIMUM = "Current.Export.Minimum"
    CURRENT_IMPORT = "Current.Import"
    CURRENT_IMPORT_OFFERED = "Current.Import.Offered"
    CURRENT_IMPORT_MINIMUM = "Current.Import.Minimum"
    CURRENT_OFFERED = "Current.Offered"
    """most that the EVSE offers to the vehicle"""
    DISPLAY_PRESENT_SOC = "Display.PresentSOC"
    DISPLAY_MINIMUM_SOC = "Display.MinimumSOC"
    DISPLAY_TARGET_SOC = "Display.TargetSOC"
    DISPLAY_MAXIMUM_SOC = "Display.MaximumSOC"
    DISPLAY_REMAINING_TIME_TO_MINIMUM_SOC = "Display.RemainingTimeToMinimumSOC"
    DISPLAY_REMAINING_TIME_TO_TARGET_SOC = "Display.RemainingTimeToTargetSOC"
    DISPLAY_REMAINING_TIME_TO_MAXIMUM_SOC = "Display.RemainingTimeToMaximumSOC"
    DISPLAY_CHARGING_COMPLETE = "Display.ChargingComplete"
    DISPLAY_BATTERY_ENERGY_CAPACITY = "Display.BatteryEnergyCapacity"
    DISPLAY_INLET_HOT = "Display.InletHot"
    ENERGY_ACTIVE_EXPORT_INTERVAL = "Energy.Active.Export.Interval"
    ENERGY_ACTIVE_EXPORT_REGISTER = "Energy.Active.Export.Register"
    ENERGY_ACTIVE_IMPORT_INTERVAL = "Energy.Active.Import.Interval"
    ENERGY_ACTIVE_IMPORT_REGISTER = "Energy.Active.Import.Register"
    """the register of what the vehicle took; meant when nothing is said"""
    ENERGY_ACTIVE_IMPORT_CABLE_LOSS = "Energy.Active.Import.CableLoss"
    ENERGY_ACTIVE_IMPORT_LOCAL_GENERATION_REGISTER = "Energy.Active.Import.LocalGeneration.Register"
    ENERGY_ACTIVE_NET = "Energy.Active.Net"
    ENERGY_ACTIVE_SETPOINT_INTERVAL = "Energy.Active.Setpoint.Interval"
    ENERGY_APPARENT_EXPORT = "Energy.Apparent.Export"
    ENERGY_APPARENT_IMPORT = "Energy.Apparent.Import"
    ENERGY_APPARENT_NET = "Energy.Apparent.Net"
    ENERGY_REACTIVE_EXPORT_INTERVAL = "Energy.Reactive.Export.Interval"
    ENERGY_REACTIVE_EXPORT_REGISTER = "Energy.Reactive.Export.Register"
    ENERGY_REACTIVE_IMPORT_INTERVAL = "Energy.Reactive.Import.Interval"
    ENERGY_REACTIVE_IMPORT_REGISTER = "Energy.Reactive.Import.Register"
    ENERGY_REACTIVE_NET = "Energy.Reactive.Net"
    ENERGY_REQUEST_TARGET = "EnergyRequest.Target"
    ENERGY_REQUEST_MINIMUM = "EnergyRequest.Minimum"
    ENERGY_REQUEST_MAXIMUM = "EnergyRequest.Maximum"
    ENERGY_REQUEST_MINIMUM_V2X = "EnergyRequest.Minimum.V2X"
    ENERGY_REQUEST_MAXIMUM_V2X = "EnergyRequest.Maximum.V2X"
    ENERGY_REQUEST_BULK = "EnergyRequest.Bulk"
    FREQUENCY = "Frequency"
    """of the net, in Hz"""
    POWER_ACTIVE_EXPORT = "Power.Active.Export"
    POWER_ACTIVE_IMPORT = "Power.Active.Import"
    POWER_ACTIVE_SETPOINT = "Power.Active.Setpoint"
    POWER_ACTIVE_RESIDUAL = "Power.Active.Residual"
    POWER_EXPORT_MINIMUM = "Power.Export.Minimum"
    POWER_EXPORT_OFFERED = "Power.Export.Offered"
    POWER_FACTOR = "Power.Factor"
    POWER_IMPORT_OFFERED = "Power.Import.Offered"
    POWER_IMPORT_MINIMUM = "Power.Import.Minimum"
    POWER_OFFERED = "Power.Offered"
    """most that the EVSE offers to the vehicle"""
    POWER_REACTIVE_EXPORT = "Power.Reactive.Export"
    POWER_REACTIVE_IMPORT = "Power.Reactive.Import"
    SOC = "SoC"
    """charge of the vehicle's battery, in percent"""
    VOLTAGE = "Voltage"
    VOLTAGE_MINIMUM = "Voltage.Minimum"
    VOLTAGE_MAXIMUM = "Voltage.Maximum"
    TEMPERATURE = "Temperature"
    """OCPP 1.6 only; 2.x has it as a variable of a component"""
    RPM = "RPM"
    """speed of a fan, OCPP 1.6 only; 2.x has it as a variable of a component"""


class Phase(OcppWord):
    """Between what is measured; of all phases together when absent [spec: OCPP]."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    N = "N"
    L1_N = "L1-N"
    L2_N = "L2-N"
    L3_N = "L3-N"
    L1_L2 = "L1-L2"
    L2_L3 = "L2-L3"
    L3_L1 = "L3-L1"


class Location(OcppWord):
    """Where it is measured; at the outlet when absent [spec: OCPP]."""

    BODY = "Body"
    """inside the station"""
    CABLE = "Cable"
    EV = "EV"
    """in the vehicle"""
    INLET = "Inlet"
    """where the station takes from the net"""
    OUTLET = "Outlet"
    """where the vehicle takes from the station"""
    UPSTREAM = "Upstream"
    """between the net and the station, such as the meter of the building; OCPP 2.1 only"""


class ReadingContext(OcppWord):
    """Why it was read just then; Sample.Periodic when absent [spec: OCPP]."""

    INTERRUPTION_BEGIN = "Interruption.Begin"
    INTERRUPTION_END = "Interruption.End"
    OTHER = "Other"
    SAMPLE_CLOCK = "Sample.Clock"
    """the clock stood at a whole interval"""
    SAMPLE_PERIODIC = "Sample.Periodic"
    """so long after the last one"""
    TRANSACTION_BEGIN = "Transaction.Begin"
    TRANSACTION_END = "Transaction.End"
    TRIGGER = "Trigger"
    """the CSMS asked for it"""


class SignedMeterValue(OcppType):
    """What the meter itself signed, for billing [spec: OCPP 2.1]."""

    signed_meter_data: Annotated[str, Field(max_length=32_768)]
    """base64; at most 2500 characters on the wire of 2.0.1"""
    signing_method: Annotated[str, Field(max_length=50)] | None = None
    """required by 2.0.1"""
    encoding_method: Annotated[str, Field(max_length=50)]
    public_key: Annotated[str, Field(max_length=2500)] | None = None
    """base64; required by 2.0.1"""


class UnitOfMeasure(OcppType):
    """In what a value counts [spec: OCPP 2.x]."""

    unit: Annotated[str, Field(max_length=20)] | None = None
    """such as Wh, W, A, V, Hz, Percent; Wh when absent, which is right for energy only"""
    multiplier: Annotated[Whole, Field(ge=-24, le=24)] | None = None
    """power of ten to multiply the value with; 0 when absent. OCPP sets no bounds; these are those of SI prefixes"""


class SampledValue(OcppType):
    """One value [spec: OCPP 2.x]."""

    value: float
    """in its unit; import, and what goes towards the vehicle, is positive"""
    measurand: Measurand | None = None
    """Energy.Active.Import.Register when absent"""
    context: ReadingContext | None = None
    phase: Phase | None = None
    location: Location | None = None
    signed_meter_value: SignedMeterValue | None = None
    unit_of_measure: UnitOfMeasure | None = None


class MeterValue(OcppType):
    """Values of one moment [spec: OCPP]."""

    timestamp: Moment
    sampled_value: Annotated[Many[SampledValue], Field(min_length=1)]
