from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.errors import StoreError
from bridge.store.sqlite import SqliteStore, open_store
from bridge.uplink.network.profiles import NetworkProfiles, Worked
from bridge.uplink.network.slots import FORMER, OWN
from tests.engine.fakes import DirectDesk
from tests.uplink.network.making import PASSWORD, profile

STATION = "garage → home"
FIRST = profile(ocppCsmsUrl="wss://first.example", securityProfile=2, basicAuthPassword=PASSWORD, identity="A")
SECOND = profile(ocppCsmsUrl="ws://second.example")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Give a store on disk."""
    opened = open_store(tmp_path / "bridge.db")
    yield opened
    opened.close()


def kept(store: SqliteStore) -> NetworkProfiles:
    """Return the profiles as after a start."""
    profiles = NetworkProfiles(STATION, DirectDesk(store))
    asyncio.run(profiles.restore())
    return profiles


def test_in_the_beginning_there_is_the_own_connection(store: SqliteStore) -> None:
    """It counts as what worked last, and nothing else is there."""
    profiles = kept(store)
    assert (profiles.slots, profiles.last, profiles.worked) == ((), OWN, Worked())
    assert profiles.profile(OWN) is None


def test_profiles_survive_with_their_passwords(store: SqliteStore) -> None:
    """Each in its slot; what a vendor added is not kept; another station sees none of it."""
    profiles = kept(store)
    asyncio.run(profiles.keep(2, profile(customData={"vendorId": "x", "more": 1})))
    asyncio.run(profiles.keep(1, FIRST))
    again = kept(store)
    assert again.slots == (1, 2)
    assert again.profile(1) == FIRST
    assert again.profile(2) == profile()
    other = NetworkProfiles("garage → other", DirectDesk(store))
    asyncio.run(other.restore())
    assert other.slots == ()


def test_no_secret_is_shown(store: SqliteStore) -> None:
    """Neither of a profile, nor of what worked."""
    profiles = kept(store)
    asyncio.run(profiles.keep(1, FIRST))
    asyncio.run(profiles.took(1))
    assert PASSWORD not in f"{profiles!r} {profiles.worked!r} {profiles.profile(1)!r} {vars(profiles)!r}"


def test_what_worked_last_survives(store: SqliteStore) -> None:
    """With what its slot held; taking the same again changes nothing."""
    profiles = kept(store)
    asyncio.run(profiles.keep(1, FIRST))
    assert asyncio.run(profiles.took(1))
    assert not asyncio.run(profiles.took(1))
    again = kept(store)
    assert (again.last, again.worked) == (1, Worked(1, 2, FIRST))
    assert asyncio.run(again.took(OWN))
    assert kept(store).worked == Worked(OWN, 2, None)


def test_a_slot_that_is_overwritten_leaves_what_worked(store: SqliteStore) -> None:
    """The way back is what worked, not what stands in its slot now; to a central system it is that slot."""
    profiles = kept(store)
    asyncio.run(profiles.keep(1, FIRST))
    asyncio.run(profiles.took(1))
    asyncio.run(profiles.keep(1, SECOND))
    for one in (profiles, kept(store)):
        assert (one.last, one.profile(one.last), one.number(one.last)) == (FORMER, FIRST, 1)
        assert one.profile(1) == SECOND
    assert not asyncio.run(profiles.took(FORMER)), "it worked before"
    assert profiles.last == FORMER
    asyncio.run(profiles.keep(1, FIRST))
    assert profiles.last == 1


def test_what_lies_below_the_security_in_force_is_not_usable(store: SqliteStore) -> None:
    """It stays where it is and is not connected with any more."""
    profiles = kept(store)
    asyncio.run(profiles.keep(1, FIRST))
    asyncio.run(profiles.keep(2, SECOND))
    assert (profiles.usable(0), profiles.usable(1), profiles.usable(3)) == ((1, 2), (1,), ())


def test_credentials_of_a_slot_can_be_dropped(store: SqliteStore) -> None:
    """The station's own were set instead; where there are none nothing is written."""
    profiles = kept(store)
    asyncio.run(profiles.keep(1, FIRST))
    for _ in range(2):
        asyncio.run(profiles.forget_credentials(1))
        bare = kept(store).profile(1)
        assert bare is not None
        assert (bare.identity, bare.basic_auth_password, bare.ocpp_csms_url) == (None, None, "wss://first.example")
    asyncio.run(profiles.forget_credentials(3))
    assert kept(store).slots == (1,)


def test_a_store_that_refuses_changes_nothing(store: SqliteStore) -> None:
    """What is in use is what is kept."""
    profiles = NetworkProfiles(STATION, DirectDesk(store, StoreError("the store", "the disk is full")))
    for work in (profiles.keep(1, FIRST), profiles.took(1)):
        with pytest.raises(StoreError):
            asyncio.run(work)
    assert (profiles.slots, profiles.worked) == ((), Worked())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("1", "no json"),
        ("1", '{"ocppCsmsUrl": "hunter2"}'),
        ("1", "[]"),
        ("0", "{}"),
        ("01", "{}"),
        ("4", "{}"),
        ("hunter2", "{}"),
        ("worked", "[]"),
        ("worked", '{"slot": 9, "raisedTo": 0}'),
        ("worked", '{"slot": true, "raisedTo": 0}'),
        ("worked", '{"slot": 1, "raisedTo": 0}'),
        ("worked", '{"slot": 0, "raisedTo": 4}'),
        ("worked", '{"slot": 1, "raisedTo": 0, "profile": {}}'),
        ("worked", "hunter2"),
    ],
)
def test_what_cannot_be_read_is_passed_over_with_a_sentence(name: str, text: str, store: SqliteStore) -> None:
    """The rest is taken, and nothing of what stands there is repeated, for it may hold a password."""
    asyncio.run(kept(store).keep(2, SECOND))
    store.put_setting(f"{STATION}/network/{name}", text)
    profiles = kept(store)
    (problem,) = profiles.problems
    assert problem.endswith("was kept in a form that cannot be read, and is passed over")
    assert "hunter2" not in problem or name == "hunter2"
    assert (profiles.slots, profiles.worked) == ((2,), Worked())
