"""Who stands at the door: passwords are looked at, wrong ones slow down, and what is refused is told once."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import OrderedDict
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from bridge.central.door import Admitted, Asks, Knock, Turned, look
from bridge.central.guesses import LONGEST_S, Guesses
from bridge.central.hall import Hall
from bridge.central.house import CentralHouse, Member
from bridge.central.roster import Roster

_LOG = logging.getLogger(__name__)
_LOUDEST: Final = 256
"""whose last refusal is remembered, so that the log says it once"""
_OFFER_SHOWN: Final = 200
_NOT_TLS: Final = frozenset({"HTTP_REQUEST", "WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"})


class Porter:
    """Decides who comes in, and tells of who does not."""

    def __init__(self, house: CentralHouse, roster: Roster, hall: Hall) -> None:
        self._house = house
        self._roster = roster
        self._hall = hall
        self._guesses = Guesses(house.clock)
        self._said: OrderedDict[str, str] = OrderedDict()

    async def decide(self, knock: Knock, address: str) -> Admitted | Turned:
        """Say whether who knocks may come in; a password after wrong ones waits before it is looked at."""
        decision = look(knock, self._roster.find, takes_unknown=self._house.options.unknown == "wait")
        if isinstance(decision, Asks):
            decision = await self._judge(decision, address)
        if isinstance(decision, Turned):
            self._turned(decision, address)
        return decision

    async def _judge(self, asks: Asks, address: str) -> Admitted | Turned:
        member, key = asks.member, (address, asks.member.identity)
        if self._guesses.is_busy(key):
            return _too_many(member)
        with self._guesses.look(key):
            wait_s = self._guesses.wait_s(key)
            if wait_s > 0:
                await self._house.clock.sleep(wait_s)
            is_right = await _fits(member, asks.password)
        if is_right:
            self._guesses.succeeded(key)
            return asks.if_right
        self._guesses.failed(key)
        return asks.if_wrong

    # --- what is told --------------------------------------------------------------------------------------------

    def _turned(self, refusal: Turned, address: str) -> None:
        self._hall.turned(refusal, address)
        who = "a charger" if refusal.member is None else refusal.member.where
        todo = f" {refusal.todo}." if refusal.todo else ""
        self.say_once(refusal.identity or address, f"central: {who} from {address} was refused: {refusal.seen}.{todo}")

    def unspoken(self, admitted: Admitted, offered: Sequence[str], address: str) -> None:
        """Tell of a station that offers no version of OCPP that is spoken here."""
        what = f"only {', '.join(offered)[:_OFFER_SHOWN]!a}" if offered else "no version of OCPP"
        seen = f"it offers {what}, and ocpp1.6, ocpp2.0.1 and ocpp2.1 are spoken here"
        who = admitted.identity if admitted.member is None else admitted.member.where
        self.say_once(admitted.identity, f"central: {who} from {address} was refused: {seen}")
        if admitted.member is not None:
            self._hall.unspoken(admitted.member, seen)

    def refused_by_tls(self, error: ssl.SSLError, address: str) -> None:
        """Tell of a TLS handshake that failed; whose it was is not known then."""
        reason = error.reason or "no reason given"
        seen = f"the TLS handshake failed ({reason})"
        if isinstance(error, ssl.SSLCertVerificationError):
            seen = f"its certificate is not believed: {error.verify_message}"
            todo = "It has to be signed by who stands in client_ca_file, and valid today"
        elif "ALERT" in reason:
            todo = "The charger does not believe the server's certificate: install who signed it in the charger"
        elif reason in _NOT_TLS:
            todo = (
                "It does not speak TLS on this port: give the charger the wss:// address, or port instead of tls_port"
            )
        else:
            todo = "The charger may be too old for TLS 1.2"
        self.say_once(address, f"central: a charger from {address} was refused: {seen}. {todo}.")

    def say_once(self, who: str, said: str) -> None:
        """Warn, unless the same was the last that was said of `who`: a charger knocks every few seconds."""
        level = logging.DEBUG if self._said.get(who) == said else logging.WARNING
        self._said[who] = said
        self._said.move_to_end(who)
        if len(self._said) > _LOUDEST:
            self._said.popitem(last=False)
        _LOG.log(level, "%s", said)


async def _fits(member: Member, password: bytes) -> bool:
    secret = member.secret
    if secret is None:
        return False
    return await asyncio.to_thread(secret.fits, password) if secret.is_slow else secret.fits(password)


def _too_many(member: Member) -> Turned:
    headers = (("Retry-After", f"{LONGEST_S:.0f}"),)
    said, seen = "Too many wrong passwords.", "there were too many wrong passwords at once"
    status = HTTPStatus.TOO_MANY_REQUESTS
    return Turned(status, said, seen, identity=member.identity, member=member, headers=headers)
