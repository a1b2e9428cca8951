from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.store.sqlite import SqliteStore, open_store
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.line.address import Address
from bridge.uplink.network.profiles import NetworkProfiles
from bridge.uplink.network.route import Route
from bridge.uplink.network.slots import FORMER, OWN
from bridge.uplink.network.ways import InForce
from tests.engine.fakes import DirectDesk
from tests.uplink.network.making import PASSWORD, profile

HOME = Address("garage → home", "ws://home", "GARAGE-1", ("ocpp2.0.1",))
SAFE = profile(ocppCsmsUrl="wss://safe", securityProfile=2, basicAuthPassword=PASSWORD)
PLAIN = profile(ocppCsmsUrl="ws://plain")
PLAIN_2 = profile(ocppCsmsUrl="ws://plain-2")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Give a store on disk."""
    opened = open_store(tmp_path / "bridge.db")
    yield opened
    opened.close()


def route(store: SqliteStore) -> Route:
    """Return the route as after a start."""
    made = Route(NetworkProfiles("garage/home", DirectDesk(store)))
    asyncio.run(made.profiles.restore())
    return made


def step(made: Route, *priority: int, set_to: int = 0) -> str:
    """Return the url that is tried next."""
    in_force = InForce(security_profile=set_to, password=None, ping_interval_s=None, versions=(OcppVersion.V201,))
    return made.next(HOME, in_force, priority, attempts=1).address.url


def test_a_profile_is_tried_and_falls_back(store: SqliteStore) -> None:
    """It fails, and what worked is next."""
    made = route(store)
    assert (step(made, OWN), made.is_doubtful) == ("ws://home", False)
    assert not asyncio.run(made.took()), "the own connection is what worked before anything was tried"
    asyncio.run(made.profiles.keep(1, PLAIN))
    assert step(made, OWN) == "ws://home", "a profile is not used before its slot is in the priority"
    assert (step(made, 1), made.slot, made.is_doubtful) == ("ws://plain", 1, True)
    made.failed()
    assert (step(made, 1), made.slot, made.is_doubtful) == ("ws://home", OWN, False)
    assert not asyncio.run(made.took())


def test_a_line_with_another_profile_wants_a_boot(store: SqliteStore) -> None:
    """Another slot, or the same slot with something else; not the first line, which boots anyhow, nor a reconnect."""
    made = route(store)
    asyncio.run(made.profiles.keep(1, PLAIN))
    step(made, 1)
    assert [made.opened(), made.opened()] == [False, False]
    asyncio.run(made.took())
    asyncio.run(made.profiles.keep(1, PLAIN_2))
    assert (step(made, 1), made.opened(), made.opened()) == ("ws://plain-2", True, False)
    made.failed()
    assert (step(made, 1), made.slot, made.opened()) == ("ws://plain", 1, True)
    made.failed()
    assert (step(made, 1), made.opened()) == ("ws://home", True)


def test_what_was_taken_stays_the_way_back_over_a_restart(store: SqliteStore) -> None:
    """After a start the priority counts first, and then what worked last, also where its slot was overwritten."""
    made = route(store)
    asyncio.run(made.profiles.keep(1, PLAIN))
    step(made, 1)
    assert asyncio.run(made.took()), "it is another profile than before, which is to be told"
    asyncio.run(made.profiles.keep(1, PLAIN_2))
    again = route(store)
    seen = []
    for _ in range(4):
        seen.append((step(again, 1), again.slot))
        again.failed()
    assert seen == [("ws://plain-2", 1), ("ws://plain", 1), ("ws://home", OWN), ("ws://plain-2", 1)]
    assert again.profiles.last == FORMER


def test_security_only_rises(store: SqliteStore) -> None:
    """Once a profile with TLS worked, plain ones are passed over and the own connection rises too, for good."""
    made = route(store)
    asyncio.run(made.profiles.keep(1, PLAIN))
    asyncio.run(made.profiles.keep(2, SAFE))
    step(made, 2, 1)
    assert made.security_profile(0) == 0, "what was never connected with does not count"
    asyncio.run(made.took())
    for one in (made, route(store)):
        seen = set()
        for _ in range(6):
            seen.add(step(one, 2, 1))
            one.failed()
        assert seen == {"wss://safe", "wss://home"}
        assert (one.security_profile(0), one.security_profile(3)) == (2, 3)
    step(made, OWN)
    asyncio.run(made.took())
    assert route(store).security_profile(0) == 2, "the own connection does not lower it again"


def test_what_the_config_says_of_security_can_be_taken_back(store: SqliteStore) -> None:
    """A person may lower it: what the own connection had is not kept."""
    made = route(store)
    assert step(made, OWN, set_to=2) == "wss://home"
    asyncio.run(made.took())
    assert step(route(store), OWN) == "ws://home"


def test_a_reboot_begins_with_the_first(store: SqliteStore) -> None:
    """Whatever is connected."""
    made = route(store)
    asyncio.run(made.profiles.keep(1, PLAIN))
    step(made, 1)
    made.failed()
    assert step(made, 1) == "ws://home"
    asyncio.run(made.took())
    made.reboot()
    assert step(made, 1) == "ws://plain"
