"""Commands of EVerest's interfaces by name, from JSON to JSON: what holds for all of them."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import StoreError
from bridge.everest.charge_point import CHARGE_POINT
from bridge.everest.generic import OCPP
from bridge.everest.interface import CommandTimeoutError, Interface, run_command
from bridge.everest.interfaces import INTERFACES
from bridge.types.ocpp.payload_error import PayloadError
from tests.everest.fakes import FakeStation
from tests.everest.hostile import arguments_of


def test_a_station_offers_three_interfaces_under_everests_names() -> None:
    """That of 1.6 under its own name, the two for all versions as EVerest's modules call them."""
    assert set(INTERFACES) == {"ocpp_1_6_charge_point", "ocpp_generic", "data_transfer"}
    assert all(name == one.implementation for name, one in INTERFACES.items())


def test_a_command_that_does_not_end_is_given_up() -> None:
    """After its limit the caller learns that nobody knows what became of it."""

    async def scene() -> None:
        station = FakeStation()
        station.hold = asyncio.Event()
        with pytest.raises(CommandTimeoutError, match=r"garage at employer: data_transfer .* not known\."):
            await run_command(CHARGE_POINT, station, "data_transfer", {"vendor_id": "v"}, limit_s=0.01)

    asyncio.run(scene())


def test_what_a_station_raises_goes_through() -> None:
    """A store that fails says so in its own words."""
    station = FakeStation()
    station.failure = StoreError("store.sqlite", "the disk is full")

    with pytest.raises(StoreError, match="the disk is full"):
        asyncio.run(run_command(OCPP, station, "security_event", {"type": "x"}))


SENTENCE_AT_MOST = 5000
COMMANDS = st.sampled_from([(one, name) for one in INTERFACES.values() for name in one.commands])


@settings(max_examples=500, deadline=None, derandomize=True)
@given(COMMANDS.flatmap(lambda pair: st.tuples(st.just(pair), arguments_of(pair[0].commands[pair[1]]))))
def test_no_arguments_are_more_than_wrong(call: tuple[tuple[Interface, str], object]) -> None:
    """Whatever comes from outside, every command gives a result that is JSON, or says what is wrong with it."""
    (interface, name), arguments = call
    station = FakeStation()
    said = ""
    try:
        json.dumps(asyncio.run(run_command(interface, station, name, arguments)), allow_nan=False).encode()
    except PayloadError as error:
        said = str(error)

    assert bool(said) is (station.asked == [])
    assert said.startswith(f"{name}: " if said else "")
    assert len(said) < SENTENCE_AT_MOST
