"""generalStatus and systemInformation become facts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.decoding import ShapeError
from adapters.etrel.decode_status import (
    decode_identity,
    decode_measures,
    decode_status,
    number_connectors,
)
from adapters.etrel.wire import StatusWire, SystemInformationWire, parse_answer
from bridge.types.charger import ChargerIdentity, ConnectorReading, Snapshot
from bridge.types.words import ConnectorStatus
from tests.adapters.etrel.fixtures import body, document, encode

_NOW = datetime(2022, 10, 8, 12, tzinfo=UTC)


def _decode(answer: bytes) -> Snapshot:
    return decode_status(parse_answer(StatusWire, answer), _NOW, None)


def _scene(scene: str) -> Snapshot:
    return _decode(body(scene, "general_status"))


def _changed(**online: Any) -> Snapshot:
    answer = document("overnight", "general_status")
    answer["evses"][0]["connectors"][0]["onlineData"].update(online)
    return _decode(encode(answer))


def test_the_seed_becomes_a_snapshot() -> None:
    """Every fact of the seed's status arrives in our units, exactly."""
    assert _scene("overnight") == Snapshot(
        read_at=_NOW,
        connectors=(
            ConnectorReading(
                evse_id=1,
                connector_id=1,
                status=ConnectorStatus.AVAILABLE,
                status_raw="Available",
                power_w=0.0,
                current_a=0.0,
                current_offered_a=6.0,
                session_id="34",
                session_energy_wh=62832.631,
            ),
        ),
        building_power_w=1532.2,
        cluster_power_w=0.0,
    )


def test_a_charging_connector_is_read() -> None:
    """kW, kWh and A of a running charge become W, Wh and A."""
    reading = _scene("charging").connectors[0]
    assert reading.status is ConnectorStatus.CHARGING
    assert reading.power_w == 10_624.0
    assert reading.session_energy_wh == 1209.088
    assert reading.current_a == 15.4
    assert reading.current_offered_a == 16.0
    assert reading.session_id == "35"


def test_a_box_that_reports_to_a_central_system_says_so() -> None:
    """Any word but Disabled means that the box itself reports upwards."""
    assert _scene("charging").reports_to_csms == "Connected"
    assert _scene("overnight").reports_to_csms is None


@pytest.mark.parametrize("link", [None, {}, {"status": None}, {"status": "disabled"}])
def test_no_central_system_is_none(link: object) -> None:
    """An absent or disabled link is None, in any letter case."""
    answer = document("overnight", "general_status")
    answer["centralSystem"] = link
    assert _decode(encode(answer)).reports_to_csms is None


def test_connectors_whose_ids_repeat_do_not_collide() -> None:
    """Two EVSEs that both have a connector 1 give connectors 1 and 2, and a note about it."""
    snapshot = _scene("two_evses")
    assert [(c.evse_id, c.connector_id, c.session_id) for c in snapshot.connectors] == [(1, 1, "34"), (2, 2, "7")]
    assert len(snapshot.notes) == 1
    assert "numbered over the whole charger" in snapshot.notes[0]


def test_connectors_with_ids_of_their_own_keep_them() -> None:
    """Different connector ids are kept, since log and profile use them."""
    snapshot = _scene("two_connectors")
    assert [(c.evse_id, c.connector_id) for c in snapshot.connectors] == [(1, 1), (1, 2)]
    assert snapshot.notes == ()


def test_what_is_null_is_none_and_what_is_zero_is_zero() -> None:
    """None is not zero: a silent connector has no numbers and no session, an idle one has zeros."""
    idle, silent = _scene("two_connectors").connectors
    assert idle.power_w == 0.0
    assert (silent.power_w, silent.session_energy_wh, silent.session_id) == (None, None, None)


@given(st.lists(st.tuples(st.integers(-2, 3), st.integers(-2, 120)), min_size=1, max_size=99))
def test_numbers_of_connectors_never_collide(ids: list[tuple[int, int]]) -> None:
    """Whatever ids a box has, its connectors get different numbers from 1 to 99."""
    numbers = number_connectors(ids)
    assert len(set(numbers)) == len(ids)
    assert all(1 <= number <= 99 for number in numbers)


@given(st.permutations([(1, 1), (1, 2), (2, 1), (2, 2)]))
def test_numbers_do_not_depend_on_the_order_of_the_answer(ids: list[tuple[int, int]]) -> None:
    """The same connector gets the same number in whatever order the charger lists them."""
    assert dict(zip(ids, number_connectors(ids), strict=True)) == {(1, 1): 1, (1, 2): 2, (2, 1): 3, (2, 2): 4}


@pytest.mark.parametrize("evses", [[], [{"evseId": 1, "connectors": []}]])
def test_a_box_without_connectors_is_an_error(evses: object) -> None:
    """An answer that tells no connector is wrong, not empty."""
    with pytest.raises(ShapeError, match="1 to 99 connectors"):
        _decode(encode({"evses": evses}))


def test_an_unplugged_load_guard_gives_no_power() -> None:
    """The 0.0 of a load guard that is not connected is not a power, and a note says so."""
    snapshot = _scene("load_guard_unplugged")
    assert snapshot.building_power_w is None
    assert snapshot.cluster_power_w is None
    assert any("load guard" in note for note in snapshot.notes)


