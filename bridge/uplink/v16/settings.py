"""GetConfiguration and ChangeConfiguration."""

from __future__ import annotations

from bridge.types.ocpp.configuration import ConfigurationStatus
from bridge.types.ocpp.security_event import SecurityEvent, SecurityEventEnum
from bridge.types.ocpp.translate.configuration import get_configuration as say_configuration
from bridge.types.ocpp.v16.corrections import take_change_configuration, take_get_configuration
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.station import Station


async def get_configuration(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Tell settings, all of them where none is named."""
    asked = take_get_configuration(payload).model.key or ()
    return Answer(say_configuration(station.configuration.get(asked)).payload or {})


async def change_configuration(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Change a setting: kept first, then in effect, then answered."""
    request = take_change_configuration(payload).model
    judgement = station.configuration.judge(request.key, request.value)
    await station.keep_setting(judgement)
    station.configuration.apply(request.key, request.value)
    if judgement.value is not None:
        if judgement.key == "HeartbeatInterval":
            station.session.heartbeat_interval_s = float(station.configuration.settings.heartbeat_interval_s)
        station.setting_changed(judgement.key)
        station.has_work.set()

    async def reconnect() -> None:
        info = f"{judgement.key} was changed by the central system"
        await station.security_event(
            SecurityEvent(type=SecurityEventEnum.RECONFIGURATION_OF_SECURITY_PARAMETERS, info=info)
        )
        conversation.restart()

    is_new = judgement.needs_reconnect and judgement.status is ConfigurationStatus.ACCEPTED
    return Answer({"status": judgement.status.value}, reconnect if is_new else None)
