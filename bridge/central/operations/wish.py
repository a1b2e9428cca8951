"""What is to be sent for one operation, and how the answers to it are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.errors import ChargerUnsupportedError
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.ocpp.version import OcppVersion

Answers = Sequence[Mapping[str, Any]]
Reading = Callable[[Answers], dict[str, Any]]
"""Joins the answers, one for each message sent, into one in the shape of the question."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What wording has to know of the station."""

    where: str
    version: OcppVersion
    connectors: ConnectorNumbers
    transaction_id: Callable[[int], str | None]
    """what runs at a connector"""
    new_id: Callable[[], int]
    """gives a number that no message had before"""
    now: datetime
    upload_url: Callable[[], str | None]
    """gives a folder to which the station may upload one file; None where there is none"""

    @property
    def is_v16(self) -> bool:
        """Whether the station speaks 1.6."""
        return self.version is OcppVersion.V16

    def connector_of(self, evse_id: int) -> int:
        """Return the number within its EVSE of the connector that stands for the EVSE; the first where none is known.

        An EVSE is one connector to the bridge.
        """
        try:
            place = self.connectors.place(self.connectors.number(EVSE(id=evse_id)))
        except (LookupError, ValueError):
            return 1
        return 1 if place is None or place.connector_id is None else place.connector_id

    def unsupported(self, operation: str, todo: str = "") -> ChargerUnsupportedError:
        """Return the error of an operation that the station's version has nothing like."""
        seen = f"it speaks OCPP {self.version}, which has nothing like {operation}"
        return ChargerUnsupportedError(self.where, seen, todo=todo, meanwhile="Nothing was sent")


@dataclass(frozen=True, slots=True)
class Wording:
    """One message to the station."""

    action: str
    payload: dict[str, Any]
    is_reported: bool = False
    """whether the answer comes in parts afterwards, under the payload's `requestId`"""


@dataclass(frozen=True, slots=True)
class Wish:
    """An operation in the words of the station's version."""

    wordings: tuple[Wording, ...]
    """sent one after another; none where there is nothing that could be asked"""
    notes: tuple[str, ...] = ()
    ends_at_no: bool = False
    """whether nothing more is sent once an answer is no Accepted"""
    read: Reading | None = None
    """None: the answer to the only message is the answer"""
    otherwise: Wish | None = None
    """what is sent instead where the station does not know the action"""
    follows: str = ""
    """what comes after a yes, as a sentence"""


def single(action: str, payload: dict[str, Any], notes: Sequence[str] = (), **more: Any) -> Wish:
    """Return the wish of one message."""
    return Wish((Wording(action, payload),), tuple(notes), **more)


def reported(action: str, payload: dict[str, Any], notes: Sequence[str] = (), **more: Any) -> Wish:
    """Return the wish of one message whose answer comes in parts afterwards."""
    return Wish((Wording(action, payload, is_reported=True),), tuple(notes), **more)
