"""Who may come in: those of the config, those whom the owner accepted, and those who wait to be accepted."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from bridge.central.house import CentralHouse, Member
from bridge.central.secret import PinnedSecret
from bridge.engine.board import WaitingCard
from bridge.ports import Store
from bridge.types.options import ChargerId
from bridge.types.station_options import PROFILE_BASIC, PROFILE_CLIENT_CERTIFICATE, PROFILE_TLS, is_identity

_LOG = logging.getLogger(__name__)
_PREFIX: Final = "central/accepted/"
MOST_WAITING: Final = 100
"""on the list; the one that was seen longest ago goes"""
_CHARGER_ID: Final[TypeAdapter[str]] = TypeAdapter(ChargerId)
_NEEDS_PASSWORD: Final = frozenset({PROFILE_BASIC, PROFILE_TLS})

Listener = Callable[[Member], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Guest:
    """A connection of a station that nobody knows."""

    identity: str
    address: str
    version: str
    security_profile: int
    """that it came with, and that it has to come with once it is accepted"""
    is_encrypted: bool
    password: bytes | None = field(repr=False)
    """held in memory until it is accepted or gone from the list"""
    let_go: Callable[[str], None] = field(repr=False)
    """closes the connection, if it still stands; takes why"""


class Roster:
    """The members, and the list of those who wait. Lives on the event loop."""

    def __init__(self, members: Sequence[Member], house: CentralHouse) -> None:
        self._house = house
        self._members = {member.identity: member for member in members}
        self._guests: OrderedDict[str, Guest] = OrderedDict()
        """the one that was seen longest ago first, as on the board"""
        self._listeners: list[Listener] = []
        self._accepting = asyncio.Lock()

    @property
    def members(self) -> Sequence[Member]:
        """All that may come in."""
        return tuple(self._members.values())

    def find(self, identity: str) -> Member | None:
        """Return the member of this identity."""
        return self._members.get(identity)

    def on_accept(self, listener: Listener) -> None:
        """Have `listener` awaited for each that is accepted, after it was stored and before it can come in."""
        self._listeners.append(listener)

    async def restore(self) -> None:
        """Take those who were accepted from the store; the config goes first. Raises StoreError."""
        kept = await self._house.desk.run(lambda store: store.settings(_PREFIX))
        for identity, text in kept.items():
            member = _read(identity, text)
            if member is None:
                _LOG.error("central: what is kept of the accepted charger %s cannot be read: accept it again", identity)
            elif identity in self._members or self._is_taken(member.charger):
                seen = "central: %s was accepted as %s; one of the two is in the config now, which goes first"
                _LOG.warning(seen, identity, member.charger)
            else:
                self._members[identity] = member

    # --- those who wait ------------------------------------------------------------------------------------------

    def wait(self, guest: Guest) -> WaitingCard:
        """Put one on the list, or renew what is there of it; returns its card."""
        waiting, now = self._house.board.waiting, self._house.clock.now()
        earlier = waiting.pop(guest.identity, None)
        card = waiting[guest.identity] = _renewed(earlier, guest, now)
        self._guests[guest.identity] = guest
        self._guests.move_to_end(guest.identity)
        while len(self._guests) > MOST_WAITING:
            oldest, gone = self._guests.popitem(last=False)
            waiting.pop(oldest, None)
            gone.let_go("too many others wait")
        return card

    async def accept(self, identity: str, charger: str) -> None:
        """Make one that waits the charger of this id; see `bridge.ports.CentralSystem.accept`."""
        async with self._accepting:
            guest = self._waiting(identity)
            try:
                _CHARGER_ID.validate_python(charger)
            except ValidationError:
                rule = "lower-case letters, digits, - and _, at most 48, beginning with a letter or digit"
                raise ValueError(f"a charger's id is made of {rule}") from None
            if self._is_taken(charger):
                raise ValueError(f"{charger} is the id of another charger")
            pinned = None
            if guest.password is not None and guest.security_profile in _NEEDS_PASSWORD:
                pinned = await asyncio.to_thread(PinnedSecret.of, guest.password)
            member = _member(identity, charger, guest.security_profile, pinned)
            text = _written(member, pinned)
            await self._house.desk.run(lambda store: _keep(store, identity, text))
            for listener in self._listeners:
                await listener(member)
            self._members[identity] = member
            _LOG.info("central: %s was accepted as %s", identity, charger)
            self._gone(identity, "it was accepted and may connect again at once")

    async def turn_away(self, identity: str) -> None:
        """Take one off the list. Raises LookupError where it does not wait."""
        self._waiting(identity)
        self._gone(identity, "it was turned away")

    def _waiting(self, identity: str) -> Guest:
        guest = self._guests.get(identity)
        if guest is None:
            raise LookupError(f"{identity} does not wait")
        return guest

    def _gone(self, identity: str, why: str) -> None:
        self._house.board.waiting.pop(identity, None)
        guest = self._guests.pop(identity, None)
        if guest is not None:
            guest.let_go(why)

    def _is_taken(self, charger: str) -> bool:
        is_member = any(member.charger == charger for member in self._members.values())
        return is_member or charger in self._house.board.chargers  # of any other kind


def _renewed(earlier: WaitingCard | None, guest: Guest, now: datetime) -> WaitingCard:
    card = earlier or WaitingCard(identity=guest.identity, first_at=now, last_at=now, address=guest.address)
    card.last_at = now
    card.address = guest.address
    card.version = guest.version
    card.has_password = guest.password is not None
    card.is_encrypted = guest.is_encrypted
    return card


def _member(identity: str, charger: str, security_profile: int, secret: PinnedSecret | None) -> Member:
    return Member(
        identity=identity,
        charger=charger,
        where=f"{charger} (accepted as {identity})",
        security_profile=security_profile,
        secret=secret,
        was_accepted=True,
    )


def _keep(store: Store, identity: str, text: str) -> None:
    store.put_setting(f"{_PREFIX}{identity}", text)


def _written(member: Member, pinned: PinnedSecret | None) -> str:
    password = None if pinned is None else pinned.as_json()
    kept = {"charger": member.charger, "security_profile": member.security_profile, "password": password}
    return json.dumps(kept, separators=(",", ":"))


def _read(identity: str, text: str) -> Member | None:
    """Read what `_written` gave; None for anything else: a station must not come in with less than it showed."""
    try:
        kept: dict[str, Any] = json.loads(text)
        charger = _CHARGER_ID.validate_python(kept["charger"])
        profile, password = kept["security_profile"], kept["password"]
        pinned = None if password is None else PinnedSecret.from_json(password)
    except (KeyError, TypeError, ValueError):  # a ValidationError is a ValueError
        return None
    is_profile = type(profile) is int and 0 <= profile <= PROFILE_CLIENT_CERTIFICATE
    if not is_profile or not is_identity(identity) or (profile in _NEEDS_PASSWORD) != (pinned is not None):
        return None
    return _member(identity, charger, profile, pinned)
