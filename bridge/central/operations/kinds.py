"""Short ways to write down an operation of the catalogue."""

from __future__ import annotations

from typing import Any, Final

from bridge.types.operation import OperationArgument, OperationKind


def kind(
    name: str,
    about: str,
    *arguments: OperationArgument,
    sample: dict[str, Any] | None = None,
    aliases: tuple[str, ...] = (),
    is_risky: bool = False,
) -> OperationKind:
    """Return an operation; the sample is what its form begins with."""
    return OperationKind(
        name=name, aliases=aliases, about=about, arguments=arguments, sample=sample or {}, is_risky=is_risky
    )


def argument(
    name: str, sort: str, about: str = "", *, words: tuple[str, ...] = (), required: bool = False
) -> OperationArgument:
    """Return an argument; one with words is one of them."""
    return OperationArgument(name=name, kind="word" if words else sort, required=required, words=words, about=about)


CONNECTOR: Final = argument("connectorId", "integer", "from 1 on; 0 is the whole charger; evseId in OCPP 2.x")
ONE_CONNECTOR: Final = argument("connectorId", "integer", "from 1 on; evseId in OCPP 2.x", required=True)
TRANSACTION: Final = argument("transactionId", "text", "left out: the one that runs at the connector")
REQUEST_ID: Final = argument("requestId", "integer", "left out: a new number")
VARIABLES: Final = argument("componentVariable", "json", "a list of components, each with a variable or without")
PURPOSES: Final = ("TxProfile", "TxDefaultProfile", "ChargePointMaxProfile", "ChargingStationMaxProfile")
RETRIES: Final = (
    argument("retries", "integer", "how often the charger tries again"),
    argument("retryInterval", "integer", "seconds between two tries"),
)
HEARTBEAT: Final = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
CERTIFICATE: Final = {"hashAlgorithm": "SHA256", "issuerNameHash": "", "issuerKeyHash": "", "serialNumber": ""}
