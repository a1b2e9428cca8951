"""The answers of generalStatus and systemInformation."""

from __future__ import annotations

from typing import Any

from adapters.etrel.simulation.connector import Connector
from adapters.etrel.simulation.curve import STEP_W, to_kw
from adapters.etrel.simulation.options import SimulatorOptions
from adapters.etrel.simulation.session_log import as_energy_kwh
from adapters.etrel.simulation.ticks import NO_TIME, as_single, seconds, write_instant, write_span
from adapters.etrel.simulation.world import World
from adapters.simulation.answer import write_json
from bridge.types.words import ConnectorStatus

VOLTAGE_V = 230.0
MAX_ONE_PHASE_A = 16
MAX_THREE_PHASE_A = 29
_IDLE_TARGET_A = 6
_OPERATED_BEFORE = seconds(8170 * 86_400)
"""the charger claims to have run for longer than it can have existed [seed]"""
_MODBUS_WORDS = {
    ConnectorStatus.AVAILABLE: "SocketAvailable",
    ConnectorStatus.PREPARING: "WaitingForVehicleToStart",
    ConnectorStatus.CHARGING: "Charging",
    ConnectorStatus.SUSPENDED_EV: "ChargingPausedByEv",
    ConnectorStatus.SUSPENDED_EVSE: "ChargingPausedByEvse",
    ConnectorStatus.FINISHING: "ChargingEnded",
    ConnectorStatus.FAULTED: "ChargingFault",
    ConnectorStatus.UNAVAILABLE: "Unavailable",
}


def status_word(connector: Connector, at: int, words: str) -> str:
    """Return the connector's state in the words of `SimulatorOptions.status_words`."""
    status = connector.status(at)
    if words == "ocpp":
        return status.value
    return "WaitingForVehicleToBeConnected" if connector.awaits_plug(at) else _MODBUS_WORDS[status]


def write_status(world: World, options: SimulatorOptions, at: int, word: str | None = None) -> bytes:
    """Return generalStatus at `at`; `word` replaces every connector's state."""
    per_evse = options.connectors_per_evse
    connectors = list(world.connectors.values())
    evses = [
        {
            "evseId": number,
            "evseCode": str(number),
            "connectors": [
                _connector(world, c, at, word or status_word(c, at, options.status_words))
                for c in connectors[first : first + per_evse]
            ],
        }
        for number, first in enumerate(range(0, len(connectors), per_evse), start=1)
    ]
    total_kw = to_kw(world.total_steps(at))
    return write_json(
        {
            "authorization": {"type": "ChargerWhitelistOnly"},
            "centralSystem": {"status": options.central_system},
            "evses": evses,
            "gsm": {"isInstalled": False, "isEnabled": False, "linkIsUp": False, "linkQuality": 0},
            "wifi": {"isInstalled": True, "isEnabled": True, "linkIsUp": True, "linkQuality": 81},
            "powerManagement": {
                "loadGuard": {
                    "isInstalled": options.load_guard,
                    "isConnected": options.load_guard,
                    "buildingTotalPower": as_single(world.building_kw(at)) if options.load_guard else 0.0,
                    "maxCurrentL1": 60.0,
                    "maxCurrentL2": 60.0,
                    "maxCurrentL3": 60.0,
                },
                "cluster": {
                    "isEnabled": options.cluster,
                    "allChargersConnected": options.cluster,
                    "totalPower": total_kw if options.cluster else 0.0,
                    "maxCurrentL1": 25.0,
                    "maxCurrentL2": 25.0,
                    "maxCurrentL3": 25.0,
                },
            },
            "latestFaults": sum(c.faulted for c in connectors),
            "chargerTotalOperatingTime": write_span(_OPERATED_BEFORE + at - world.plan.born_at),
        }
    )


def write_information(options: SimulatorOptions) -> bytes:
    """Return systemInformation."""
    return write_json(
        {
            "model": "INCH-HOME" if options.connectors == 1 else "INCH-DUO",
            "serialNumber": f"SIM{options.seed:06}",
            "operationsVersion": "5.2.3",
            "osVersion": "3.4.1",
        }
    )


def _connector(world: World, connector: Connector, at: int, word: str) -> dict[str, Any]:
    return {
        "connectorId": connector.connector_id,
        "numberOfPhases": "Three",
        "type": "CableType2",
        "maxCurrentL1": 0,
        "maxCurrent1Phase": MAX_ONE_PHASE_A,
        "maxCurrent3Phase": MAX_THREE_PHASE_A,
        "hardwareMaxCurrent": MAX_THREE_PHASE_A,
        "hardwareMaxVoltage": VOLTAGE_V,
        "onlineData": _online_data(world, connector, at, word),
        "lastSession": _last_session(connector, at),
    }


def _online_data(world: World, connector: Connector, at: int, word: str) -> dict[str, Any]:
    session = connector.session(at)
    steps = connector.steps_at(at)
    phases = _phases(connector, at)
    return {
        "status": word,
        "mode": (session.mode if session else None) or "Fast",
        "sessionId": session.session_id if session else 0,
        "numberOfPhases": "Three",
        "targetCurrent": MAX_ONE_PHASE_A if connector.running(at) else _IDLE_TARGET_A,
        "phase1Current": round(steps * STEP_W / (VOLTAGE_V * len(phases)), 2),
        "phaseUsed": f"L{phases}",
        "power": to_kw(steps),
        "consumedEnergy": world.register_mwh(connector, at) / 1e6,
        # It runs on after the end of charging [seed].
        "chargingDuration": write_span(at - session.started_at if session else 0),
        "plannedDepartureTime": write_instant(session.planned_departure()) if session else NO_TIME,
        "departureTimeMode": "Selected",
        "reserverdTime": NO_TIME,
        "faultEventType": "SystemInternalFault" if connector.faulted else None,
        "faultEventDescription": "simulated" if connector.faulted else None,
        "totalOperatingTme": write_span(connector.operated(at)),
    }


def _phases(connector: Connector, at: int) -> str:
    """Return the phases in use: a car that takes no more than one phase gives, or two, uses so many."""
    session = connector.running(at)
    if session is None:
        return "123"
    peak_w = session.stay.curve.peak_steps(session.stay.curve.length) * STEP_W
    return "123"[: min(3, -int(-peak_w // (MAX_ONE_PHASE_A * VOLTAGE_V + STEP_W)))]


def _last_session(connector: Connector, at: int) -> dict[str, Any] | None:
    session = next((s for s in reversed(connector.sessions) if s.seen_end(at) is not None), None)
    end = session.seen_end(at) if session else None
    if session is None or end is None:
        return None
    return {
        "chargingDuration": write_span(session.lasted(at)),
        "chargingEndedTime": write_instant(end),
        "energyConsumed": as_energy_kwh(session.energy_mwh(at)),
        "chargingSessionStopReason": session.stop_reason,
    }
