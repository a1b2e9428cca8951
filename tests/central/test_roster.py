from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bridge.central.house import CentralHouse, Member
from bridge.central.roster import MOST_WAITING, Guest, Roster
from bridge.engine.board import ChargerCard
from bridge.errors import StoreError
from tests.central.stations import PASSWORD, a_house, member
from tests.engine.fakes import DirectDesk


def guest(
    identity: str = "NEW1", *, password: bytes | None = None, profile: int = 0, said: list[str] | None = None
) -> Guest:
    """Return a connection of a stranger."""
    heard: list[str] = [] if said is None else said
    return Guest(identity, "10.0.0.5", "1.6", profile, profile >= 2, password, heard.append)


def settings(house: CentralHouse) -> dict[str, str]:
    """Return what is kept of those who were accepted."""
    assert isinstance(house.desk, DirectDesk)
    return house.desk.store.settings("central/accepted/")


def test_members_of_the_config_are_found(tmp_path: Path) -> None:
    """By their identities, upper and lower case included."""
    with a_house(tmp_path) as house:
        roster = Roster([member("CP1"), member("CP2", charger="garage")], house)
        assert [one.identity for one in roster.members] == ["CP1", "CP2"]
        found = roster.find("CP2")
        assert found is not None
        assert found.charger == "garage"
        assert roster.find("cp1") is None


def test_who_waits_is_shown(tmp_path: Path) -> None:
    """With where it came from and what it came with; coming again renews the card and keeps its first sight."""
    with a_house(tmp_path) as house:
        roster = Roster([], house)
        card = roster.wait(guest(password=b"secret", profile=2))
        assert house.board.waiting == {"NEW1": card}
        assert card.has_password
        assert card.is_encrypted
        card.model = "One"
        again = roster.wait(guest())
        assert again is card
        assert not card.has_password
        assert card.model == "One"


def test_list_of_those_who_wait_is_bounded(tmp_path: Path) -> None:
    """The one that was seen longest ago goes, and its connection with it."""
    with a_house(tmp_path) as house:
        roster, said = Roster([], house), list[str]()
        roster.wait(guest("FIRST", said=said))
        roster.wait(guest("SECOND"))
        roster.wait(guest("FIRST", said=said))
        for number in range(MOST_WAITING - 1):
            roster.wait(guest(f"NEW{number}"))
        assert len(house.board.waiting) == MOST_WAITING
        assert "FIRST" in house.board.waiting
        assert "SECOND" not in house.board.waiting
        assert said == []
        roster.wait(guest("LAST"))
        assert "FIRST" not in house.board.waiting
        assert len(said) == 1


def test_accepted_is_a_member_for_good(tmp_path: Path) -> None:
    """It is stored, told to who listens before it can come in, sent away to come back, and there after a restart."""

    async def scene(house: CentralHouse) -> None:
        roster, said = Roster([], house), list[str]()
        told: list[tuple[Member, Member | None]] = []

        async def listener(one: Member) -> None:
            told.append((one, roster.find(one.identity)))

        roster.on_accept(listener)
        roster.wait(guest(password=PASSWORD.encode(), profile=1, said=said))
        await roster.accept("NEW1", "garage")
        assert house.board.waiting == {}
        assert len(said) == 1
        restarted = Roster([], house)
        await restarted.restore()
        for one in (roster.find("NEW1"), restarted.find("NEW1")):
            assert one is not None
            assert (one.charger, one.security_profile, one.was_accepted) == ("garage", 1, True)
            assert one.secret is not None
            assert one.secret.fits(PASSWORD.encode())
            assert not one.secret.fits(b"another")
        assert told == [(roster.find("NEW1"), None)]
        assert PASSWORD not in str(settings(house))

    with a_house(tmp_path) as house:
        asyncio.run(scene(house))


@pytest.mark.parametrize(
    ("profile", "password"), [(0, None), (2, b"x"), (3, b"ignored beside a certificate"), (3, None)]
)
def test_accepted_has_to_come_as_it_came(tmp_path: Path, profile: int, password: bytes | None) -> None:
    """What it came with is from then on what is asked of it."""

    async def scene(house: CentralHouse) -> None:
        roster = Roster([], house)
        roster.wait(guest(profile=profile, password=password))
        await roster.accept("NEW1", "garage")
        restarted = Roster([], house)
        await restarted.restore()
        found = restarted.find("NEW1")
        assert found is not None
        assert found.security_profile == profile
        assert (found.secret is not None) == (profile in {1, 2})

    with a_house(tmp_path) as house:
        asyncio.run(scene(house))


def test_not_everybody_can_be_accepted(tmp_path: Path) -> None:
    """Not who does not wait, not under the id of another charger of any kind, not under what is no id."""

    async def scene(house: CentralHouse) -> None:
        house.board.chargers["etrel"] = ChargerCard("etrel", 10.0, "http://10.0.0.9")
        roster = Roster([member()], house)
        roster.wait(guest())
        with pytest.raises(LookupError):
            await roster.accept("NEW2", "garage")
        for taken in ("carport", "etrel", "Garage", "", "a" * 49, "../x"):
            with pytest.raises(ValueError, match="id"):
                await roster.accept("NEW1", taken)
        assert "NEW1" in house.board.waiting
        assert settings(house) == {}

    with a_house(tmp_path) as house:
        asyncio.run(scene(house))


