from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridge.engine.board import UplinkState
from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.types.charger import Outcome
from bridge.types.command import Restart, SetAvailability, StartCharging, StopCharging, UnlockConnector
from bridge.types.journal import EntryKind
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.version import OcppVersion
from bridge.types.transaction import TransactionPhase
from bridge.types.words import Ability, CommandStatus, ConnectorStatus
from bridge.uplink.v2 import control
from tests.uplink.station_scene import CHARGER
from tests.uplink.v2.asking import ALL, BOTH, Asking, asking, reason

S = ConnectorStatus
CARD = {"idToken": "04AABBCC", "type": "ISO14443"}
CENTRAL = {"idToken": "CALLER-1", "type": "Central"}

pytestmark = pytest.mark.parametrize("version", BOTH)


def profile(purpose: str = "TxProfile", **more: Any) -> dict[str, Any]:
    """Return a charging profile of 10 A."""
    schedule = {
        "id": 1,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.0}],
    }
    return {
        "id": 7,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative",
        "chargingSchedule": [schedule],
        **more,
    }


async def start(it: Asking, **payload: Any) -> dict[str, Any]:
    """Ask for a start by a card of the central system's."""
    wish = {"idToken": CENTRAL, "remoteStartId": 5, **payload}
    return await it.ask(control.request_start_transaction, "RequestStartTransaction", **wish)


async def running(it: Asking, session_id: str = "1", connector_id: int = 1) -> str:
    """Have a vehicle charge and return its transaction's id, which the central system knows."""
    await it.scene.charges(session_id, since_s=1.0, connector_id=connector_id)
    await it.station.following.look_at_news()
    now, terms = it.scene.clock.now(), it.station.terms()
    store = it.scene.store
    outgoing = it.station.outbox.look(store, now, terms).outgoing
    assert outgoing is not None
    await it.station.answered(outgoing, {})
    name = it.station.outbox.station
    return next(
        one.transaction_id
        for one in store.transactions(name, TransactionPhase.RUNNING)
        if one.session_id == session_id and one.transaction_id is not None
    )


# --- RequestStartTransaction -----------------------------------------------------------------------------------------


def test_a_start_is_remembered_with_its_driver_and_its_number(tmp_path: Path, version: OcppVersion) -> None:
    """The charger is told to begin, and the transaction that follows says who asked and by which question."""

    async def act(it: Asking) -> None:
        assert await start(it, evseId=1, chargingProfile=profile()) == {"status": "Accepted"}
        assert it.scene.chargers.commands == [StartCharging(connector_id=1, id_token="CALLER-1")]
        await it.scene.charges("1")
        await it.station.following.look_at_news()
        [transaction] = it.scene.store.transactions(it.station.outbox.station)
        assert (transaction.id_tag, transaction.id_token_type, transaction.remote_start_id) == (
            "CALLER-1",
            "Central",
            5,
        )
        assert it.station.limits.limit(1).limit_a == 10.0

    asking(tmp_path, version, act)


def test_nobody_charges_from_afar_before_the_station_is_accepted(tmp_path: Path, version: OcppVersion) -> None:
    """While the central system has not made up its mind, a start is Rejected and the charger hears nothing."""

    async def act(it: Asking) -> None:
        it.station.session.state = UplinkState.PENDING
        assert (await start(it, evseId=1))["status"] == "Rejected"
        assert it.scene.chargers.commands == []

    asking(tmp_path, version, act)


def test_a_start_without_an_evse_goes_where_a_vehicle_waits(tmp_path: Path, version: OcppVersion) -> None:
    """The station chooses, as it does in 1.6."""

    async def act(it: Asking) -> None:
        await it.scene.is_seen(S.PREPARING, 2)
        await it.station.following.look_at_news()
        assert await start(it) == {"status": "Accepted"}
        assert it.scene.chargers.commands == [StartCharging(connector_id=2, id_token="CALLER-1")]

    asking(tmp_path, version, act, connectors=2)


