"""Reports of OCPP 2.x, put together again from their parts."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.uplink.foreign.csms import ForeignCsms
from tests.uplink.foreign.events import Params
from tests.uplink.foreign.site import STATION, Site

_CONTENTS = {"NotifyReport": "reportData", "NotifyMonitoringReport": "monitor"}


class Place(NamedTuple):
    """A variable's place, as it can be compared."""

    component: str
    component_instance: str | None
    evse_id: int | None
    connector_id: int | None
    variable: str
    variable_instance: str | None


def place_of(told: Params) -> Place:
    """Return the place that a report or a result names."""
    component, variable = told["component"], told["variable"]
    evse = component.get("evse", {})
    return Place(
        component["name"],
        component.get("instance"),
        evse.get("id"),
        evse.get("connectorId"),
        variable["name"],
        variable.get("instance"),
    )


async def report(site: Site[Any], question: str, request_id: int, **asked: Any) -> list[Params]:
    """Ask for a report, which must be Accepted, and return all of it."""
    method = "NotifyMonitoringReport" if question == "GetMonitoringReport" else "NotifyReport"
    answer = await site.call(question, requestId=request_id, **asked)
    assert answer == {"status": "Accepted"}
    await site.csms.wait_until(
        lambda: any(not part.get("tbc", False) for part in _parts(site.csms, method, request_id)),
        f"the last part of report {request_id}",
    )
    parts = _parts(site.csms, method, request_id)
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert [part.get("tbc", False) for part in parts] == [True] * (len(parts) - 1) + [False]
    return [one for part in parts for one in part[_CONTENTS[method]]]


def _parts(csms: ForeignCsms, method: str, request_id: int) -> list[Params]:
    return [part for part in csms.params(method, identity=STATION) if part["requestId"] == request_id]