def test_acceptance_that_cannot_be_stored_is_none(tmp_path: Path) -> None:
    """It still waits, and can be accepted once the store is well."""

    async def scene(house: CentralHouse) -> None:
        assert isinstance(house.desk, DirectDesk)
        roster = Roster([], house)
        roster.wait(guest())
        house.desk.failing = StoreError("store", "the disk is full")
        with pytest.raises(StoreError):
            await roster.accept("NEW1", "garage")
        assert roster.find("NEW1") is None
        assert "NEW1" in house.board.waiting
        house.desk.failing = None
        await roster.accept("NEW1", "garage")
        assert roster.find("NEW1") is not None

    with a_house(tmp_path) as house:
        asyncio.run(scene(house))


def test_two_who_accept_at_once_make_one_charger(tmp_path: Path) -> None:
    """One id goes to one station; the other keeps waiting."""

    async def scene(house: CentralHouse) -> None:
        roster = Roster([], house)
        roster.wait(guest("NEW1", password=b"x", profile=1))
        roster.wait(guest("NEW2", password=b"y", profile=1))
        both = (roster.accept("NEW1", "garage"), roster.accept("NEW2", "garage"))
        results = await asyncio.gather(*both, return_exceptions=True)
        assert results[0] is None
        assert isinstance(results[1], ValueError)
        assert list(house.board.waiting) == ["NEW2"]

    with a_house(tmp_path) as house:
        asyncio.run(scene(house))


def test_turned_away_is_off_the_list(tmp_path: Path) -> None:
    """Its connection is closed, and it may come back; who does not wait cannot be turned away."""

    async def scene(house: CentralHouse) -> None:
        roster, said = Roster([], house), list[str]()
        roster.wait(guest(said=said))
        await roster.turn_away("NEW1")
        assert house.board.waiting == {}
        assert len(said) == 1
        with pytest.raises(LookupError):
            await roster.turn_away("NEW1")
        roster.wait(guest())
        assert "NEW1" in house.board.waiting

    with a_house(tmp_path) as house:
        asyncio.run(scene(house))


def test_name_of_another_kind_of_charger_goes_before_acceptance(tmp_path: Path) -> None:
    """A charger that is polled was given the id later: the two must not become one."""

    async def scene(house: CentralHouse) -> None:
        roster = Roster([], house)
        roster.wait(guest("NEW1"))
        await roster.accept("NEW1", "garage")
        house.board.chargers["garage"] = ChargerCard("garage", 10.0, "http://192.168.1.20")
        later = Roster([], house)
        await later.restore()
        assert later.members == ()

    with a_house(tmp_path) as house:
        asyncio.run(scene(house))


def test_config_goes_before_acceptance(tmp_path: Path) -> None:
    """Once the owner has written it into the config, what was accepted under its name or id counts no more."""

    async def scene(house: CentralHouse) -> None:
        roster = Roster([], house)
        for identity, charger in (("NEW1", "garage"), ("NEW2", "attic")):
            roster.wait(guest(identity))
            await roster.accept(identity, charger)
        written = Roster([member("NEW1", 1, PASSWORD, "garage"), member("CP9", charger="attic")], house)
        await written.restore()
        assert len(written.members) == 2
        found = written.find("NEW1")
        assert found is not None
        assert not found.was_accepted

    with a_house(tmp_path) as house:
        asyncio.run(scene(house))


@pytest.mark.parametrize(
    "kept",
    [
        "no JSON",
        "[]",
        "{}",
        json.dumps({"charger": "garage", "security_profile": 1, "password": None}),
        json.dumps({"charger": "garage", "security_profile": 4, "password": None}),
        json.dumps({"charger": "garage", "security_profile": True, "password": None}),
        json.dumps({"charger": "Not An Id", "security_profile": 0, "password": None}),
        json.dumps({"charger": "garage", "security_profile": 0, "password": {"salt": "00"}}),
    ],
)
def test_what_cannot_be_read_lets_nobody_in(tmp_path: Path, kept: str, caplog: pytest.LogCaptureFixture) -> None:
    """A damaged acceptance is told of, and the others hold."""

    async def scene(house: CentralHouse) -> None:
        assert isinstance(house.desk, DirectDesk)
        roster = Roster([], house)
        roster.wait(guest("GOOD"))
        await roster.accept("GOOD", "attic")
        house.desk.store.put_setting("central/accepted/NEW1", kept)
        restarted = Roster([], house)
        await restarted.restore()
        assert [one.identity for one in restarted.members] == ["GOOD"]

    with a_house(tmp_path) as house:
        asyncio.run(scene(house))
    assert "NEW1" in caplog.text
