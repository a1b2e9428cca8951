"""GetConfiguration and ChangeConfiguration."""

from __future__ import annotations

from bridge.types.ocpp.translate.configuration import get_configuration as say_configuration
from bridge.types.ocpp.v16.corrections import take_change_configuration, take_get_configuration
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.obeyed.setting import reconnecting, take_setting
from bridge.uplink.station import Station


async def get_configuration(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Tell settings, all of them where none is named."""
    asked = take_get_configuration(payload).model.key or ()
    return Answer(say_configuration(station.configuration.get(asked)).payload or {})


async def change_configuration(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Change a setting: kept first, then in effect, then answered."""
    request = take_change_configuration(payload).model
    judgement = station.configuration.judge(request.key, request.value)
    await take_setting(station, judgement)
    return Answer({"status": judgement.status.value}, reconnecting(station, conversation, [judgement]))