@pytest.mark.parametrize("management", [None, {}, {"loadGuard": None, "cluster": None}])
def test_a_box_without_power_management_has_no_building(management: object) -> None:
    """Without load guard and cluster there are only connectors."""
    answer = document("overnight", "general_status")
    answer["powerManagement"] = management
    wire = parse_answer(StatusWire, encode(answer))
    snapshot = decode_status(wire, _NOW, None)
    assert (snapshot.building_power_w, snapshot.cluster_power_w, snapshot.notes) == (None, None, ())
    assert decode_measures(wire) == ("connector1",)


def test_a_building_that_feeds_in_is_negative() -> None:
    """Import is positive, so a building with its own generation may be below zero."""
    answer = document("overnight", "general_status")
    answer["powerManagement"]["loadGuard"]["buildingTotalPower"] = -4.25
    snapshot = _decode(encode(answer))
    assert snapshot.building_power_w == -4250.0
    assert snapshot.notes == ()


def test_a_cluster_that_lacks_chargers_is_noted() -> None:
    """The power of an incomplete cluster is kept with a note."""
    answer = document("overnight", "general_status")
    answer["powerManagement"]["cluster"].update(allChargersConnected=False, totalPower=3.2)
    snapshot = _decode(encode(answer))
    assert snapshot.cluster_power_w == 3200.0
    assert any("cluster" in note for note in snapshot.notes)


def test_a_fault_is_told_in_the_words_of_the_charger() -> None:
    """A fault's type and description are kept together."""
    reading = _scene("fault").connectors[0]
    assert reading.status is ConnectorStatus.FAULTED
    assert reading.fault == "ContactorTripped: Contactor welded"
    assert _changed(faultEventType=17).connectors[0].fault == "17"


def test_an_unknown_word_is_kept_and_noted() -> None:
    """A status word of no list is no status, stays as it came, and is noted once."""
    snapshot = _scene("unknown_word")
    assert snapshot.connectors[0].status is None
    assert snapshot.connectors[0].status_raw == "Meditating"
    assert snapshot.notes == ("connector 1 says «Meditating», a state that is not known here; it is kept as it came",)


def test_a_connector_without_live_data_is_there_and_silent() -> None:
    """A connector whose live data is null is kept, with a note and without numbers."""
    answer = document("overnight", "general_status")
    answer["evses"][0]["connectors"][0]["onlineData"] = None
    snapshot = _decode(encode(answer))
    assert snapshot.connectors == (ConnectorReading(evse_id=1, connector_id=1, status=None, status_raw=None),)
    assert snapshot.notes == ("connector 1 gives no live data",)


def test_numbers_that_cannot_be_are_none_with_a_note() -> None:
    """Negative and absurd numbers are not reported rather than zero, each with its note."""
    snapshot = _scene("absurd_numbers")
    reading = snapshot.connectors[0]
    assert (reading.power_w, reading.current_a, reading.session_energy_wh) == (None, None, None)
    assert len(snapshot.notes) == 3


@pytest.mark.parametrize("token", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"1" + b"0" * 400])
def test_numbers_that_are_none_of_jsons_are_none(token: bytes) -> None:
    """NaN, infinities and endless integers become None with a note, not a fact and not a crash."""
    answer = body("overnight", "general_status").replace(b'"power": 0.0', b'"power": ' + token)
    snapshot = _decode(answer)
    assert snapshot.connectors[0].power_w is None
    assert len(snapshot.notes) == 1


@given(st.integers(0, 10**9))
def test_energy_is_exact_to_the_thousandth(milli_wh: int) -> None:
    """Any kWh with six decimals becomes the same number of Wh with three, digit by digit."""
    energy_wh = (
        _changed(consumedEnergy=float(f"{milli_wh // 10**6}.{milli_wh % 10**6:06}")).connectors[0].session_energy_wh
    )
    assert f"{energy_wh:.3f}" == f"{milli_wh // 1000}.{milli_wh % 1000:03}"


def test_minus_zero_is_zero() -> None:
    """A power of -0.0 is shown as 0."""
    assert str(_changed(power=-0.0).connectors[0].power_w) == "0.0"


def test_measures_follow_what_is_installed() -> None:
    """A load guard that is installed has a series even while unplugged; a disabled cluster has none."""
    assert decode_measures(parse_answer(StatusWire, body("overnight", "general_status"))) == (
        "connector1",
        "building",
        "cluster",
    )
    assert decode_measures(parse_answer(StatusWire, body("load_guard_unplugged", "general_status"))) == (
        "connector1",
        "building",
    )
    assert decode_measures(parse_answer(StatusWire, body("two_evses", "general_status")))[:2] == (
        "connector1",
        "connector2",
    )


def test_identity_is_read() -> None:
    """Model, serial number and versions are told; what is missing or empty is None."""
    wire = parse_answer(SystemInformationWire, body("identity", "system_information"))
    assert decode_identity(wire) == ChargerIdentity(
        vendor_name="Etrel",
        model="INCH Home",
        serial_number="0000000042",
        firmware_version="1.9.0",
        os_version="2.4.1",
    )
    assert decode_identity(parse_answer(SystemInformationWire, b'{"model": ""}')) == ChargerIdentity(
        vendor_name="Etrel"
    )
