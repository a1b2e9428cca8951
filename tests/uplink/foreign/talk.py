"""The same questions in each version of OCPP, for tests of what the versions share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from tests.uplink.foreign.csms import ForeignCsms
from tests.uplink.foreign.events import CsmsOptions, Params, Story, Transaction
from tests.uplink.foreign.site import STATION, Site, at

REGISTER: Final = "Energy.Active.Import.Register"
PLACES: Final[Mapping[str, str]] = {
    "AuthorizationKey": "SecurityCtrlr.BasicAuthPassword",
    "AuthorizeRemoteTxRequests": "AuthCtrlr.AuthorizeRemoteStart",
    "ClockAlignedDataInterval": "AlignedDataCtrlr.Interval",
    "HeartbeatInterval": "OCPPCommCtrlr.HeartbeatInterval",
    "LocalAuthListEnabled": "LocalAuthListCtrlr.Enabled",
    "MeterValueSampleInterval": "SampledDataCtrlr.TxUpdatedInterval",
    "MeterValuesAlignedData": "AlignedDataCtrlr.Measurands",
    "MeterValuesSampledData": "SampledDataCtrlr.TxUpdatedMeasurands",
    "SecurityProfile": "SecurityCtrlr.SecurityProfile",
    "StopTxnSampledData": "SampledDataCtrlr.TxEndedMeasurands",
    "TransactionMessageAttempts": "OCPPCommCtrlr.MessageAttempts[TransactionEvent]",
    "TransactionMessageRetryInterval": "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]",
    "WebSocketPingInterval": "OCPPCommCtrlr.WebSocketPingInterval",
}
"""a key of 1.6 → its place in 2.x, for those that tests set"""


@dataclass(frozen=True, slots=True)
class Told:
    """A transaction as the central system knows it."""

    began_at: datetime
    meter_start_wh: float
    tag: str
    starts: int
    """how often its start came"""
    ended_at: datetime | None
    meter_stop_wh: float | None
    stops: int
    reason: str | None
    registers_wh: list[float]
    """between the ends, in the order in which they came"""


class Talk(Protocol):
    """One version."""

    version: str

    def csms(self, **options: Any) -> ForeignCsms:
        """Return a central system that speaks only that."""

    async def list_version(self, site: Site[Any]) -> int:
        """Ask for the version of the local list: a question that changes nothing."""

    async def trigger(self, site: Site[Any], message: str, connector: int | None = None) -> Params:
        """Ask for a message, and return the answer."""

    async def change(self, site: Site[Any], key: str, value: str) -> str:
        """Change a setting, named as in 1.6; return the status."""

    async def value(self, site: Site[Any], key: str) -> str | None:
        """Return a setting, named as in 1.6; None where it is not told."""

    async def started(self, site: Site[Any], count: int = 1) -> None:
        """Wait until so many starts came."""

    async def metered(self, site: Site[Any], count: int = 1) -> None:
        """Wait until so many messages with values of transactions came."""

    async def stopped(self, site: Site[Any], count: int = 1) -> None:
        """Wait until so many ends came."""

    def count(self, site: Site[Any]) -> tuple[int, int, int]:
        """Return how many starts, messages with values and ends have come."""

    async def transactions(self, site: Site[Any]) -> list[Told]:
        """Return what the central system knows of this station's transactions, in their order."""


async def settle(site: Site[Any], talk: Talk, **settings: str) -> None:
    """Change settings, named as in 1.6, each of which must be taken."""
    for key, value in settings.items():
        assert await talk.change(site, key, value) == "Accepted", key


class Talk16:
    """OCPP 1.6."""

    version = "1.6"

    def csms(self, **options: Any) -> ForeignCsms:
        """Return a central system of 1.6."""
        return ForeignCsms(CsmsOptions(**options))

    async def list_version(self, site: Site[Any]) -> int:
        """Ask GetLocalListVersion."""
        return int((await site.call("GetLocalListVersion"))["listVersion"])

    async def trigger(self, site: Site[Any], message: str, connector: int | None = None) -> Params:
        """Ask TriggerMessage."""
        place = {} if connector is None else {"connectorId": connector}
        return await site.call("TriggerMessage", requestedMessage=message, **place)

    async def change(self, site: Site[Any], key: str, value: str) -> str:
        """Ask ChangeConfiguration."""
        return str((await site.call("ChangeConfiguration", key=key, value=value))["status"])

    async def value(self, site: Site[Any], key: str) -> str | None:
        """Ask GetConfiguration."""
        told = await site.call("GetConfiguration", key=[key])
        value: str | None = told["configurationKey"][0].get("value")
        return value

    async def started(self, site: Site[Any], count: int = 1) -> None:
        """Wait for StartTransactions."""
        await site.told("StartTransaction", count)

    async def metered(self, site: Site[Any], count: int = 1) -> None:
        """Wait for MeterValues."""
        await site.told("MeterValues", count)

    async def stopped(self, site: Site[Any], count: int = 1) -> None:
        """Wait for StopTransactions."""
        await site.told("StopTransaction", count)

    def count(self, site: Site[Any]) -> tuple[int, int, int]:
        """Count StartTransactions, MeterValues and StopTransactions."""
        params = site.csms.params
        return len(params("StartTransaction")), len(params("MeterValues")), len(params("StopTransaction"))

    async def transactions(self, site: Site[Any]) -> list[Told]:
        """Read the ledger; nothing in it is an orphan."""
        ledger = await site.csms.ledger()
        assert ledger.orphans == []
        return [_of_transaction(one) for one in ledger.transactions if one.identity == STATION]

    def __repr__(self) -> str:
        return self.version


