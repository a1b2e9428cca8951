"""What a station is asked and told once it is there: what it can do, and how often it is to tell its meter values.

[spec: 1.6, 9 (standard keys); 2.x, part 2 appendices (SampledDataCtrlr, AlignedDataCtrlr, SmartChargingCtrlr)]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from bridge.central.options import CentralOptions
from bridge.central.talk import CallRefusedError
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.version import OcppVersion
from bridge.types.operation import ChargingTraits
from bridge.types.series import INTERVAL_S

_MEASURANDS: Final = (
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Current.Import",
    "Voltage",
    "Current.Offered",
)
"""what is wished, the most needed first: where all of it is refused, the last are left out"""
_FEWEST: Final = _MEASURANDS[:1]
_WORDS: Final[Mapping[str, str]] = {"Current": "A", "Power": "W", "A": "A", "W": "W"}
"""1.6's and 2.x's words for the unit of a schedule"""
_MOST_EVSES: Final = 16
"""that are asked for: a station may say yes to any number"""
_SET: Final = frozenset({"Accepted", "RebootRequired"})


class Asked(Protocol):
    """A station that can be asked."""

    async def call(self, action: str, payload: Mapping[str, Any], limit_s: float = 30.0) -> dict[str, Any]:
        """See `bridge.central.talk.Talk`."""


@dataclass(frozen=True, slots=True)
class Introduced:
    """What came of it."""

    traits: ChargingTraits
    remarks: tuple[str, ...] = ()
    """what a person should know: settings that the station did not take"""


@dataclass(frozen=True, slots=True)
class _Setting:
    """One setting as both versions know it: a key of 1.6, a component and variable of 2.x."""

    key: str
    component: str
    variable: str

    @property
    def place(self) -> dict[str, Any]:
        return {"component": {"name": self.component}, "variable": {"name": self.variable}}


_SAMPLE_INTERVAL = _Setting("MeterValueSampleInterval", "SampledDataCtrlr", "TxUpdatedInterval")
_SAMPLED = _Setting("MeterValuesSampledData", "SampledDataCtrlr", "TxUpdatedMeasurands")
_CLOCK_INTERVAL = _Setting("ClockAlignedDataInterval", "AlignedDataCtrlr", "Interval")
_CLOCKED = _Setting("MeterValuesAlignedData", "AlignedDataCtrlr", "Measurands")
_STACK_LEVEL = _Setting("ChargeProfileMaxStackLevel", "SmartChargingCtrlr", "ProfileStackLevel")
_RATE_UNIT = _Setting("ChargingScheduleAllowedChargingRateUnit", "SmartChargingCtrlr", "RateUnit")
_PROFILES = _Setting("SupportedFeatureProfiles", "SmartChargingCtrlr", "Available")
_ALL: Final = (_SAMPLE_INTERVAL, _SAMPLED, _CLOCK_INTERVAL, _CLOCKED, _STACK_LEVEL, _RATE_UNIT, _PROFILES)


async def introduce(station: Asked, version: OcppVersion, options: CentralOptions) -> Introduced:
    """Ask a station for what it can do, set what is to be told, and have it tell its states.

    A no to any of it is a remark. Raises NotSentError and SilentError.
    """
    told = await _read(station, version)
    remarks: list[str] = []
    if options.configure:
        for setting, values in _wanted(options):
            if told.get(setting.key) == values[0]:
                continue
            why = await _write(station, version, setting, values)
            if why:
                remarks.append(f"{setting.key} is not {values[0]}: {why}")
    if version is not OcppVersion.V16 or "RemoteTrigger" in told.get(_PROFILES.key, "RemoteTrigger"):
        await _have_states_told(station, version, remarks)
    return Introduced(_traits(told, version), tuple(remarks))


def _wanted(options: CentralOptions) -> Iterator[tuple[_Setting, tuple[str, ...]]]:
    """Yield settings with the values that would do, the best first."""
    lists = tuple(",".join(_MEASURANDS[:count]) for count in range(len(_MEASURANDS), 0, -1))
    yield _SAMPLED, lists
    yield _SAMPLE_INTERVAL, (str(round(options.sample_s)),)
    yield _CLOCKED, (",".join(_FEWEST),)
    yield _CLOCK_INTERVAL, (str(INTERVAL_S),)


async def _read(station: Asked, version: OcppVersion) -> dict[str, str]:
    """Return what the station tells of the settings that count here, by 1.6's key."""
    try:
        if version is OcppVersion.V16:
            answer = await station.call("GetConfiguration", {"key": [setting.key for setting in _ALL]})
            rows = answer.get("configurationKey") or []
            return {row["key"]: row["value"] for row in rows if row.get("value") is not None}
        answer = await station.call("GetVariables", {"getVariableData": [setting.place for setting in _ALL]})
    except (CallRefusedError, PayloadError):
        return {}
    found = {}
    for result in answer.get("getVariableResult", ()):
        place = (result["component"]["name"], result["variable"]["name"])
        value = result.get("attributeValue")
        for setting in _ALL:
            if (setting.component, setting.variable) == place and value is not None:
                found[setting.key] = value
    return found


async def _write(station: Asked, version: OcppVersion, setting: _Setting, values: tuple[str, ...]) -> str:
    """Set the first of these values that the station takes; return why none was, empty where one is."""
    status = ""
    for value in values:
        try:
            if version is OcppVersion.V16:
                answer = await station.call("ChangeConfiguration", {"key": setting.key, "value": value})
                status = answer["status"]
            else:
                wish = {**setting.place, "attributeValue": value}
                answer = await station.call("SetVariables", {"setVariableData": [wish]})
                status = answer["setVariableResult"][0]["attributeStatus"]
        except CallRefusedError as error:
            status = error.error.code
        except PayloadError as error:
            status = f"an answer that cannot be read ({error.seen})"
        if status in _SET:
            return "" if status == "Accepted" else "it takes effect after a restart of the charger"
        if status not in {"Rejected", "PropertyConstraintViolation"}:
            break
    return f"the station says {status}"


async def _have_states_told(station: Asked, version: OcppVersion, remarks: list[str]) -> None:
    """Have the present states told; 2.x wants each connector asked for by itself [spec: F06.FR.12]."""
    wish: dict[str, Any] = {"requestedMessage": "StatusNotification"}
    number = 1
    try:
        if version is OcppVersion.V16:
            answer = await station.call("TriggerMessage", wish)
        else:
            while True:
                evse = {"id": number, "connectorId": 1}
                answer = await station.call("TriggerMessage", {**wish, "evse": evse})
                if answer.get("status") != "Accepted" or number == _MOST_EVSES:
                    break
                number += 1
    except (CallRefusedError, PayloadError):
        return
    if number == 1 and answer.get("status") not in {"Accepted", "NotImplemented"}:
        remarks.append(f"it tells its states by itself only: TriggerMessage was {answer.get('status')}")


def _traits(told: Mapping[str, str], version: OcppVersion) -> ChargingTraits:
    profiles = told.get(_PROFILES.key)
    if profiles is None:
        is_smart = True
    elif version is OcppVersion.V16:
        is_smart = "SmartCharging" in profiles
    else:
        is_smart = profiles.lower() == "true"
    level = told.get(_STACK_LEVEL.key, "0")
    units = {_WORDS[word.strip()] for word in told.get(_RATE_UNIT.key, "A").split(",") if word.strip() in _WORDS}
    return ChargingTraits(
        is_smart=is_smart,
        stack_level=int(level) if level.isdecimal() else 0,
        rate_units=frozenset(units or {"A"}),
    )