@pytest.mark.parametrize(
    ("status", "payload", "code"),
    [
        (S.AVAILABLE, {"evseId": 4}, "UnknownEvse"),
        (S.CHARGING, {"evseId": 1}, "TxInProgress"),
        (S.FAULTED, {"evseId": 1}, "NotEnabled"),
        (S.AVAILABLE, {"evseId": 1, "chargingProfile": profile("TxDefaultProfile")}, "InvalidProfile"),
        (S.AVAILABLE, {"evseId": 1, "chargingProfile": profile(stackLevel=2_000_000)}, "InvalidStackLevel"),
    ],
)
def test_a_start_that_cannot_be_is_rejected_with_its_reason(
    tmp_path: Path, version: OcppVersion, status: ConnectorStatus, payload: dict[str, Any], code: str
) -> None:
    """Nothing is sent to the charger then."""

    async def act(it: Asking) -> None:
        await it.scene.is_seen(status)
        await it.station.following.look_at_news()
        assert reason(await start(it, **payload)) == ("Rejected", code)
        assert it.scene.chargers.commands == []

    asking(tmp_path, version, act)


@pytest.mark.parametrize(("may", "code"), [((), "NotEnabled"), ((Ability.RESTART,), "UnsupportedRequest")])
def test_a_start_that_nobody_can_do_is_rejected(
    tmp_path: Path, version: OcppVersion, may: tuple[Ability, ...], code: str
) -> None:
    """Without control, and with a charger that lacks it."""

    async def act(it: Asking) -> None:
        assert reason(await start(it, evseId=1)) == ("Rejected", code)

    asking(tmp_path, version, act, may=may)


@pytest.mark.parametrize("status", ["Accepted", "Blocked", None])
def test_a_card_is_looked_up_where_that_is_set(tmp_path: Path, version: OcppVersion, status: str | None) -> None:
    """With its type; no answer is no yes. A token that the central system made up is not asked about."""

    async def act(it: Asking) -> None:
        asked: list[dict[str, Any]] = []

        async def ask_csms(wording: Any) -> object | None:
            asked.append(wording.payload)
            return None if status is None else {"idTokenInfo": {"status": status}}

        it.station.ask_csms = ask_csms
        it.station.configuration.apply("AuthorizeRemoteTxRequests", "true")
        answer = await start(it, evseId=1, idToken=CARD)
        assert answer["status"] == ("Accepted" if status == "Accepted" else "Rejected")
        assert asked == [{"idToken": CARD}]
        assert (await start(it, evseId=1))["status"] == "Accepted"
        assert len(asked) == 1

    asking(tmp_path, version, act)


def test_a_charger_that_refuses_is_told_and_nobody_is_expected(tmp_path: Path, version: OcppVersion) -> None:
    """The next vehicle is nobody's."""

    async def act(it: Asking) -> None:
        refusing(it)
        answer = await start(it, evseId=1)
        assert reason(answer) == ("Rejected", "Unspecified")
        assert "the box is locked" in answer["statusInfo"]["additionalInfo"]
        await it.scene.charges("1")
        await it.station.following.look_at_news()
        [transaction] = it.scene.store.transactions(it.station.outbox.station)
        assert transaction.id_tag is None

    asking(tmp_path, version, act)


def refusing(it: Asking, status: CommandStatus = CommandStatus.REFUSED) -> None:
    """Let the charger refuse everything."""
    it.scene.chargers.outcome = Outcome(status=status, detail="the box is locked")


# --- RequestStopTransaction ------------------------------------------------------------------------------------------


def test_a_stop_ends_what_runs_here_and_nothing_else(tmp_path: Path, version: OcppVersion) -> None:
    """Any other id is not found, and so is one that is over."""

    async def act(it: Asking) -> None:
        transaction_id = await running(it)

        async def stop(name: str) -> tuple[str, str | None]:
            handler = control.request_stop_transaction
            return reason(await it.ask(handler, "RequestStopTransaction", transactionId=name))

        assert await stop("another") == ("Rejected", "TxNotFound")
        assert await stop(transaction_id) == ("Accepted", None)
        assert it.scene.chargers.commands == [StopCharging(connector_id=1)]
        [session] = it.scene.store.open_sessions(CHARGER)
        await it.scene.ends(session)
        assert await stop(transaction_id) == ("Rejected", "TxNotFound")

    asking(tmp_path, version, act)


