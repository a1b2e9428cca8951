"""What a charger says over HTTP, kept in the store and read back, is sayable in every version of OCPP."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from adapters.etrel.adapter import EtrelOptions, build
from adapters.etrel.simulator import EtrelSimulator, SimulatorOptions
from bridge.clock import SystemClock
from bridge.http.client import ChargerHttp
from bridge.store.sqlite import open_store
from bridge.types.charger import Snapshot
from bridge.types.ocpp.facts import connector_state_of, meter_values_of_intervals, places_of
from bridge.types.ocpp.session_facts import about_in_v16, ended_event_of, started_event_of
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.translate.meter_values import values_in_v16
from bridge.types.ocpp.translate.status import status_notification
from bridge.types.ocpp.translate.transactions import messages_in_v16
from bridge.types.ocpp.version import OcppVersion
from bridge.types.options import Credentials
from bridge.types.series import CellState, floor_interval_s
from tests.types.ocpp.schemas import check

_DAYS = 6
_V2 = (OcppVersion.V201, OcppVersion.V21)


def _keep(folder: Path) -> Snapshot:
    """Read status, sessions and yesterday's power of a simulated charger, and keep them."""

    async def read() -> Snapshot:
        clock = SystemClock()
        async with EtrelSimulator(SimulatorOptions(days=_DAYS, seed=3, connectors=2), clock) as simulator:
            options = EtrelOptions.model_validate({"id": "garage", "type": "etrel", "url": simulator.url})
            charger = build(options, ChargerHttp(options, "garage (test)"), Credentials(), clock)
            now = clock.now()
            snapshot = await charger.snapshot()
            with open_store(folder) as store:
                async for page in charger.sessions(now - timedelta(days=_DAYS), now):
                    store.put_sessions("garage", page, now)
                to_s = floor_interval_s(now.timestamp())
                batch = await charger.intervals(await charger.measures(), to_s - 86_400, to_s)
                store.put_intervals("garage", batch, CellState.FILLED, now)
            await charger.aclose()
        return snapshot

    return asyncio.run(read())


def test_kept_sessions_states_and_power_are_valid_in_every_version(tmp_path: Path) -> None:
    """Every session, every connector's state and every interval validates against the schemas; energies agree."""
    snapshot = _keep(tmp_path)
    places = places_of(snapshot.connectors)
    connectors = ConnectorNumbers(places.values())
    with open_store(tmp_path, read_only=True) as store:
        sessions = [session for _, session in store.sessions("garage")]
        read_s = floor_interval_s(snapshot.read_at.timestamp())
        power = store.power("garage", "connector1", read_s - 2 * 86_400, read_s + 86_400)
    assert len(sessions) > 5
    assert len(power) == 288
    for reading in snapshot.connectors:
        state = connector_state_of(reading, snapshot.read_at, places[reading.connector_id])
        assert state is not None
        for version in OcppVersion:
            check(status_notification(state, version, connectors).payload, version, "StatusNotification")
    for number, session in enumerate(sessions):
        place = places[session.connector_id]
        begun = started_event_of(session, f"transaction-{number}", place)
        events = [begun, *filter(None, [ended_event_of(session, f"transaction-{number}", 1)])]
        assert len(events) == 1 + (session.ended_at is not None)
        for event in events:
            for version in _V2:
                check(say(event, version).payload, version, "TransactionEvent")
            about = about_in_v16(session, event, place, "garage", number + 1)
            for message in messages_in_v16(event, about, connectors):
                told = message.said.payload
                assert told is not None
                check(told, OcppVersion.V16, message.action)
                if "meterStop" in told:
                    assert session.meter_stop_wh is not None
                    assert told["meterStop"] == int(session.meter_stop_wh)
    values, dropped = values_in_v16(meter_values_of_intervals(power), "meterValue")
    assert (len(values), dropped) == (288, ())
    check({"connectorId": 1, "meterValue": values}, OcppVersion.V16, "MeterValues")
    for value in meter_values_of_intervals(power):
        whole = {"evseId": 1, "meterValue": [say(value, OcppVersion.V201).payload]}
        check(whole, OcppVersion.V201, "MeterValues")
