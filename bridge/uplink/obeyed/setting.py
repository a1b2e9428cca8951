"""A setting is changed by the central system, whatever the version: kept first, then in effect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from bridge.types.ocpp.configuration import ConfigurationStatus
from bridge.types.ocpp.security_event import SecurityEvent, SecurityEventEnum
from bridge.uplink.answer import Conversing
from bridge.uplink.configuration.configuration import Judgement
from bridge.uplink.configuration.later_keys import MESSAGE_TIMEOUT, OFFLINE_THRESHOLD
from bridge.uplink.station import Station

_OF_THE_SESSION: Final = frozenset({"HeartbeatInterval", MESSAGE_TIMEOUT, OFFLINE_THRESHOLD})


async def take_setting(station: Station, judgement: Judgement) -> None:
    """Bring a change into effect that was judged fit; one that was not is let be. Raises StoreError."""
    if judgement.value is None:
        return
    await station.keep_setting(judgement)
    station.configuration.apply(judgement.key, judgement.value, later=True)
    if judgement.key in _OF_THE_SESSION:
        station.take_settings()
    station.setting_changed(judgement.key)
    station.watch.wake()
    station.has_work.set()


def reconnecting(
    station: Station, conversation: Conversing, judgements: Sequence[Judgement]
) -> Callable[[], Awaitable[None]] | None:
    """Return what is to be done after the answer to these changes: connect anew where credentials are among them."""
    named = [
        judgement.key
        for judgement in judgements
        if judgement.needs_reconnect and judgement.status is ConfigurationStatus.ACCEPTED
    ]
    if not named:
        return None

    async def reconnect() -> None:
        info = f"{' and '.join(dict.fromkeys(named))} was changed by the central system"
        await station.security_event(
            SecurityEvent(type=SecurityEventEnum.RECONFIGURATION_OF_SECURITY_PARAMETERS, info=info)
        )
        conversation.restart()

    return reconnect
