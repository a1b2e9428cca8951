"""Every vendor that the bridge can poll, one line each; nothing of a vendor is imported before it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import cast

from bridge.ports import Charger, Clock, Http
from bridge.types.options import ChargerOptions, Credentials


@dataclass(frozen=True, slots=True)
class Vendor:
    """Where a vendor's parts are."""

    module: str
    """has `build(options, http, credentials, clock) -> Charger` and the class named by `options`"""
    options: str
    """name of its subclass of ChargerOptions"""
    simulator: str | None = None
    """module of a charger that speaks this vendor's API; None where there is none"""


VENDORS = {
    "etrel": Vendor("adapters.etrel.adapter", options="EtrelOptions", simulator="adapters.etrel.simulator"),
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


def simulator_module(vendor_type: str) -> ModuleType:
    """Return the module of a vendor's simulator; KeyError for a type without one."""
    name = VENDORS[vendor_type].simulator
    if name is None:
        raise KeyError(vendor_type)
    return import_module(name)
