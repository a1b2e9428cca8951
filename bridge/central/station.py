"""One charger that speaks OCPP, connected or not: what it told, and what it can be asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from bridge.central.house import CentralHouse, Member
from bridge.central.operations.operate import operate
from bridge.central.reports import Reports
from bridge.central.talk import NotSentError, SilentError, Talk
from bridge.central.told.told import Told
from bridge.central.traits import introduce
from bridge.central.uploads import Uploads
from bridge.engine.board import Remark, StationCard
from bridge.errors import BridgeError, ChargerUnreachableError
from bridge.types.charger import ChargerIdentity, Snapshot
from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.ocpp.version import OcppVersion
from bridge.types.operation import ChargingTraits, OperationResult
from bridge.types.words import Ability

_LOG = logging.getLogger(__name__)
_BOOTS_WITHIN_S: Final = 10.0
"""a station that has restarted boots at once; one that has only lost its line does not boot at all"""
_MOST_CONNECTORS: Final = 64
_ALWAYS: Final = frozenset(Ability) - {Ability.LIMIT_CURRENT}


class Station:
    """`bridge.ports.OcppStation`, and what the server hands the station's connections to."""

    def __init__(self, member: Member, house: CentralHouse, card: StationCard, uploads: Uploads | None) -> None:
        self.where = member.where
        self.charger = member.charger
        self.reports = Reports(house.clock)
        self._uploads = uploads
        self._local_host: str | None = None
        """this computer's address, as the station reaches it"""
        self.card = card
        self.answering = Told(member, house, card, self._pass_on_news, self._take_report)
        self.answering.booted = self._booted
        self._house = house
        self._talk: Talk | None = None
        self._version = OcppVersion.V16
        self._traits = ChargingTraits()
        self._listeners: list[Callable[[], None]] = []
        self._introducing: asyncio.Task[None] | None = None

    @property
    def _setting(self) -> str:
        return f"central/traits/{self.charger}"

    async def restore(self) -> None:
        """Go on from what is kept. Raises StoreError."""
        await self.answering.restore()
        kept = await self._house.desk.run(lambda store: store.setting(self._setting))
        if kept is not None:
            try:
                self._traits = ChargingTraits.model_validate_json(kept)
            except ValidationError:
                _LOG.warning("%s: what it had said of its smart charging cannot be read any more", self.where)

    async def aclose(self) -> None:
        """Stop what is under way."""
        if self._introducing is not None:
            self._introducing.cancel()
            await asyncio.gather(self._introducing, return_exceptions=True)

    # --- facts ---------------------------------------------------------------------------------------------------

    def on_news(self, listener: Callable[[], None]) -> None:
        """Call `listener` on the event loop whenever the station told something, came, or went."""
        self._listeners.append(listener)

    def _take_report(self, action: str, payload: Mapping[str, Any]) -> None:
        self.reports.take(action, payload)

    def _pass_on_news(self) -> None:
        for listener in self._listeners:
            listener()

    @property
    def version(self) -> OcppVersion:
        """Of OCPP, of the present connection or the last one."""
        return self._version

    @property
    def abilities(self) -> frozenset[Ability]:
        """What it can be asked to do, as far as it has told."""
        return _ALWAYS | {Ability.LIMIT_CURRENT} if self._traits.is_smart else _ALWAYS

    @property
    def charging_traits(self) -> ChargingTraits:
        """What it said of its smart charging."""
        return self._traits

    @property
    def identity(self) -> ChargerIdentity | None:
        """Who it said it is when it booted."""
        return self.answering.identity

    def snapshot(self) -> Snapshot:
        """Return what it told last. Raises ChargerUnreachableError while it is not connected or has told nothing."""
        if self._talk is None:
            since = "" if self.card.since is None else f" since {to_rfc3339(self.card.since.replace(microsecond=0))}"
            why = f": {self.card.error}" if self.card.error else ""
            todo = f"It has to be told this computer's address, with «{self.card.identity}» behind it"
            seen, meanwhile = f"it is not connected{since}{why}", "It is waited for; the others are not affected"
            raise ChargerUnreachableError(self.where, seen, todo=todo, meanwhile=meanwhile)
        return self.answering.snapshot()

    def transaction_id(self, connector_id: int) -> str | None:
        """Return the id of the transaction that runs at a connector."""
        return self.answering.transaction_id(connector_id)

    # --- wishes --------------------------------------------------------------------------------------------------

    connectors: Final = ConnectorNumbers(EVSE(id=number, connector_id=1) for number in range(1, _MOST_CONNECTORS + 1))
    """every connector is asked for: whether there is one the station knows"""

    def upload_url(self) -> str | None:
        """Return the address of a folder on this computer for one upload of it; None where none is set up."""
        if self._uploads is None or self._local_host is None:
            return None
        return self._uploads.target(self.charger, self._local_host)

    async def call(self, action: str, payload: Mapping[str, Any], limit_s: float = 30.0) -> dict[str, Any]:
        """Send a call; see `bridge.central.talk.Talk`."""
        if self._talk is None:
            raise NotSentError
        return await self._talk.call(action, payload, limit_s)

    async def operate(self, operation: str, arguments: Mapping[str, Any]) -> OperationResult:
        """Have it do something; see `bridge.ports.CentralSystem.operate`."""
        return await operate(self, operation, arguments)

    # --- connections ---------------------------------------------------------------------------------------------

    def attach(self, talk: Talk, local_host: str) -> None:
        """Take a connection that stands."""
        self._talk, self._version, self._local_host = talk, talk.version, local_host
        self._begin_introduction(_BOOTS_WITHIN_S)
        self._pass_on_news()

    def detach(self, talk: Talk, why: str) -> None:
        """Let go of a connection that is gone."""
        del why
        if self._talk is talk:
            self._talk = None
            self._pass_on_news()

    async def _booted(self, version: OcppVersion) -> None:
        self._version = version
        self._begin_introduction(0.0)

    def _begin_introduction(self, delay_s: float) -> None:
        if self._introducing is not None:
            self._introducing.cancel()
        self._introducing = asyncio.create_task(self._introduce(delay_s), name=f"introduction of {self.charger}")

    async def _introduce(self, delay_s: float) -> None:
        """Ask and set what has to be known of it; where it goes meanwhile, its next connection begins anew."""
        try:
            await self._house.clock.sleep(delay_s)
            introduced = await introduce(self, self._version, self._house.options)
            for remark in introduced.remarks:
                self.card.remarks.append(Remark(self._house.clock.now(), remark))
                _LOG.warning("%s: %s", self.where, remark)
            if introduced.traits != self._traits:
                self._traits = introduced.traits
                text = introduced.traits.model_dump_json()
                await self._house.desk.run(lambda store: store.put_setting(self._setting, text))
        except (NotSentError, SilentError):
            _LOG.info("%s: it went, or did not answer, while it was asked what it can do", self.where)
        except BridgeError as error:
            _LOG.warning("%s", error)
        except Exception:  # noqa: BLE001 -- what a station says must not end what others do
            _LOG.exception("%s: it could not be asked what it can do; please report this", self.where)
