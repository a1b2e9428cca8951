"""In OCPP 2.x a transaction is a row of numbered events: none is missing, none is told in two ways."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.ocppj.frames import pack
from bridge.ocppj.schemas import Schemas
from bridge.types.facts import to_epoch_us
from bridge.types.journal import EntryKind
from bridge.types.ocpp.version import OcppVersion
from bridge.types.transaction import TransactionPhase
from bridge.types.words import ConnectorStatus, IdTokenType, StopReason
from bridge.uplink.told.absence import Absence
from bridge.uplink.told.outgoing import Outgoing, Purpose
from bridge.uplink.v2.dialect import DialectV2
from bridge.uplink.v16.dialect import DialectV16
from tests.uplink.telling import ALIGNED, CHARGER, Telling, after, session, stamp, with_terms

V2 = with_terms(dialect=DialectV2(OcppVersion.V201))
SCHEMAS = Schemas(OcppVersion.V201)


class Numbered(Telling):
    """A station that tells in 2.0.1."""

    def __init__(self, folder: Path, **more: Any) -> None:
        super().__init__(folder, more.pop("terms", V2), **more)
        self.outbox.notes_updates = True

    def die(self) -> None:
        """End the process and start it again."""
        super().die()
        self.outbox.notes_updates = True

    def shows(self, status: ConnectorStatus, seconds: float) -> None:
        """Let the charger's state change, and the station look."""
        body = {"connector_id": 1, "status": status.value, "raw": status.value}
        self.store.append(EntryKind.STATUS, CHARGER, after(seconds), body)
        self.news()

    def tell(self) -> list[dict[str, Any]]:
        """Have everything answered that is said now; return the payloads, each as the schema wants it."""
        said = []
        for outgoing in self.drain():
            assert outgoing.call.action == "TransactionEvent"
            SCHEMAS.check_request(outgoing.call.action, outgoing.call.payload)
            said.append(dict(outgoing.call.payload))
        return said


@pytest.fixture
def telling(tmp_path: Path) -> Iterator[Numbered]:
    """Return a station of 2.0.1 in a folder of its own."""
    with Numbered(tmp_path) as made:
        yield made


