"""Charging that is begun, ended and let go of from afar, in the same way whatever version asks: never pretended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bridge.engine.board import UplinkState
from bridge.ports import Store
from bridge.types.charger import Outcome
from bridge.types.command import StartCharging, UnlockConnector
from bridge.types.ocpp.charging_profile import ChargingProfile
from bridge.types.ocpp.id_token import IdToken
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.session import ChargingSession
from bridge.types.transaction import StationTransaction, TransactionPhase
from bridge.types.words import Ability, CommandStatus, ConnectorStatus, IdTokenType
from bridge.uplink.dialect import ACCEPTED
from bridge.uplink.smart_charging.acceptance import Refusal
from bridge.uplink.station import Station
from bridge.uplink.told.following import IN_USE

_UNUSABLE = frozenset({ConnectorStatus.FAULTED, ConnectorStatus.UNAVAILABLE})
_ASKED_ALREADY = frozenset({IdTokenType.CENTRAL, IdTokenType.NO_AUTHORIZATION})
"""the central system made it up itself, so it is not asked whether it accepts it [spec: OCPP 2.x, C05 and C06]"""
_TOLD_AS_RUNNING = (TransactionPhase.NEW, TransactionPhase.STARTING, TransactionPhase.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteStart:
    """A wish that somebody be let charge."""

    token: IdToken
    has_type: bool = True
    """whether the token's type was told; OCPP 1.6 has none, and what stands there is a guess"""
    connector_id: int | None = None
    """None leaves the choice to the station"""
    profile: ChargingProfile | None = None
    """for the transaction that begins so"""
    remote_start_id: int | None = None
    """2.x only"""


async def start(station: Station, wish: RemoteStart) -> int | Refusal:
    """Let a vehicle charge and return at which connector, or say why not. Raises StoreError.

    The driver is looked up first where that is set, and remembered for the transaction.
    """
    if station.session.state is UplinkState.PENDING:  # [spec: 1.6, 4.2.1; 2.x, B02]
        return Refusal("NotEnabled", "the station was not accepted yet")
    connector_id = wish.connector_id or free_connector(station)
    refusal = await _objection(station, wish, connector_id)
    if refusal is not None:
        return refusal
    if wish.profile is not None and Ability.LIMIT_CURRENT in station.abilities:
        refusal = await station.limits.install(wish.profile, connector_id, for_next_transaction=True)
        if refusal is not None:
            return refusal
    outbox, now, text = station.outbox, station.house.clock.now(), wish.token.id_token
    until = now + timedelta(seconds=station.configuration.settings.connection_timeout_s)
    id_token_type = wish.token.type if wish.has_type else None

    def expect(store: Store) -> None:
        outbox.expect(
            store,
            connector_id,
            text,
            now,
            until,
            id_token_type=id_token_type,
            remote_start_id=wish.remote_start_id,
        )

    await station.house.desk.run(expect)
    outcome = await station.command(StartCharging(connector_id=connector_id, id_token=text))
    if outcome.status is CommandStatus.REFUSED:
        await station.house.desk.run(lambda store: outbox.expect_nobody(store, connector_id))
        await station.limits.forget_waiting(connector_id)
    return refusal_of(outcome) or connector_id


async def _objection(station: Station, wish: RemoteStart, connector_id: int) -> Refusal | None:
    if connector_id not in station.connectors:
        return Refusal("UnknownEvse", f"this station has no EVSE {connector_id}")
    cannot = lacks(station, Ability.START_CHARGING)
    if cannot is not None:
        return cannot
    status = station.states.status(connector_id)
    if status in IN_USE:
        return Refusal("TxInProgress", f"a vehicle charges there: {status}")
    if status in _UNUSABLE:
        return Refusal("NotEnabled", f"it is {status}")
    if not await _may_charge(station, wish, connector_id):
        return Refusal("InvalidIdToken", "the driver is not accepted")
    return None


def free_connector(station: Station) -> int:
    """Return the connector that a start without one means: the first with a waiting vehicle, else the first free."""
    states = {number: station.states.status(number) for number in station.connectors}
    for wanted in (ConnectorStatus.PREPARING, ConnectorStatus.FINISHING, ConnectorStatus.AVAILABLE):
        for number, status in states.items():
            if status is wanted:
                return number
    return station.connectors[0]


async def _may_charge(station: Station, wish: RemoteStart, connector_id: int) -> bool:
    settings, token = station.configuration.settings, wish.token
    if not settings.authorize_remote_tx_requests or (wish.has_type and token.type in _ASKED_ALREADY):
        return True
    if settings.local_auth_list_enabled:
        id_token_type = token.type if wish.has_type else None
        now = station.house.clock.now()
        standing = station.local_list.standing(token.id_token, now, id_token_type, connector_id)
        if standing is not None:
            return standing == ACCEPTED
    answer = await station.ask_csms(station.dialect.authorize(token))
    if answer is None:
        return False
    try:
        return station.dialect.authorize_answer(answer) == ACCEPTED
    except PayloadError:  # the central system's answer, and no fault of the question that is being answered here
        return False


async def stop(station: Station, transaction_id: str) -> Refusal | None:
    """End a transaction of this station that runs, or say why not. Raises StoreError."""

    def find(store: Store) -> ChargingSession | None:
        transaction = store.transaction_by_number(station.outbox.station, transaction_id)
        if transaction is None or not transaction.is_open:
            return None
        return store.session(transaction.charger, transaction.session_id, transaction.started_at)

    session = await station.house.desk.run(find)
    if session is None or session.ended_at is not None:
        return Refusal("TxNotFound", "no such transaction runs here")
    return lacks(station, Ability.STOP_CHARGING) or refusal_of(await station.stop_charging(session.connector_id))


async def unlock(station: Station, connector_id: int) -> Outcome:
    """Let go of a cable. Raises StoreError."""
    return await station.command(UnlockConnector(connector_id=connector_id))


async def transaction_at(station: Station, connector_id: int) -> StationTransaction | None:
    """Return the transaction that runs at a connector; None where none does. Raises StoreError."""
    transactions = station.outbox.transactions
    found = await station.house.desk.run(
        lambda store: transactions.at_connector(store, connector_id, *_TOLD_AS_RUNNING)
    )
    return None if found is None else found[0]


def lacks(station: Station, ability: Ability) -> Refusal | None:
    """Say why this central system cannot have something done; None where it can."""
    if ability in station.abilities:
        return None
    if not station.options.control:
        return Refusal("NotEnabled", "this central system only gets reports")
    return Refusal("UnsupportedRequest", "the charger's own interface cannot do that")


def refusal_of(outcome: Outcome) -> Refusal | None:
    """Return why a command is not taken for done; None where it is."""
    if outcome.status is CommandStatus.DONE:
        return None
    said = "the charger refused it" if outcome.status is CommandStatus.REFUSED else "the charger did not confirm it"
    return Refusal("Unspecified", f"{said}: {outcome.detail}" if outcome.detail else said)
