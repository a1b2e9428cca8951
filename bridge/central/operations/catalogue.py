"""Every operation that can be asked of a station, in the order in which a person would look for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bridge.central.operations.kinds_of_charging import CHARGING
from bridge.central.operations.kinds_of_settings import SETTINGS
from bridge.central.operations.kinds_of_station import STATION
from bridge.types.operation import OperationKind

KINDS: Final[Sequence[OperationKind]] = (*CHARGING, *SETTINGS, *STATION)

_BY_NAME: Final = {name.casefold(): kind for kind in KINDS for name in (kind.name, *kind.aliases)}
_SHOWN: Final = 60


def kind_of(operation: str) -> OperationKind:
    """Return the operation of this name or alias, whatever the case. LookupError with a sentence for an unknown one."""
    kind = _BY_NAME.get(operation.casefold())
    if kind is None:
        raise LookupError(f"there is no operation {operation[:_SHOWN]}; there are {', '.join(k.name for k in KINDS)}")
    return kind