def words(events: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    """Return number, type and trigger of events."""
    return [(event["seqNo"], event["eventType"], event["triggerReason"]) for event in events]


def registers_of(event: dict[str, Any]) -> list[tuple[str, float, str]]:
    """Return (time, Wh, context) of the registers of an event."""
    return [
        (value["timestamp"], item["value"], item["context"])
        for value in event.get("meterValue", ())
        for item in value["sampledValue"]
        if item["measurand"] == "Energy.Active.Import.Register"
    ]


def test_a_session_is_started_updated_and_ended_with_its_registers(telling: Numbered) -> None:
    """The three kinds of events carry the source's times and whole Wh, and count from 0."""
    telling.to(30)
    telling.has(session(id_token="04AABBCC"))
    telling.reads(70, 1100.5)
    telling.to(125)
    started, updated = telling.tell()
    telling.has(session(id_token="04AABBCC", end_s=130, stop_reason=StopReason.EV_DISCONNECTED))
    (ended,) = telling.tell()
    assert words([started, updated, ended]) == [
        (0, "Started", "Authorized"),
        (1, "Updated", "MeterValuePeriodic"),
        (2, "Ended", "EVCommunicationLost"),
    ]
    assert started["idToken"] == {"idToken": "04AABBCC", "type": "ISO14443"}
    assert started["evse"] == {"id": 1, "connectorId": 1}
    assert (started["timestamp"], ended["timestamp"]) == (stamp(10), stamp(130))
    assert registers_of(started) == [(stamp(10), 1000.0, "Transaction.Begin")]
    assert registers_of(updated) == [(stamp(70), 1100.0, "Sample.Periodic")]
    assert registers_of(ended) == [(stamp(10), 1000.0, "Transaction.Begin"), (stamp(130), 6000.0, "Transaction.End")]
    assert ended["transactionInfo"]["stoppedReason"] == "EVDisconnected"
    assert len({event["transactionInfo"]["transactionId"] for event in (started, updated, ended)}) == 1
    assert telling.only.phase is TransactionPhase.TOLD


def test_the_id_is_the_same_after_everything_was_wiped(tmp_path: Path) -> None:
    """Two stations that share nothing but charger and session name the transaction alike; another session otherwise."""
    ids = []
    for name, session_id in (("a", "77"), ("b", "77"), ("c", "78")):
        with Numbered(tmp_path / name) as made:
            made.to(30)
            made.has(session(session_id))
            ids.append(made.tell()[0]["transactionInfo"]["transactionId"])
    assert ids[0] == ids[1] != ids[2]
    assert all(len(name) == 36 for name in ids)


def test_an_id_that_a_charger_gives_twice_is_two_transactions(telling: Numbered) -> None:
    """A charger that counts its sessions from 1 again does not re-activate the old transaction."""
    telling.to(1000)
    telling.has(session("1", 10, 60), session("1", 500, 560))
    events = telling.tell()
    assert [event["eventType"] for event in events] == ["Started", "Ended", "Started", "Ended"]
    assert events[0]["transactionInfo"]["transactionId"] != events[2]["transactionInfo"]["transactionId"]


def test_charging_states_are_told_in_their_order_among_the_values(telling: Numbered) -> None:
    """A change of state is an Updated at its own time, behind the values before it; the same state is told once."""
    telling.to(30)
    telling.has(session())
    telling.shows(ConnectorStatus.CHARGING, 20)
    telling.reads(70, 1100.0)
    telling.shows(ConnectorStatus.SUSPENDED_EV, 190)
    telling.shows(ConnectorStatus.SUSPENDED_EV, 195)
    telling.reads(250, 1200.0)
    telling.to(400)
    events = telling.tell()
    assert words(events) == [
        (0, "Started", "CablePluggedIn"),
        (1, "Updated", "ChargingStateChanged"),
        (2, "Updated", "MeterValuePeriodic"),
        (3, "Updated", "ChargingStateChanged"),
        (4, "Updated", "MeterValuePeriodic"),
    ]
    states = [event["transactionInfo"].get("chargingState") for event in events]
    assert states == [None, "Charging", None, "SuspendedEV", None]
    assert [event["timestamp"] for event in events] == sorted(event["timestamp"] for event in events)


def test_a_state_from_before_the_start_is_told_with_it(telling: Numbered) -> None:
    """A vehicle that charged before the charger's log had the session is Charging from the first event on."""
    telling.shows(ConnectorStatus.CHARGING, 5)
    telling.to(30)
    telling.has(session())
    (started,) = telling.tell()
    assert started["transactionInfo"]["chargingState"] == "Charging"


def test_what_happened_without_a_connection_says_so(telling: Numbered) -> None:
    """Events of the absence are marked as offline, those before and after it are not."""
    telling.terms = with_terms(dialect=V2.dialect, absence=Absence(after(15), after(190)))
    telling.to(200)
    telling.has(session(end_s=195))
    telling.reads(70, 1100.0)
    started, updated, ended = telling.tell()
    assert "offline" not in started
    assert updated["offline"] is True
    assert "offline" not in ended


def test_values_of_an_absence_are_told_in_an_event_of_their_own(telling: Numbered) -> None:
    """A backlog is parted where the connection was lost and where it came back; registers stay those that were read."""
    telling.terms = with_terms(dialect=V2.dialect, absence=Absence(after(100), after(280)))
    telling.to(30)
    telling.has(session())
    for second in range(70, 400, 60):
        telling.reads(second, 1000.0 + second)
    telling.to(425)
    _, *events = telling.tell()
    told = [(event.get("offline", False), [wh for _, wh, _ in registers_of(event)]) for event in events]
    assert told == [(False, [1070.0]), (True, [1130.0, 1190.0, 1250.0]), (False, [1310.0, 1370.0])]


def test_who_was_let_charge_from_afar_is_named_with_the_wish(telling: Numbered) -> None:
    """A remote start's number and token come back with the Started of the session that it began."""
    telling.outbox.expect(
        telling.store,
        1,
        "someone@example.org",
        telling.now,
        after(60),
        id_token_type=IdTokenType.E_MAID,
        remote_start_id=9,
    )
    telling.to(30)
    telling.has(session())
    (started,) = telling.tell()
    assert started["triggerReason"] == "RemoteStart"
    assert started["transactionInfo"]["remoteStartId"] == 9
    assert started["idToken"] == {"idToken": "someone@example.org", "type": "eMAID"}


def test_whoever_asks_gets_an_updated_with_the_last_values(telling: Numbered) -> None:
    """A triggered event is numbered like the others, and says what was read last."""
    telling.to(30)
    telling.has(session())
    telling.tell()
    telling.reads(40, 1010.0)
    telling.to(50)
    assert telling.outbox.trigger(telling.store, [1], telling.now) == 1
    assert telling.outbox.trigger(telling.store, [2], telling.now) == 0
    (event,) = telling.tell()
    assert words([event]) == [(1, "Updated", "Trigger")]
    assert registers_of(event) == [(stamp(40), 1010.0, "Trigger")]


def test_a_session_without_registers_is_told_all_the_same(telling: Numbered) -> None:
    """2.x needs no register: start and end are told, and nothing is made up."""
    telling.to(100)
    telling.has(session(end_s=60, meter_start_wh=None, meter_stop_wh=None))
    started, ended = telling.tell()
    assert "meterValue" not in started
    assert "meterValue" not in ended


def test_a_transaction_is_told_to_its_end_in_its_own_version(telling: Numbered) -> None:
    """Where the central system changes its version, what had begun is a letter that says so, and not told twice."""
    telling.to(30)
    telling.has(session())
    telling.tell()
    assert telling.outbox.transactions.versions_begun(telling.store) == {OcppVersion.V201}
    telling.terms = with_terms(dialect=DialectV16())
    telling.has(session(end_s=60))
    assert telling.next() is None
    assert telling.letters == ["it began in OCPP 2.0.1, and the central system speaks 1.6 now"]
    telling.terms = V2
    assert telling.replay_all() == [True]
    assert words(telling.tell()) == [(1, "Ended", "AbnormalCondition")]


def test_what_cannot_be_sent_leaves_no_hole(telling: Numbered) -> None:
    """A number that was never sent is given out again."""
    telling.to(30)
    telling.has(session())
    telling.tell()
    telling.reads(70, 1100.0)
    telling.to(125)
    telling.outbox.unsayable(telling.store, telling.say(Purpose.METER), "a defect", telling.now)
    telling.reads(130, 1200.0)
    telling.to(185)
    assert words(telling.tell()) == [(1, "Updated", "MeterValuePeriodic")]


# --- whatever happens ------------------------------------------------------------------------------------------------

FATES = st.lists(st.sampled_from(["answered", "answered", "lost", "dies", "refused"]), min_size=1, max_size=60)
HAPPENINGS = st.lists(st.sampled_from(["reads", "charges", "suspends", "wait", "trigger"]), max_size=25)


@settings(max_examples=60)
@given(fates=FATES, happenings=HAPPENINGS, aligned=st.booleans())
def test_numbers_have_no_holes_and_each_says_one_thing(
    fates: list[str], happenings: list[str], *, aligned: bool
) -> None:
    """Whatever befalls messages and process: from 0, rising by one, one content for each, nothing after Ended."""
    terms = with_terms(dialect=V2.dialect, attempts=1000, aligned=ALIGNED if aligned else V2.aligned)
    with TemporaryDirectory() as folder, Numbered(Path(folder), terms=terms) as telling:
        told: dict[int, str] = {}
        last: list[dict[str, Any]] = []
        fate_of = iter(fates)
        telling.to(30)
        telling.has(session())
        moment = 30.0
        for happening in [*happenings, "end"]:
            moment += 45
            telling.to(moment)
            befall(telling, happening, moment)
            while (outgoing := telling.next()) is not None:
                note(outgoing, told, last)
                fate = next(fate_of, "answered")
                if fate == "dies":
                    telling.die()
                elif fate == "refused":
                    telling.refuse(outgoing)
                    telling.now += timedelta(days=30)
                elif fate == "answered":
                    telling.answer(outgoing)
        assert telling.only.phase is TransactionPhase.TOLD
        assert sorted(told) == list(range(len(told)))
        assert '"Started"' in told[0]
        assert '"Ended"' in told[max(told)]
        assert sum('"Ended"' in text for text in told.values()) == 1


def befall(telling: Numbered, happening: str, moment: float) -> None:
    """Let this happen at the charger."""
    match happening:
        case "reads":
            telling.reads(moment - 1, 1000.0 + moment)
        case "charges":
            telling.shows(ConnectorStatus.CHARGING, moment)
        case "suspends":
            telling.shows(ConnectorStatus.SUSPENDED_EV, moment)
        case "trigger":
            telling.outbox.trigger(telling.store, [1], telling.now)
        case "end":
            telling.has(session(end_s=moment))


def note(outgoing: Outgoing, told: dict[int, str], last: list[dict[str, Any]]) -> None:
    """Write a message down: under a number that was told before it says the same."""
    payload = dict(outgoing.call.payload)
    SCHEMAS.check_request(outgoing.call.action, payload)
    number, text = payload["seqNo"], str(pack(outgoing.call).split(",", 2)[2])
    assert told.setdefault(number, text) == text
    assert number in {max(told), max(told) - 1} or number == max(told)
    last.append(payload)


def test_letters_keep_their_transaction(telling: Numbered) -> None:
    """A start that is refused for good is kept with its reason and comes out under the same id and number."""
    telling.to(100)
    telling.has(session(end_s=60))
    telling.refuse_for_good(Purpose.START)
    assert telling.only.phase is TransactionPhase.DEAD
    first = telling.only.transaction_id
    assert telling.replay_all() == [True]
    events = telling.tell()
    assert words(events) == [(0, "Started", "CablePluggedIn"), (1, "Ended", "AbnormalCondition")]
    assert {event["transactionInfo"]["transactionId"] for event in events} == {first}
    assert to_epoch_us(telling.only.named_at) == to_epoch_us(after(10))


def test_an_answer_costs_no_commit_and_is_not_forgotten(telling: Numbered) -> None:
    """An answered Updated is dropped with the next write; a process that dies before repeats it as it was."""
    telling.to(30)
    telling.has(session())
    telling.tell()
    telling.reads(70, 1100.0)
    telling.to(125)
    updated = telling.say(Purpose.METER)
    before = telling.store.database.execute("SELECT total_changes()")
    telling.answer(updated)
    assert telling.store.database.execute("SELECT total_changes()") == before
    assert telling.next() is None
    telling.die()
    repeated = telling.say(Purpose.METER)
    assert pack(repeated.call) == pack(updated.call)
    telling.answer(repeated)
    telling.reads(130, 1200.0)
    telling.to(185)
    assert words(telling.tell()) == [(2, "Updated", "MeterValuePeriodic")]
    telling.die()
    telling.has(session(end_s=190))
    assert [number for number, _, _ in words(telling.tell())] == [2, 3]


@pytest.mark.parametrize("named", [None, "FROM-AFAR"])
def test_a_charger_that_names_the_driver_itself_began_from_afar_all_the_same(
    telling: Numbered, named: str | None
) -> None:
    """The number of the wish comes back whether or not the charger knows whom it lets charge."""
    telling.outbox.expect(telling.store, 1, "FROM-AFAR", telling.now, after(60), remote_start_id=9)
    telling.to(30)
    telling.has(session(id_token=named))
    (started,) = telling.tell()
    assert (started["triggerReason"], started["transactionInfo"]["remoteStartId"]) == ("RemoteStart", 9)
    assert started["idToken"]["idToken"] == "FROM-AFAR"
