"""Starting, ending and asking after transactions, and reservations, in the words of the station's version."""

from __future__ import annotations

from typing import Final

from bridge.central.operations.arguments import Arguments, as_integer, given
from bridge.central.operations.profiles import start_profile
from bridge.central.operations.tokens import group_argument, token_argument
from bridge.central.operations.wish import Terms, Wish, single
from bridge.types.ocpp.payload_error import ProblemKind

_STARTS: Final = "The charger tells when the transaction begins; a vehicle has to be plugged in."


def word_remote_start(args: Arguments, terms: Terms) -> Wish:
    """Let a driver charge, with a profile if one is given."""
    token = token_argument(args, terms)
    group = group_argument(args, terms)
    if terms.is_v16 and group:
        group = {}
        args.notes.append("groupIdToken is left out: OCPP 1.6 has none in a remote start")
    spot = args.spot()
    profile = args.pop_as(dict, "chargingProfile", "csChargingProfiles")
    said = {} if profile is None else {"chargingProfile": start_profile(profile, args, terms)}
    start_id = args.pop("remoteStartId")
    if terms.is_v16:
        where = {} if spot is None or spot.number == 0 else {"connectorId": spot.number}
        return single("RemoteStartTransaction", {**args.rest, **token, **where, **said}, args.notes, follows=_STARTS)
    where = {} if spot is None or spot.number == 0 else {"evseId": spot.number}
    number = {"remoteStartId": terms.new_id() if start_id is None else start_id}
    payload = {**args.rest, **token, **group, **number, **where, **said}
    return single("RequestStartTransaction", payload, args.notes, follows=_STARTS)


def word_remote_stop(args: Arguments, terms: Terms) -> Wish:
    """End a transaction, named by its id or by the connector at which it runs."""
    transaction = _transaction(args, terms)
    if transaction is None:
        raise args.error("transactionId", ProblemKind.MISSING, "is required, or the connectorId at which it runs")
    if terms.is_v16:
        number = as_integer(transaction)
        if number is None:
            raise args.error("transactionId", ProblemKind.TYPE, "should be a whole number in OCPP 1.6")
        return single("RemoteStopTransaction", {**args.rest, "transactionId": number}, args.notes)
    return single("RequestStopTransaction", {**args.rest, "transactionId": transaction}, args.notes)


def word_transaction_status(args: Arguments, terms: Terms) -> Wish:
    """Ask whether a transaction runs and whether messages wait; 1.6 cannot."""
    if terms.is_v16:
        raise terms.unsupported("GetTransactionStatus")
    named = given("transactionId", _transaction(args, terms))
    return single("GetTransactionStatus", {**args.rest, **named}, args.notes)


def word_cost_updated(args: Arguments, terms: Terms) -> Wish:
    """Tell what a transaction costs so far; 1.6 cannot."""
    if terms.is_v16:
        raise terms.unsupported("CostUpdated", "Some vendors take costs by DataTransfer")
    named = given("transactionId", _transaction(args, terms))
    return single("CostUpdated", {**args.rest, **named}, args.notes)


def word_reserve_now(args: Arguments, terms: Terms) -> Wish:
    """Keep a connector for a driver until a time."""
    token, group, spot = token_argument(args, terms), group_argument(args, terms), args.spot()
    number = args.pop("reservationId", "id")
    if number is None:
        number = terms.new_id()
        args.notes.append(f"the reservation has the number {number}")
    until = args.pop("expiryDate", "expiryDateTime")
    if terms.is_v16:
        if args.pop("connectorType") is not None:
            args.notes.append("connectorType is left out: OCPP 1.6 reserves a connector by its number")
        said = {"reservationId": number, "expiryDate": until, "connectorId": 0 if spot is None else spot.number}
    else:
        said = {"id": number, "expiryDateTime": until, "evseId": spot.number if spot and spot.number else None}
    said = {name: value for name, value in said.items() if value is not None}
    return single("ReserveNow", {**args.rest, **token, **group, **said}, args.notes)


def word_cancel_reservation(args: Arguments, _: Terms) -> Wish:
    """Keep a connector for nobody any more."""
    number = args.pop("reservationId", "id")
    return single("CancelReservation", {**args.rest, **given("reservationId", number)}, args.notes)


def _transaction(args: Arguments, terms: Terms) -> str | None:
    """Return the transaction that is meant; None where none is named. Raises ArgumentError."""
    given, spot = args.transaction_id(), args.spot()
    if given is not None or spot is None:
        return given
    running = terms.transaction_id(spot.number)
    if running is None:
        said = f"no transaction is known to run at connector {spot.number}; name its transactionId"
        raise args.error("connectorId", ProblemKind.VALUE, said)
    args.notes.append(f"transactionId is that of the transaction at connector {spot.number}")
    return running
