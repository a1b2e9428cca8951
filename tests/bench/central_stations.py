"""Stations of OCPP 1.6 that charge, in a process of their own: their CPU is nobody's concern.

`python -m tests.bench.central_stations URL STATIONS VALUES` prints how many are connected, have booted and begun a
transaction, then for each line of its input, seconds since the beginning, lets all of them tell meter values of that
moment at once, and prints how many were answered.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bridge.types.facts import to_rfc3339
from tests.bench.ocpp_site import BEGIN_AT, METER_START_WH, charger_name, reading

PLUGGED_S = 7
"""after the beginning, when all have begun; from then on values come between two polls"""
_AT_ONCE = 20
_REPLIES: dict[str, dict[str, Any]] = {
    "GetConfiguration": {"configurationKey": [], "unknownKey": []},
    "ChangeConfiguration": {"status": "Accepted"},
    "TriggerMessage": {"status": "Accepted"},
}


class Station:
    """One of them."""

    def __init__(self, number: int, values: int) -> None:
        self._number = number
        self._values = values
        self._connection: ClientConnection | None = None
        self._listening: asyncio.Task[None] | None = None
        self._answer: asyncio.Future[Any] | None = None
        self._transaction = 0
        self._sent = 0

    async def start(self, url: str) -> None:
        """Connect, boot, and begin a transaction."""
        address = f"{url}/{charger_name(self._number)}"
        self._connection = await connect(address, subprotocols=[Subprotocol("ocpp1.6")], compression=None)
        self._listening = asyncio.create_task(self._listen(self._connection))
        at = to_rfc3339(BEGIN_AT)
        await self._call("BootNotification", {"chargePointVendor": "Bench", "chargePointModel": "B1"})
        state = {"connectorId": 1, "errorCode": "NoError", "status": "Charging", "timestamp": at}
        await self._call("StatusNotification", state)
        begun = {"connectorId": 1, "idTag": "04AABBCC", "meterStart": int(METER_START_WH), "timestamp": at}
        self._transaction = (await self._call("StartTransaction", begun))["transactionId"]

    async def tell(self, passed_s: int) -> None:
        """Tell what the meter shows."""
        told = {
            "timestamp": to_rfc3339(BEGIN_AT + timedelta(seconds=passed_s)),
            "sampledValue": _sampled(passed_s, self._number, self._values),
        }
        payload = {"connectorId": 1, "transactionId": self._transaction, "meterValue": [told]}
        await self._call("MeterValues", payload)

    async def stop(self) -> None:
        """Let go of everything."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()

    async def _call(self, action: str, payload: dict[str, Any]) -> Any:
        assert self._connection is not None
        self._sent += 1
        self._answer = asyncio.get_running_loop().create_future()
        await self._connection.send(json.dumps([2, f"{self._number}-{self._sent}", action, payload]))
        return await self._answer

    async def _listen(self, connection: ClientConnection) -> None:
        async for text in connection:
            kind, message_id, *rest = json.loads(text)
            if kind == 2:
                await connection.send(json.dumps([3, message_id, _REPLIES[rest[0]]]))
            elif self._answer is not None:
                assert kind == 3, rest
                self._answer.set_result(rest[0])


def _sampled(passed_s: int, number: int, values: int) -> list[dict[str, str]]:
    """Return what a station on three phases tells: 4 values where it tells totals, 12 where it tells phases too."""
    now = reading(passed_s // 10, number)
    power_w = now.power_w or 0.0
    told: list[tuple[float | None, str, str, str | None]] = [
        (int(now.register_wh or 0), "Energy.Active.Import.Register", "Wh", None),
        (power_w, "Power.Active.Import", "W", None),
        (16.0, "Current.Offered", "A", None),
        (now.current_a, "Current.Import", "A", "L1"),
        (now.current_l2_a, "Current.Import", "A", "L2"),
        (now.current_l3_a, "Current.Import", "A", "L3"),
        (now.voltage_l1_v, "Voltage", "V", "L1-N"),
        (now.voltage_l2_v, "Voltage", "V", "L2-N"),
        (now.voltage_l3_v, "Voltage", "V", "L3-N"),
        *((round(power_w / 3, 1), "Power.Active.Import", "W", phase) for phase in ("L1", "L2", "L3")),
    ]
    return [
        {"value": f"{value:.10g}", "context": "Sample.Periodic", "measurand": measurand, "unit": unit}
        | ({} if phase is None else {"phase": phase})
        for value, measurand, unit, phase in told[:values]
    ]


async def _run(url: str, count: int, values: int) -> None:
    questions = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    stations = [Station(number, values) for number in range(count)]
    for first in range(0, count, _AT_ONCE):
        await asyncio.gather(*(station.start(url) for station in stations[first : first + _AT_ONCE]))
    print(json.dumps(count), flush=True)
    while line := await questions.readline():
        await asyncio.gather(*(station.tell(int(line)) for station in stations))
        print(json.dumps(count), flush=True)
    for station in stations:
        await station.stop()


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