def test_a_stop_that_nobody_can_do_is_rejected(tmp_path: Path, version: OcppVersion) -> None:
    """The transaction is known, and the charger cannot be told."""

    async def act(it: Asking) -> None:
        answer = await it.ask(
            control.request_stop_transaction, "RequestStopTransaction", transactionId=await running(it)
        )
        assert reason(answer) == ("Rejected", "UnsupportedRequest")

    asking(tmp_path, version, act, may=(Ability.RESTART,))


# --- UnlockConnector -------------------------------------------------------------------------------------------------


async def unlock(it: Asking, evse_id: int = 1, connector_id: int = 1) -> str:
    """Ask for a cable."""
    answer = await it.ask(control.unlock_connector, "UnlockConnector", evseId=evse_id, connectorId=connector_id)
    return str(answer["status"])


def test_a_cable_is_let_go_but_no_vehicle_that_charges(tmp_path: Path, version: OcppVersion) -> None:
    """Unknown connectors are named, and what the lock did is told."""

    async def act(it: Asking) -> None:
        assert await unlock(it) == "Unlocked"
        assert it.scene.chargers.commands == [UnlockConnector(connector_id=1)]
        assert await unlock(it, evse_id=3) == "UnknownConnector"
        assert await unlock(it, connector_id=2) == "UnknownConnector"
        await running(it)
        assert await unlock(it) == "OngoingAuthorizedTransaction"
        assert len(it.scene.chargers.commands) == 1

    asking(tmp_path, version, act)


def test_a_lock_that_holds_is_told(tmp_path: Path, version: OcppVersion) -> None:
    """So is one that nothing is known of."""

    async def act(it: Asking) -> None:
        refusing(it, CommandStatus.UNCONFIRMED)
        assert await unlock(it) == "UnlockFailed"

    asking(tmp_path, version, act)


def test_a_charger_without_a_lock_does_not_support_it(tmp_path: Path, version: OcppVersion) -> None:
    """That is an error and no status."""

    async def act(it: Asking) -> None:
        with pytest.raises(RefusedQuestionError) as refused:
            await unlock(it)
        assert refused.value.code is ErrorCode.NOT_SUPPORTED

    asking(tmp_path, version, act, may=(Ability.RESTART,))


# --- ChangeAvailability ----------------------------------------------------------------------------------------------


async def change(it: Asking, word: str, **evse: int) -> tuple[str, str | None]:
    """Ask for a change."""
    place = {"evse": evse} if evse else {}
    return reason(await it.ask(control.change_availability, "ChangeAvailability", operationalStatus=word, **place))


def test_a_station_an_evse_and_a_connector_change_at_once_when_idle(tmp_path: Path, version: OcppVersion) -> None:
    """An EVSE and its only connector are one."""

    async def act(it: Asking) -> None:
        assert await change(it, "Inoperative") == ("Accepted", None)
        assert await change(it, "Operative", id=1) == ("Accepted", None)
        assert await change(it, "Inoperative", id=1, connectorId=1) == ("Accepted", None)
        assert it.scene.chargers.commands == [
            SetAvailability(connector_id=0, operative=False),
            SetAvailability(connector_id=1, operative=True),
            SetAvailability(connector_id=1, operative=False),
        ]
        assert await change(it, "Inoperative", id=9) == ("Rejected", "UnknownEvse")
        assert await change(it, "Inoperative", id=1, connectorId=2) == ("Rejected", "UnknownConnectorId")

    asking(tmp_path, version, act)


