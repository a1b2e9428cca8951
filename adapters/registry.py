"""Every vendor that the bridge can read, one line each; nothing of a vendor is imported before it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from bridge.ports import Charger, Clock, Http, OcppStation
from bridge.types.charger_options import ChargerOptions, HttpChargerOptions
from bridge.types.options import Credentials


@dataclass(frozen=True, slots=True)
class Vendor:
    """Where a vendor's parts are."""

    module: str
    """has the class named by `options` and, for chargers that are asked over HTTP, `build(options, http, credentials,
    clock) -> Charger`; for those that connect by themselves `build(options, station) -> Charger`"""
    options: str
    """name of its subclass of ChargerOptions"""


VENDORS = {
    "etrel": Vendor("adapters.etrel.adapter", options="EtrelOptions"),
    "go-e": Vendor("adapters.go_e.adapter", options="GoEOptions"),
    "ocpp": Vendor("adapters.ocpp", options="OcppChargerOptions"),
}
"""By the word that stands as `type` in the config."""


def options_model(vendor_type: str) -> type[ChargerOptions]:
    """Return the model of a vendor's options; KeyError for a type that is not in VENDORS."""
    vendor = VENDORS[vendor_type]
    return cast("type[ChargerOptions]", getattr(import_module(vendor.module), vendor.options))


def build(options: HttpChargerOptions, http: Http, credentials: Credentials, clock: Clock) -> Charger:
    """Return a charger that is asked over HTTP, without asking it anything; KeyError for a type not in VENDORS."""
    module = import_module(VENDORS[options.type].module)
    make = cast("Callable[[ChargerOptions, Http, Credentials, Clock], Charger]", module.build)
    return make(options, http, credentials, clock)


def build_connecting(options: ChargerOptions, station: OcppStation) -> Charger:
    """Return a charger that connects by itself, as the station that it is; KeyError for a type not in VENDORS."""
    module = import_module(VENDORS[options.type].module)
    make = cast("Callable[[ChargerOptions, OcppStation], Charger]", module.build)
    return make(options, station)
