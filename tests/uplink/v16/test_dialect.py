"""Whatever the facts are, what is said is valid OCPP 1.6; whatever is answered, it is read or a PayloadError."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.ocppj.frames import Call, pack, parse_frame
from bridge.ocppj.schemas import Schemas
from bridge.ports import ReadingRow
from bridge.types.charger import ChargerIdentity
from bridge.types.ocpp.connector_state import ChargePointErrorCode
from bridge.types.ocpp.facts import MEASURANDS, meter_value_of, meter_values_of_intervals
from bridge.types.ocpp.meter_value import MeterValue, ReadingContext
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.provisioning.boot_notification import BootReason
from bridge.types.ocpp.security_event import SecurityEvent
from bridge.types.ocpp.transaction import TriggerReason
from bridge.types.ocpp.version import OcppVersion
from bridge.types.session import ChargingSession
from bridge.types.transaction import PendingUpdate, StationTransaction
from bridge.types.words import ConnectorStatus, IdTokenType, SessionFlag, StopReason
from bridge.uplink.dialect import Dialect, EventAnswer, Wording
from bridge.uplink.told.connector_states import ConnectorNotice
from bridge.uplink.told.meter import edge_values
from bridge.uplink.v16.dialect import DialectV16
from tests.uplink.telling import AT

SCHEMAS = Schemas(OcppVersion.V16)
DIALECT: Dialect = DialectV16()
LAWS = settings(max_examples=150, deadline=None, derandomize=True)

TEXTS = st.text(max_size=60) | st.text(alphabet="ÄßЖ漢🚗\u0000\u2028", max_size=300) | st.just("x" * 300)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)
REGISTERS = st.floats(0, 5e9) | st.sampled_from((0.0, 0.9999999, 999_999.9, 2.5e6))
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- bounds
LENGTHS = st.sampled_from((timedelta(seconds=1), timedelta(), -timedelta(days=3), timedelta(days=900, microseconds=1)))


@st.composite
def sessions(draw: st.DrawFn, *, ended: bool = False) -> ChargingSession:
    """Draw any session that an adapter may tell, plausible or not."""
    started_at = draw(MOMENTS)
    has_ended = ended or draw(st.booleans())
    return ChargingSession(
        session_id=draw(TEXTS),
        connector_id=draw(st.integers(1, 99)),
        started_at=started_at,
        ended_at=started_at + draw(LENGTHS) if has_ended else None,
        meter_start_wh=draw(REGISTERS | st.none()),
        meter_stop_wh=draw(REGISTERS | st.none()),
        energy_wh=draw(NUMBERS | st.none()),
        charging_s=draw(NUMBERS | st.none()),
        id_token=draw(TEXTS | st.none()),
        id_token_type=draw(st.sampled_from(IdTokenType) | st.none()),
        user=draw(TEXTS | st.none()),
        stop_reason=draw(st.sampled_from(StopReason) | st.none()),
        stop_reason_raw=draw(TEXTS | st.none()),
        flags=tuple(draw(st.lists(st.sampled_from(SessionFlag), unique=True))),
    )


@st.composite
def values(draw: st.DrawFn) -> tuple[MeterValue, ...]:
    """Draw meter values of readings and of 5-minute rows."""
    told: list[MeterValue] = []
    for number in range(draw(st.integers(1, 4))):
        numbers = [draw(NUMBERS | st.none()) for _ in range(8)]
        row = ReadingRow(AT, 1, None, numbers[0], numbers[1], None, *numbers[2:])
        value = meter_value_of(
            row,
            AT + timedelta(seconds=number),
            draw(st.sampled_from((ReadingContext.SAMPLE_PERIODIC, ReadingContext.SAMPLE_CLOCK))),
            register_wh=draw(st.integers(0, 10**9)),
            measurands=MEASURANDS,
        )
        assert value is not None
        told.append(value)
    return (*told, *meter_values_of_intervals([(1_772_323_200, draw(NUMBERS))]))


def transaction(number: str = "7") -> StationTransaction:
    """Return a transaction that has begun."""
    return StationTransaction(
        charger="garage",
        session_id="1",
        started_at=AT,
        transaction_id=number,
        sampled_until_at=AT,
        aligned_until_at=AT,
    )


def valid(wording: Wording) -> dict[str, Any]:
    """Hold a message against its schema, see that its text is stable, and return its payload."""
    SCHEMAS.check_request(wording.action, wording.payload)
    text = pack(Call("id", wording.action, wording.payload))
    back = parse_frame(text)
    assert isinstance(back, Call)
    assert pack(back) == text
    return wording.payload


# --- what is said ------------------------------------------------------------------------------------------------


@given(sessions(), st.text(min_size=1, max_size=20))
@LAWS
def test_any_start_is_valid_or_says_why_not(charged: ChargingSession, id_tag: str) -> None:
    """With the register rounded down and the exact time; the configured tag where the charger's own cannot be said."""
    said = DIALECT.started(charged, transaction(), id_tag)
    if isinstance(said, str):
        assert charged.meter_start_wh is None
        assert "register" in said
        return
    payload = valid(said)
    assert charged.meter_start_wh is not None
    assert payload["meterStart"] == math.floor(charged.meter_start_wh)
    assert datetime.fromisoformat(payload["timestamp"]) == charged.started_at
    assert payload["timestamp"].endswith("Z")
    assert payload["connectorId"] == charged.connector_id
    token = charged.id_token
    is_sayable = token and len(token) <= 20 and charged.id_token_type is not IdTokenType.NO_AUTHORIZATION
    assert payload["idTag"] == (token if is_sayable else id_tag)