@pytest.mark.parametrize("place", [{}, {"id": 1}])
def test_what_is_scheduled_is_done_when_the_vehicle_has_charged(
    tmp_path: Path, version: OcppVersion, place: dict[str, int]
) -> None:
    """Once, and after a restart of the bridge too; an idle neighbour changes at once."""

    async def before(it: Asking) -> None:
        await running(it)
        assert await change(it, "Inoperative", **place) == ("Scheduled", None)
        assert await change(it, "Inoperative", id=2) == ("Accepted", None)
        await it.station.following.look_at_news()
        assert not it.station.following.postponed.is_due.is_set()

    async def after(it: Asking) -> None:
        [session] = it.scene.store.open_sessions(CHARGER)
        await it.scene.ends(session)
        await it.station.following.look_at_news()
        postponed = it.station.following.postponed
        assert postponed.is_due.is_set()
        await postponed.do_due(it.restart)
        assert it.scene.chargers.commands == [SetAvailability(connector_id=place.get("id", 0), operative=False)]
        assert not postponed.is_waiting
        assert it.restarts == 0

    asking(tmp_path, version, before, connectors=2)
    asking(tmp_path, version, after, connectors=2)


def test_the_newest_wish_counts(tmp_path: Path, version: OcppVersion) -> None:
    """A connector that is taken back is not taken out later."""

    async def act(it: Asking) -> None:
        await running(it)
        assert await change(it, "Inoperative", id=1) == ("Scheduled", None)
        assert await change(it, "Operative") == ("Accepted", None)
        assert not it.station.following.postponed.is_waiting

    asking(tmp_path, version, act)


def test_a_change_that_nobody_can_do_is_rejected(tmp_path: Path, version: OcppVersion) -> None:
    """It is not scheduled either."""

    async def act(it: Asking) -> None:
        await running(it)
        assert await change(it, "Inoperative", id=1) == ("Rejected", "UnsupportedRequest")

    asking(tmp_path, version, act, may=(Ability.RESTART,))


# --- Reset -----------------------------------------------------------------------------------------------------------


async def reset(it: Asking, word: str, **more: int) -> tuple[str, str | None]:
    """Ask for a reset."""
    return reason(await it.ask(control.reset, "Reset", type=word, **more))


def boot_reason(it: Asking) -> str:
    """Connect and return why the station says it has begun."""
    it.answers["BootNotification"] = {"status": "Accepted", "currentTime": "2026-03-10T12:00:00Z", "interval": 300}
    it.station.session.opened(it.scene.clock.monotonic_s())
    return str(it.said()[0][1]["reason"])


def test_on_idle_begins_anew_at_once_where_no_vehicle_charges(tmp_path: Path, version: OcppVersion) -> None:
    """The charger itself is not touched, and the reset is journalled."""

    async def act(it: Asking) -> None:
        assert await reset(it, "OnIdle") == ("Accepted", None)
        assert (it.restarts, it.scene.chargers.commands) == (1, [])
        events = it.scene.store.journal(0, 100, {EntryKind.SECURITY})
        assert [(event.body["type"], event.body["info"]) for event in events] == [("ResetOrReboot", "OnIdle")]
        assert boot_reason(it) == "RemoteReset"

    asking(tmp_path, version, act)


def test_on_idle_waits_until_the_vehicle_has_charged(tmp_path: Path, version: OcppVersion) -> None:
    """Then it is done, once, and told as scheduled."""

    async def act(it: Asking) -> None:
        await running(it)
        assert await reset(it, "OnIdle") == ("Scheduled", None)
        postponed = it.station.following.postponed
        await it.station.following.look_at_news()
        assert not postponed.is_due.is_set()
        [session] = it.scene.store.open_sessions(CHARGER)
        await it.scene.ends(session)
        await it.station.following.look_at_news()
        assert postponed.is_due.is_set()
        await postponed.do_due(it.restart)
        await it.station.following.look_at_news()
        assert not postponed.is_due.is_set()
        assert it.restarts == 1
        assert boot_reason(it) == "ScheduledReset"

    asking(tmp_path, version, act)


def test_a_vehicle_that_comes_in_between_is_waited_for(tmp_path: Path, version: OcppVersion) -> None:
    """What is due is looked at again before it is done."""

    async def act(it: Asking) -> None:
        await running(it)
        assert await reset(it, "OnIdle") == ("Scheduled", None)
        [session] = it.scene.store.open_sessions(CHARGER)
        await it.scene.ends(session)
        await it.station.following.look_at_news()
        await it.scene.charges("2")
        await it.station.following.postponed.do_due(it.restart)
        assert it.restarts == 0
        assert it.station.following.postponed.is_waiting

    asking(tmp_path, version, act)