class Talk2:
    """OCPP 2.0.1 or 2.1."""

    def __init__(self, version: str) -> None:
        self.version = version

    def csms(self, **options: Any) -> ForeignCsms:
        """Return a central system of this version."""
        return ForeignCsms(CsmsOptions(protocols=(f"ocpp{self.version}",), **options))

    async def list_version(self, site: Site[Any]) -> int:
        """Ask GetLocalListVersion."""
        return int((await site.call("GetLocalListVersion"))["versionNumber"])

    async def trigger(self, site: Site[Any], message: str, connector: int | None = None) -> Params:
        """Ask TriggerMessage."""
        place = {} if connector is None else {"evse": {"id": connector, "connectorId": 1}}
        return await site.call("TriggerMessage", requestedMessage=message, **place)

    async def change(self, site: Site[Any], key: str, value: str) -> str:
        """Ask SetVariables."""
        ask = {**place(PLACES[key]), "attributeValue": value}
        [result] = (await site.call("SetVariables", setVariableData=[ask]))["setVariableResult"]
        return str(result["attributeStatus"])

    async def value(self, site: Site[Any], key: str) -> str | None:
        """Ask GetVariables."""
        [result] = (await site.call("GetVariables", getVariableData=[place(PLACES[key])]))["getVariableResult"]
        value: str | None = result.get("attributeValue")
        return value

    async def started(self, site: Site[Any], count: int = 1) -> None:
        """Wait for Starteds."""
        await site.event("Started", count)

    async def metered(self, site: Site[Any], count: int = 1) -> None:
        """Wait for Updateds with values."""
        what = f"{count} × Updated with values"
        await site.csms.wait_until(lambda: self.count(site)[1] >= count, what)

    async def stopped(self, site: Site[Any], count: int = 1) -> None:
        """Wait for Endeds."""
        await site.event("Ended", count)

    def count(self, site: Site[Any]) -> tuple[int, int, int]:
        """Count Starteds, Updateds with values, and Endeds."""
        metered = [event for event in site.events("Updated") if "meterValue" in event]
        return len(site.events("Started")), len(metered), len(site.events("Ended"))

    async def transactions(self, site: Site[Any]) -> list[Told]:
        """Read the stories."""
        return [_of_story(one) for one in (await site.csms.ledger()).stories if one.identity == STATION]

    def __repr__(self) -> str:
        return self.version


TALKS: Final[tuple[Talk, ...]] = (Talk16(), Talk2("2.0.1"))


def place(name: str) -> Params:
    """Return the component and variable of `Component.Variable[Instance]`."""
    component, _, rest = name.partition(".")
    variable, _, instance = rest.rstrip("]").partition("[")
    return {
        "component": {"name": component},
        "variable": {"name": variable} | ({"instance": instance} if instance else {}),
    }


def register_wh(values: list[Params], context: str | None = None) -> float | None:
    """Return the first energy register in some meterValues, of one context or any, in Wh."""
    for value in values:
        for sampled in value["sampledValue"]:
            if sampled.get("measurand", REGISTER) == REGISTER and context in (None, sampled.get("context")):
                return float(sampled["value"])
    return None


def _of_transaction(one: Transaction) -> Told:
    stop = one.stop
    return Told(
        began_at=at(one.start),
        meter_start_wh=one.start["meterStart"],
        tag=one.start["idTag"],
        starts=one.starts,
        ended_at=None if stop is None else at(stop),
        meter_stop_wh=None if stop is None else stop["meterStop"],
        stops=one.stops,
        reason=None if stop is None else stop.get("reason"),
        registers_wh=[wh for told in one.meter_values if (wh := register_wh(told["meterValue"])) is not None],
    )


def _of_story(one: Story) -> Told:
    end, start = one.end, one.start
    begun_wh = register_wh(start.get("meterValue", []), "Transaction.Begin")
    assert begun_wh is not None
    updates = [register_wh(event.get("meterValue", [])) for event in one.said("Updated")]
    return Told(
        began_at=at(start),
        meter_start_wh=begun_wh,
        tag=start.get("idToken", {}).get("idToken", ""),
        starts=1,
        ended_at=None if end is None else at(end),
        meter_stop_wh=None if end is None else register_wh(end.get("meterValue", []), "Transaction.End"),
        stops=0 if end is None else 1,
        reason=None if end is None else end["transactionInfo"].get("stoppedReason"),
        registers_wh=[wh for wh in updates if wh is not None],
    )
