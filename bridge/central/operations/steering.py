"""What acts at the station as a whole or at one of its connectors, in the words of the station's version."""

from __future__ import annotations

import json
from typing import Any, Final

from bridge.central.operations.arguments import Arguments, Spot, given
from bridge.central.operations.wish import Answers, Terms, Wish, Wording, single
from bridge.types.ocpp.payload_error import PayloadError, ProblemKind

_RESETS_IN_V2: Final = {"Hard": "Immediate", "Soft": "OnIdle"}
_RESETS_IN_V16: Final = {"Immediate": "Hard", "OnIdle": "Soft"}
_EXTENDED_ONLY: Final = ("LogStatusNotification", "SignChargePointCertificate")
"""what 1.6 asks for in the extended form of its security whitepaper alone"""
_TRIGGERS_IN_V2: Final = {
    "DiagnosticsStatusNotification": "LogStatusNotification",
    "SignChargePointCertificate": "SignChargingStationCertificate",
}
_TRIGGERS_IN_V16: Final = {
    "SignChargingStationCertificate": "SignChargePointCertificate",
    "TransactionEvent": "MeterValues",
}
_MOST_CONNECTORS: Final = 32
_FOLLOWS: Final = "The charger sends the message afterwards."


def word_reset(args: Arguments, terms: Terms) -> Wish:
    """Start the station again, or in 2.x one EVSE of it."""
    spot = args.spot()
    word = args.pop("type")
    if terms.is_v16:
        if spot is not None and spot.number:
            raise args.error(
                "evseId", ProblemKind.VALUE, "should be left out: OCPP 1.6 restarts the whole charger only"
            )
        said = _translated(word, _RESETS_IN_V16)
        where = {}
    else:
        said = _translated(word, _RESETS_IN_V2)
        where = {} if spot is None or spot.number == 0 else {"evseId": spot.number}
    if said != word:
        args.notes.append(f"{word} is said as {said}")
    return single("Reset", {**args.rest, **given("type", said), **where}, args.notes)


def word_unlock_connector(args: Arguments, terms: Terms) -> Wish:
    """Let go of the cable."""
    spot = args.spot()
    if spot is None:
        raise args.error("connectorId", ProblemKind.MISSING, "is required")
    if terms.is_v16:
        return single("UnlockConnector", {**args.rest, "connectorId": spot.number}, args.notes)
    return single("UnlockConnector", {**args.rest, **_evse_and_connector(spot, terms)}, args.notes)


def word_change_availability(args: Arguments, terms: Terms) -> Wish:
    """Take the station or a connector out of service, or back."""
    spot = args.spot()
    word = args.pop("type", "operationalStatus")
    if terms.is_v16:
        if spot is None:
            args.notes.append("no connector is named, so the whole charger is meant")
        where = {"connectorId": 0 if spot is None else spot.number}
        return single("ChangeAvailability", {**args.rest, **given("type", word), **where}, args.notes)
    payload = {**args.rest, **given("operationalStatus", word), **_evse(spot)}
    return single("ChangeAvailability", payload, args.notes)


def word_trigger_message(args: Arguments, terms: Terms) -> Wish:
    """Have the station send a message now."""
    spot = args.spot()
    word = args.pop("requestedMessage")
    said = _translated(word, _TRIGGERS_IN_V16 if terms.is_v16 else _TRIGGERS_IN_V2)
    if said != word:
        args.notes.append(f"{word} is said as {said}")
    payload = {**args.rest, **given("requestedMessage", said)}
    if terms.is_v16:
        is_extended = args.operation == "ExtendedTriggerMessage" and said != "DiagnosticsStatusNotification"
        action = "ExtendedTriggerMessage" if is_extended or said in _EXTENDED_ONLY else "TriggerMessage"
        where = {} if spot is None or spot.number == 0 else {"connectorId": spot.number}
        return single(action, {**payload, **where}, args.notes, follows=_FOLLOWS)
    if said != "StatusNotification":
        return single("TriggerMessage", {**payload, **_evse(spot)}, args.notes, follows=_FOLLOWS)
    # the state of one connector is told, which has to be named [spec: F06.FR.12]
    spots = [spot] if spot is not None and spot.number else _connectors(terms)
    wordings = tuple(
        Wording("TriggerMessage", {**payload, "evse": {"id": one.number, "connectorId": _inner(one, terms)}})
        for one in spots
    )
    if spot is None or not spot.number:
        args.notes.append("each connector is asked for by itself, as OCPP 2.x wants it, until there is no more")
    return Wish(wordings, tuple(args.notes), ends_at_no=True, read=_first, follows=_FOLLOWS)


def word_data_transfer(args: Arguments, terms: Terms) -> Wish:
    """Send a vendor's message."""
    data = args.pop("data")
    if terms.is_v16 and data is not None and not isinstance(data, str):
        data = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        args.notes.append("data is said as its JSON text, because OCPP 1.6 takes text alone")
    return single("DataTransfer", {**args.rest, **given("data", data)}, args.notes)


def _first(answers: Answers) -> dict[str, Any]:
    """Return the answer for the first connector: a later one may not be there at all."""
    return dict(answers[0])


def _connectors(terms: Terms) -> list[Spot]:
    """Return the connectors that are known; the first where none is."""
    found: list[Spot] = []
    try:
        for number in range(1, _MOST_CONNECTORS + 1):
            place = terms.connectors.place(number)
            if place is not None:
                found.append(Spot(place.id, place.connector_id))
    except PayloadError:  # there are no more
        pass
    return found or [Spot(1)]


def _evse(spot: Spot | None) -> dict[str, Any]:
    if spot is None or spot.number == 0:
        return {}
    return {"evse": {"id": spot.number, **given("connectorId", spot.connector_id)}}


def _evse_and_connector(spot: Spot, terms: Terms) -> dict[str, Any]:
    return {"evseId": spot.number, "connectorId": _inner(spot, terms)}


def _inner(spot: Spot, terms: Terms) -> int:
    return terms.connector_of(spot.number) if spot.connector_id is None else spot.connector_id


def _translated(word: Any, words: dict[str, str]) -> Any:
    return words.get(word, word) if isinstance(word, str) else word