def test_immediate_is_the_chargers_own_restart(tmp_path: Path, version: OcppVersion) -> None:
    """Where it has one."""

    async def act(it: Asking) -> None:
        assert await reset(it, "Immediate") == ("Accepted", None)
        assert (it.restarts, it.scene.chargers.commands) == (1, [Restart()])

    async def without(it: Asking) -> None:
        assert await reset(it, "Immediate") == ("Rejected", "UnsupportedRequest")
        assert it.restarts == 0

    async def refused(it: Asking) -> None:
        refusing(it)
        assert await reset(it, "Immediate") == ("Rejected", "Unspecified")

    asking(tmp_path, version, act)
    asking(tmp_path, version, without, may=(Ability.START_CHARGING,))
    asking(tmp_path, version, refused)


def test_one_evse_is_not_begun_anew(tmp_path: Path, version: OcppVersion) -> None:
    """Only the whole station is."""

    async def act(it: Asking) -> None:
        assert await reset(it, "OnIdle", evseId=1) == ("Rejected", "UnsupportedParam")
        assert it.restarts == 0

    asking(tmp_path, version, act)


def test_immediate_and_resume_is_a_word_of_2_1(tmp_path: Path, version: OcppVersion) -> None:
    """The station's OCPP side at once, while the vehicle charges on."""

    async def act(it: Asking) -> None:
        await running(it)
        payload = {"type": "ImmediateAndResume"}
        if version is OcppVersion.V201:
            with pytest.raises(PayloadError):
                await control.reset(it.station, it, payload)
        else:
            assert await reset(it, "ImmediateAndResume") == ("Accepted", None)
            assert (it.restarts, it.scene.chargers.commands) == (1, [])

    asking(tmp_path, version, act)


# --- GetTransactionStatus and the rest -------------------------------------------------------------------------------


def test_the_status_of_a_transaction_is_told(tmp_path: Path, version: OcppVersion) -> None:
    """Running, over with its end waiting, told whole, and unknown; without an id there is no ongoing."""

    async def act(it: Asking) -> None:
        async def status(**payload: str) -> tuple[bool | None, bool]:
            answer = await it.ask(control.get_transaction_status, "GetTransactionStatus", **payload)
            return answer.get("ongoingIndicator"), answer["messagesInQueue"]

        assert await status() == (None, False)
        assert await status(transactionId="another") == (False, False)
        name = await running(it)
        assert await status(transactionId=name) == (True, False)
        [session] = it.scene.store.open_sessions(CHARGER)
        await it.scene.ends(session)
        await it.station.following.look_at_news()
        assert await status(transactionId=name) == (False, True)
        assert await status() == (None, True)
        for _ in range(10):
            look = it.station.outbox.look(it.scene.store, it.scene.clock.now(), it.station.terms())
            if look.outgoing is None:
                break
            await it.station.answered(look.outgoing, {})
        assert await status(transactionId=name) == (False, False)
        assert await status() == (None, False)

    asking(tmp_path, version, act)


def test_the_cost_is_shown(tmp_path: Path, version: OcppVersion) -> None:
    """With the transaction that it is of; 0 is a cost."""

    async def act(it: Asking) -> None:
        for cost in (3.2, 0.0):
            payload = {"totalCost": cost, "transactionId": "T-1"}
            assert await it.ask(control.cost_updated, "CostUpdated", **payload) == {}
            assert (it.scene.card.cost, it.scene.card.cost_transaction_id) == (cost, "T-1")

    asking(tmp_path, version, act)


def test_there_is_no_cache_and_no_vendor(tmp_path: Path, version: OcppVersion) -> None:
    """Both are said."""

    async def act(it: Asking) -> None:
        assert reason(await it.ask(control.clear_cache, "ClearCache")) == ("Rejected", "UnsupportedRequest")
        answer = await it.ask(control.data_transfer, "DataTransfer", vendorId="somebody", data={"x": 1})
        assert answer == {"status": "UnknownVendorId"}

    asking(tmp_path, version, act, may=ALL)
