"""Values of the moment: what a charger says when it is asked out of turn, and of connectors without a transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from bridge.errors import ChargerError
from bridge.ports import Store
from bridge.types.facts import from_epoch_s, to_epoch_s
from bridge.types.ocpp.facts import MEASURANDS, meter_value_of
from bridge.types.ocpp.meter_value import Measurand, MeterValue, ReadingContext
from bridge.types.session import ChargingSession
from bridge.types.transaction import StationTransaction, TransactionPhase
from bridge.uplink.dialect import Wording
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


async def idle_values(station: Station, since: datetime, now: datetime) -> tuple[datetime, list[Wording]]:
    """Return what the charger's connectors without a transaction showed at the last whole interval of the clock.

    With it comes the end of that interval; nothing where it is not after `since`. Raises StoreError.
    """
    settings = station.configuration.settings
    every_s = settings.clock_aligned_data_interval_s
    until_at = from_epoch_s(to_epoch_s(now) // every_s * every_s)
    if until_at <= since:
        return since, []
    charger = station.charger.charger
    from_at = until_at - timedelta(seconds=every_s)

    def read(store: Store) -> list[Wording]:
        rows = {row.connector_id: row for row in store.readings(charger, from_at, until_at)}
        busy = {number for number in rows if _running(store, station, number)[0] is not None}
        said = []
        for connector_id, row in sorted(rows.items()):
            value = meter_value_of(
                row,
                row.at,
                ReadingContext.SAMPLE_CLOCK,
                register_wh=None if row.register_wh is None else float(int(row.register_wh)),
                measurands=settings.aligned_measurands,
            )
            if value is not None and connector_id not in busy:
                said.append(station.dialect.metered(connector_id, None, (value,)))
        return said

    return until_at, await station.house.desk.run(read)


def _running(
    store: Store, station: Station, connector_id: int
) -> tuple[StationTransaction, ChargingSession] | tuple[None, None]:
    return station.outbox.transactions.at_connector(store, connector_id, TransactionPhase.RUNNING) or (None, None)
