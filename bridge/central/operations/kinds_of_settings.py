"""The operations with which settings and variables are read, changed and watched."""

from __future__ import annotations

from typing import Final

from bridge.central.operations.kinds import HEARTBEAT, REQUEST_ID, VARIABLES, argument, kind

_REPORTS: Final = ("FullInventory", "ConfigurationInventory", "SummaryInventory")
_MONITOR: Final = {"value": 1, "type": "Delta", "severity": 5, **HEARTBEAT}

SETTINGS: Final = (
    kind(
        "GetConfiguration",
        "Reads all settings, or those that are named, as keys and values.",
        argument("key", "json", "a list of names; all settings when it is left out"),
        sample={"key": ["MeterValueSampleInterval", "ClockAlignedDataInterval"]},
    ),
    kind(
        "ChangeConfiguration",
        "Changes one setting.",
        argument("key", "text", "its name; in OCPP 2.x also Component.Variable", required=True),
        argument("value", "text", required=True),
        sample={"key": "ClockAlignedDataInterval", "value": "1500"},
        is_risky=True,
    ),
    kind(
        "GetVariables",
        "Reads variables of the device model; settings of the same meaning in OCPP 1.6.",
        argument("getVariableData", "json", "a list of components and variables", required=True),
        sample={"getVariableData": [HEARTBEAT]},
    ),
    kind(
        "SetVariables",
        "Changes variables of the device model; settings of the same meaning in OCPP 1.6.",
        argument("setVariableData", "json", "a list of components, variables and values", required=True),
        sample={"setVariableData": [{**HEARTBEAT, "attributeValue": "300"}]},
        is_risky=True,
    ),
    kind(
        "GetBaseReport",
        "Asks for everything that the charger tells of itself, or for what can be set; put together from its parts.",
        argument("reportBase", "word", words=_REPORTS),
        REQUEST_ID,
        sample={"reportBase": "FullInventory"},
    ),
    kind(
        "GetReport",
        "Asks for chosen components and variables with all that is known of them; put together from its parts.",
        VARIABLES,
        argument("componentCriteria", "json", "a list of Active, Available, Enabled, Problem"),
        REQUEST_ID,
        sample={"componentVariable": [{"component": {"name": "OCPPCommCtrlr"}}]},
    ),
    kind(
        "SetNetworkProfile",
        "Keeps in a slot how the charger reaches a central system, for later use; OCPP 2.x only.",
        argument("configurationSlot", "integer", "number of the slot", required=True),
        argument("connectionData", "json", required=True),
        sample={
            "configurationSlot": 2,
            "connectionData": {
                "ocppVersion": "OCPP20",
                "ocppTransport": "JSON",
                "ocppCsmsUrl": "wss://csms.example/ocpp",
                "messageTimeout": 30,
                "securityProfile": 2,
                "ocppInterface": "Wired0",
            },
        },
        is_risky=True,
    ),
    kind(
        "SetVariableMonitoring",
        "Has the charger tell when variables change or cross a threshold; OCPP 2.x only.",
        argument("setMonitoringData", "json", "a list of variables and when to tell", required=True),
        sample={"setMonitoringData": [_MONITOR]},
    ),
    kind(
        "ClearVariableMonitoring",
        "Takes such monitors away; OCPP 2.x only.",
        argument("id", "json", "a list of the monitors' numbers", required=True),
        sample={"id": [1]},
    ),
    kind(
        "GetMonitoringReport",
        "Asks which variables are watched, and how; put together from its parts; OCPP 2.x only.",
        VARIABLES,
        argument("monitoringCriteria", "json", "a list of ThresholdMonitoring, DeltaMonitoring, PeriodicMonitoring"),
        REQUEST_ID,
    ),
    kind(
        "SetMonitoringBase",
        "Chooses the set of monitors: all, those from the factory, or those that cannot be taken away; OCPP 2.x only.",
        argument("monitoringBase", "word", words=("All", "FactoryDefault", "HardWiredOnly"), required=True),
        sample={"monitoringBase": "All"},
    ),
    kind(
        "SetMonitoringLevel",
        "Chooses how severe an event has to be to be told; OCPP 2.x only.",
        argument("severity", "integer", "0 (danger) to 9 (debugging); more severe ones are told", required=True),
        sample={"severity": 5},
    ),
)
"""in the order in which a person would look for them"""
