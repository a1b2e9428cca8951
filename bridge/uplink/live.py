"""What a charger says right now, for a central system that asks out of turn."""

from __future__ import annotations

from bridge.errors import ChargerError
from bridge.ports import Store
from bridge.types.ocpp.facts import MEASURANDS, meter_value_of
from bridge.types.ocpp.meter_value import Measurand, MeterValue, ReadingContext
from bridge.types.session import ChargingSession
from bridge.types.transaction import StationTransaction, TransactionPhase
from bridge.uplink.station import Station


async def live_values(
    station: Station, connector_id: int, measurands: tuple[Measurand, ...], context: ReadingContext
) -> tuple[StationTransaction | None, tuple[MeterValue, ...]]:
    """Ask the charger now and return what it says of a connector, with its running transaction.

    Empty where it does not answer, or tells nothing of these measurands. Raises StoreError.
    """
    try:
        snapshot = await station.house.commander.look(station.charger.charger, 2.0)
    except ChargerError:
        return None, ()
    await station.house.recorder.commit()
    await station.following.look_at_news()
    reading = next((one for one in snapshot.connectors if one.connector_id == connector_id), None)
    if reading is None:
        return None, ()
    transaction, session = await station.house.desk.run(lambda store: _running(store, station, connector_id))
    register_wh = reading.register_wh
    if register_wh is None and session is not None and session.meter_start_wh is not None:
        energy_wh = reading.session_energy_wh
        register_wh = None if energy_wh is None else session.meter_start_wh + energy_wh
    told_wh = None if register_wh is None else float(int(register_wh))
    value = meter_value_of(reading, snapshot.read_at, context, register_wh=told_wh, measurands=measurands or MEASURANDS)
    return transaction, () if value is None else (value,)


def _running(
    store: Store, station: Station, connector_id: int
) -> tuple[StationTransaction | None, ChargingSession | None]:
    for transaction in reversed(store.transactions(station.outbox.station, TransactionPhase.RUNNING)):
        session = store.session(station.charger.charger, transaction.session_id, transaction.started_at)
        if session is not None and session.connector_id == connector_id and session.ended_at is None:
            return transaction, session
    return None, None
