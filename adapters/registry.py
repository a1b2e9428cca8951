"""Every vendor that the bridge can poll, one line each; nothing of a vendor is imported before it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from bridge.ports import Charger, Clock, Http
from bridge.types.charger_options import ChargerOptions
from bridge.types.options import Credentials


@dataclass(frozen=True, slots=True)
class Vendor:
    """Where a vendor's parts are."""

    module: str
    """has `build(options, http, credentials, clock) -> Charger` and the class named by `options`"""
    options: str
    """name of its subclass of ChargerOptions"""


VENDORS = {
    "etrel": Vendor("adapters.etrel.adapter", options="EtrelOptions"),
    "go-e": Vendor("adapters.go_e.adapter", options="GoEOptions"),
}
"""By the word that stands as `type` in the config."""


def options_model(vendor_type: str) -> type[ChargerOptions]:
    """Return the model of a vendor's options; KeyError for a type that is not in VENDORS."""
    vendor = VENDORS[vendor_type]
    return cast("type[ChargerOptions]", getattr(import_module(vendor.module), vendor.options))


def build(vendor_type: str, options: ChargerOptions, http: Http, credentials: Credentials, clock: Clock) -> Charger:
    """Return a charger of this vendor, without asking it anything; KeyError for a type that is not in VENDORS."""
    module = import_module(VENDORS[vendor_type].module)
    make = cast("Callable[[ChargerOptions, Http, Credentials, Clock], Charger]", module.build)
    return make(options, http, credentials, clock)