@given(sessions(ended=True), REGISTERS, values(), st.integers(1, 2**31 - 1))
@LAWS
def test_any_end_is_valid(
    charged: ChargingSession, register_wh: float, told: tuple[MeterValue, ...], number: int
) -> None:
    """With the number that was given, the register rounded down, the exact time, a reason and the values."""
    edges = edge_values(charged, register_wh, MEASURANDS)
    payload = valid(DIALECT.ended(charged, transaction(str(number)), register_wh, (*edges, *told)))
    assert (payload["transactionId"], payload["meterStop"]) == (number, math.floor(register_wh))
    assert datetime.fromisoformat(payload["timestamp"]) == charged.ended_at
    assert "reason" in payload
    assert "idTag" not in payload
    assert len(payload["transactionData"]) == len(edges) + len(told)
    assert "transactionData" not in valid(DIALECT.ended(charged, transaction(), register_wh, ()))


@pytest.mark.parametrize("reason", [None, *StopReason])
def test_every_reason_has_a_word_of_1_6(reason: StopReason | None) -> None:
    """What 1.6 lacks is Other, and so is what the charger does not tell: an absent one would mean Local."""
    charged = ChargingSession(session_id="1", connector_id=1, started_at=AT, ended_at=AT, stop_reason=reason)
    said = valid(DIALECT.ended(charged, transaction(), 5.0, ()))["reason"]
    if reason in (None, StopReason.OTHER, StopReason.TIME_LIMIT_REACHED):
        assert said == "Other"
    if reason in (StopReason.LOCAL, StopReason.EV_DISCONNECTED, StopReason.REMOTE, StopReason.POWER_LOSS):
        assert said == reason


@given(values(), st.integers(0, 99), st.booleans())
@LAWS
def test_any_meter_values_are_valid(told: tuple[MeterValue, ...], connector_id: int, has_transaction: object) -> None:
    """Every value is text with its unit, and the number of the transaction is there when it is of one."""
    payload = valid(DIALECT.metered(connector_id, transaction() if has_transaction else None, told))
    assert payload["connectorId"] == connector_id
    assert payload.get("transactionId") == (7 if has_transaction else None)
    assert len(payload["meterValue"]) == len(told)
    for value in payload["meterValue"]:
        for item in value["sampledValue"]:
            assert math.isfinite(float(item["value"]))
            assert item["unit"] in ("Wh", "W", "A", "V")


@pytest.mark.parametrize("connector_id", [-1, 0, 100, 2**40])
def test_a_connector_that_no_station_has_is_no_start(connector_id: int) -> None:
    """It is said why, and nothing is raised: one odd row must not stop the others."""
    charged = ChargingSession(session_id="1", connector_id=connector_id, started_at=AT, meter_start_wh=1.0)
    said = DIALECT.started(charged, transaction(), "HOME")
    assert isinstance(said, str)
    assert str(connector_id) in said


