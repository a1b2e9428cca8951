"""The shape of the whole config; what each charger, sink and page may set is said by the room that uses it."""

from __future__ import annotations

import zoneinfo
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, PlainValidator, SerializeAsAny, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from adapters.registry import VENDORS, options_model
from bridge.central.options import CentralOptions
from bridge.config.problems import enumerate_words, quote, suggest
from bridge.engine.site_limit.options import SiteLimitOptions
from bridge.everest.options import MqttOptions
from bridge.sinks.options import InfluxOptions
from bridge.types.charger_options import ChargerOptions
from bridge.types.options import ChargerId, DurationS, Options
from bridge.web.options import WebOptions

CHARGERS_LIMIT = 200
CONNECTING = "ocpp"
"""the type of chargers that connect by themselves"""
DAY_S = 86_400.0


def _time_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError) as error:  # the last two: folders, `..`, NUL
        hint = suggest(name, zoneinfo.available_timezones()) or "Zones are named like Europe/Zurich."
        context = {"name": quote(name), "todo": hint}
        raise PydanticCustomError("unknown", "no time zone is called {name}", context) from error
    return name


def _charger(value: Any) -> ChargerOptions:
    if not isinstance(value, dict):
        return ChargerOptions.model_validate(value)
    vendor_type = value.get("type")
    known = f"Known types: {enumerate_words(list(VENDORS), 'and')}."
    if vendor_type is None:
        raise PydanticCustomError("unknown", "«type» is missing", {"todo": known})
    if not isinstance(vendor_type, str) or vendor_type not in VENDORS:
        word = vendor_type if isinstance(vendor_type, str) else "…"
        context = {"name": quote(word), "at": ("type",), "todo": suggest(word, VENDORS) or known}
        raise PydanticCustomError("unknown", "no type of charger is called {name}", context)
    return options_model(vendor_type).model_validate(value)


TimeZoneName = Annotated[str, AfterValidator(_time_zone)]
"""Name of a zone of the IANA database, such as `Europe/Zurich`."""

AnyCharger = Annotated[SerializeAsAny[ChargerOptions], PlainValidator(_charger), WithJsonSchema({"type": "object"})]
"""The options of one charger, of the subclass that its `type` names."""


class HealthOptions(Options):
    """How long a charger may be silent."""

    communication_fault_after_s: Annotated[DurationS, Field(ge=10, le=DAY_S)] = Field(
        default=600.0, alias="communication_fault_after"
    )
    """not heard for this long: its communication is faulty"""
    charger_fault_after_s: Annotated[DurationS, Field(ge=10, le=30 * DAY_S)] = Field(
        default=3600.0, alias="charger_fault_after"
    )
    """not heard for this long: the charger is faulty"""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.charger_fault_after_s <= self.communication_fault_after_s:
            raise ValueError("charger_fault_after must be longer than communication_fault_after")
        return self


class BridgeOptions(Options):
    """Everything that a person may set."""

    site: ChargerId = "home"
    """stable name of this place in every database; lower-case letters, digits, `-` and `_`, at most 48"""
    timezone: TimeZoneName
    """where days and months begin and end on the page; everything is kept in UTC"""
    data_dir: Annotated[str, Field(min_length=1, pattern=r"^[^~]")] = "/var/lib/chargebridge"
    """where the store is; a relative path begins at the folder of the config"""
    web: WebOptions = Field(default_factory=WebOptions)
    """the local page and API"""
    chargers: Annotated[tuple[AnyCharger, ...], Field(max_length=CHARGERS_LIMIT)] = ()
    """the chargers to read; none is needed where `central` lets unknown ones wait to be accepted"""
    central: CentralOptions | None = None
    """the OCPP server for chargers that connect by themselves (`type: ocpp`); none listens when not given"""
    site_limit: SiteLimitOptions | None = None
    """what all chargers together may take; each by itself when not given"""
    influx: Annotated[tuple[InfluxOptions, ...], Field(max_length=20)] = ()
    """InfluxDB or VictoriaMetrics servers to write to; none is needed"""
    mqtt: Annotated[tuple[MqttOptions, ...], Field(max_length=5)] = ()
    """brokers over which EVerest's interface of every station is offered; none is needed"""
    health: HealthOptions = Field(default_factory=HealthOptions)
    """when silence becomes a fault"""
    readings_retention_s: Annotated[DurationS, Field(ge=DAY_S, le=3660 * DAY_S)] = Field(
        default=30 * DAY_S, alias="readings_retention"
    )
    """how long single readings are kept; power, sessions and the journal are kept for ever"""

    @model_validator(mode="after")
    def _has_chargers(self) -> Self:
        connecting = next((index for index, one in enumerate(self.chargers) if one.type == CONNECTING), None)
        if connecting is not None and self.central is None:
            seen = "a charger of type ocpp connects by itself, and there is no «central» that it could connect to"
            raise _problem(("chargers", connecting, "type"), seen, "Add: central: {port: 8887}")
        if not self.chargers and (self.central is None or self.central.unknown != "wait"):
            raise _problem(("chargers",), "there is no charger", "Name one, or let them come: central: {unknown: wait}")
        return self

    @model_validator(mode="after")
    def _limits_known_chargers(self) -> Self:
        known = [charger.id for charger in self.chargers]
        for place, charger in () if self.site_limit is None else self.site_limit.named():
            if charger not in known:
                todo = suggest(charger, known) or "Write the id of a charger."
                raise _problem(("site_limit", *place), f"no charger is called {quote(charger)}", todo)
        return self


def _problem(at: tuple[str | int, ...], seen: str, todo: str) -> PydanticCustomError:
    """Return a problem of several settings that stands at one of them."""
    return PydanticCustomError("unknown", "{seen}", {"seen": seen, "at": at, "todo": todo})
