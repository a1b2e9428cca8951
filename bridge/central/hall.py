"""Who is connected: one conversation per station, the newest; and those who wait to be accepted."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from bridge.central.attached import Attached
from bridge.central.conversation import LIMITS, Conversation, Limits
from bridge.central.door import Admitted, Turned
from bridge.central.house import CentralHouse, Member
from bridge.central.line import GOING_AWAY, NORMAL, POLICY, Line
from bridge.central.roster import Guest, Roster
from bridge.central.waiting import WaitingAnswers
from bridge.engine.board import StationCard
from bridge.types.ocpp.version import OcppVersion

_LOG = logging.getLogger(__name__)
MOST_GUESTS: Final = 20
"""connections of stations that nobody knows; the oldest goes"""
_AGAIN: Final = "it connected again"
_STOPPING: Final = "the bridge stops"

HandOver = Callable[[Member], Attached]
"""Tells who stands for a member; the same one every time."""


class Hall:
    """The conversations that stand. Knows no socket."""

    def __init__(self, house: CentralHouse, roster: Roster, hand_over: HandOver, limits: Limits = LIMITS) -> None:
        self._house = house
        self._roster = roster
        self._hand_over = hand_over
        self._limits = limits
        self._members: dict[str, Conversation] = {}
        """by identity: at most one each"""
        self._guests: OrderedDict[str, Conversation] = OrderedDict()
        self._turns: dict[str, asyncio.Lock] = {}
        """by identity of a member: it is answered one question at a time, also when it connects again"""

    def is_connected(self, identity: str) -> bool:
        """Tell whether a member is connected."""
        return identity in self._members

    async def host(self, line: Line, admitted: Admitted, version: OcppVersion, address: str, *, secure: bool) -> None:
        """Talk with a station that was admitted, until its line is gone; nothing is raised but cancellation."""
        if admitted.member is None:
            await self._host_guest(line, admitted, version, address, secure=secure)
        else:
            await self._host_member(line, admitted.member, version, address)

    def turned(self, refusal: Turned, address: str) -> None:
        """Note why a member was not let in."""
        if refusal.member is not None:
            todo = f" {refusal.todo}." if refusal.todo else ""
            self._card(refusal.member).error = f"{refusal.seen} (from {address}).{todo}"

    def unspoken(self, member: Member, seen: str) -> None:
        """Note that a member offered no version that is spoken here."""
        self._card(member).error = seen

    def close(self) -> None:
        """End all conversations, in order."""
        for conversation in (*self._members.values(), *self._guests.values()):
            conversation.stop(_STOPPING, GOING_AWAY)

    # --- members -------------------------------------------------------------------------------------------------

    async def _host_member(self, line: Line, member: Member, version: OcppVersion, address: str) -> None:
        attached = self._hand_over(member)
        turn = self._turns.setdefault(member.identity, asyncio.Lock())
        clock = self._house.clock
        talk = Conversation(line, version, attached.answering, clock, member.where, turn=turn, limits=self._limits)
        older = self._members.get(member.identity)
        if older is not None:
            _LOG.info("%s: it connected again, from %s; the older connection is closed", member.where, address)
            older.stop(_AGAIN, NORMAL)
            self._leave(member, attached, older, _AGAIN)
        self._members[member.identity] = talk
        why = _STOPPING
        try:
            self._greet(member, version, address)
            attached.attach(talk, line.local_host)
            why = await talk.run()
        except Exception:
            why = "a defect of the bridge"
            raise
        finally:
            if self._members.get(member.identity) is talk:
                self._leave(member, attached, talk, why)

    def _greet(self, member: Member, version: OcppVersion, address: str) -> None:
        card = self._card(member)
        card.version, card.address, card.since = version.value, address, self._house.clock.now()
        card.connections += 1
        card.error = None
        _LOG.info("%s: connected from %s with OCPP %s", member.where, address, version)

    def _leave(self, member: Member, attached: Attached, talk: Conversation, why: str) -> None:
        del self._members[member.identity]
        card = self._card(member)
        card.version = card.address = None
        card.since = self._house.clock.now()
        card.error = why
        _LOG.info("%s: disconnected: %s", member.where, why)
        attached.detach(talk, why)

    def _card(self, member: Member) -> StationCard:
        cards = self._house.board.stations
        card = cards.get(member.charger)
        if card is None:
            card = cards[member.charger] = StationCard(
                charger=member.charger,
                identity=member.identity,
                security_profile=member.security_profile,
                was_accepted=member.was_accepted,
            )
        return card

    # --- those who wait ------------------------------------------------------------------------------------------

    async def _host_guest(
        self, line: Line, admitted: Admitted, version: OcppVersion, address: str, *, secure: bool
    ) -> None:
        identity, clock = admitted.identity, self._house.clock
        talk: Conversation | None = None

        def let_go(why: str) -> None:
            if talk is not None:
                talk.stop(why, NORMAL)

        guest = Guest(
            identity=identity,
            address=address,
            version=version.value,
            security_profile=admitted.security_profile,
            is_encrypted=secure,
            password=admitted.password,
            let_go=let_go,
        )
        card = self._roster.wait(guest)
        talk = Conversation(line, version, WaitingAnswers(card, clock), clock, f"central: {identity}")
        older = self._guests.pop(identity, None)
        if older is not None:
            older.stop(_AGAIN, NORMAL)
        while len(self._guests) >= MOST_GUESTS:
            _, oldest = self._guests.popitem(last=False)
            oldest.stop("too many others wait", POLICY)
        self._guests[identity] = talk
        try:
            await talk.run()
        finally:
            if self._guests.get(identity) is talk:
                del self._guests[identity]