@given(st.builds(ChargerIdentity, vendor_name=TEXTS, model=TEXTS, serial_number=TEXTS, firmware_version=TEXTS))
@LAWS
def test_any_boot_is_valid(identity: ChargerIdentity) -> None:
    """Texts that are too long are cut where a person reads them, and left out where they name something."""
    payload = valid(DIALECT.boot(identity, BootReason.POWER_UP))
    assert payload["chargePointVendor"]
    assert payload["chargePointModel"]
    assert valid(DIALECT.heartbeat()) == {}


@given(
    st.builds(
        ConnectorNotice,
        st.integers(0, 99),
        st.sampled_from(ConnectorStatus),
        MOMENTS,
        st.sampled_from(ChargePointErrorCode),
        st.none() | st.text(max_size=50),
        st.none() | st.text(max_size=50),
    )
)
@LAWS
def test_any_state_is_valid(notice: ConnectorNotice) -> None:
    """With its connector, its own time and its error."""
    payload = valid(DIALECT.status(notice))
    assert (payload["connectorId"], payload["status"]) == (notice.connector_id, notice.status)
    assert datetime.fromisoformat(payload["timestamp"]) == notice.at
    assert payload["errorCode"] == notice.error_code


@given(
    st.builds(
        SecurityEvent, type=st.text(min_size=1, max_size=50), info=TEXTS | st.none(), timestamp=st.none() | MOMENTS
    )
)
@LAWS
def test_any_security_event_is_valid(event: SecurityEvent) -> None:
    """Its text is cut to what OCPP allows, and one without a time is of now."""
    payload = valid(DIALECT.security_event(event, AT))
    assert datetime.fromisoformat(payload["timestamp"]) == (event.timestamp or AT)
    assert payload.get("techInfo") == (None if event.info is None else event.info[:255])


# --- what is answered --------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ANSWERS = st.one_of(
    JSON,
    st.dictionaries(
        st.sampled_from(("transactionId", "idTagInfo", "currentTime", "status", "interval")),
        st.one_of(
            JSON,
            st.dictionaries(st.sampled_from(("status", "expiryDate", "parentIdTag", "x")), st.just("Accepted") | JSON),
        ),
    ),
)


@given(ANSWERS)
@LAWS
def test_any_answer_is_read_or_an_error_of_its_payload(payload: object) -> None:
    """Nothing else is raised, and a number is never one that is not positive."""
    readers = (DIALECT.started_answer, DIALECT.heartbeat_answer, DIALECT.boot_answer)
    for reader in readers:
        try:
            read = reader(payload)
        except PayloadError:
            continue
        if isinstance(read, EventAnswer) and read.transaction_id is not None:
            assert int(read.transaction_id) > 0
        json.dumps(payload)


@pytest.mark.parametrize(
    ("payload", "read"),
    [
        ({"transactionId": 5, "idTagInfo": {"status": "Accepted"}}, EventAnswer("5", "Accepted")),
        ({"transactionId": 5, "idTagInfo": {"status": "Blocked", "expiryDate": "soon"}}, EventAnswer("5", "Blocked")),
        (
            {"transactionId": 2**31 - 1, "idTagInfo": {"status": "Accepted"}, "x": []},
            EventAnswer("2147483647", "Accepted"),
        ),
        ({"transactionId": 0, "idTagInfo": {"status": "ConcurrentTx"}}, EventAnswer(None, "ConcurrentTx")),
        ({"transactionId": -1, "idTagInfo": {"status": "Invalid"}}, EventAnswer(None, "Invalid")),
    ],
)
def test_the_number_is_read_out_of_what_central_systems_answer(payload: object, read: EventAnswer) -> None:
    """Fields that are unknown or beside the point cost nothing."""
    assert DIALECT.started_answer(payload) == read


@pytest.mark.parametrize(
    "payload", [None, [], {}, {"transactionId": "5", "idTagInfo": {"status": "Accepted"}}, {"transactionId": True}]
)
def test_an_answer_without_a_number_is_an_error(payload: object) -> None:
    """It is not guessed what may have been meant."""
    with pytest.raises(PayloadError):
        DIALECT.started_answer(payload)


def test_a_change_of_state_is_no_message_of_a_transaction() -> None:
    """1.6 tells it by StatusNotification alone: there is nothing to say, and nothing is raised."""
    update = PendingUpdate(at=AT, trigger=TriggerReason.CHARGING_STATE_CHANGED)
    assert DIALECT.updated(transaction(), update, ()) is None
