"""What no single model can see: things that stand twice, and settings that work against each other."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from bridge.config.document import Document, Place
from bridge.config.keys import inner_model, keys_of
from bridge.config.model import BridgeOptions
from bridge.config.problems import PlacedConfigError, quote

_UNIQUE_KEYS = {"chargers": "id", "influx": "name"}


def twice_used_names(document: Document) -> Iterator[PlacedConfigError]:
    """Yield a problem for every charger id and sink name that an earlier entry has."""
    for section, key in _UNIQUE_KEYS.items():
        entries = document.root.get(section)
        model = inner_model(keys_of(BridgeOptions)[section].annotation)
        first_places: dict[str, Place] = {}
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            default = keys_of(model)[key].default if model else None
            name = entry.get(key, default) if isinstance(entry, dict) else None
            if not isinstance(name, str):
                continue
            place: Place = (section, index, key)
            first = first_places.setdefault(name, place)
            if first != place:
                line = document.value_position(first).line
                seen = f"{quote(name)} was already used on line {line}"
                yield PlacedConfigError(document.value_position(place), seen, todo="Every entry needs its own.")


def twice_used_stations(document: Document, options: BridgeOptions) -> Iterator[PlacedConfigError]:
    """Yield a problem for every central system of a charger that has an earlier one's name, or its address twice."""
    for number, charger in enumerate(options.chargers):
        names: dict[str, int] = {}
        for index, station in enumerate(charger.ocpp):
            first = names.setdefault(station.name, index)
            if first != index:
                line = document.value_position(("chargers", number, "ocpp", first, "name")).line
                at = document.value_position(("chargers", number, "ocpp", index, "name"))
                seen = f"{quote(station.name)} was already used on line {line}"
                yield PlacedConfigError(at, seen, todo="Every central system of a charger needs its own name.")
    stations: dict[tuple[str, str], Place] = {}
    for number, charger in enumerate(options.chargers):
        for index, station in enumerate(charger.ocpp):
            place: Place = ("chargers", number, "ocpp", index, "identity")
            first_place = stations.setdefault((station.url.rstrip("/"), station.identity), place)
            if first_place != place:
                line = document.value_position(first_place).line
                seen = f"the station {quote(station.identity)} at this url stands on line {line} too"
                todo = "Two stations of one identity would push each other out: give each its own."
                yield PlacedConfigError(document.value_position(place), seen, todo=todo)


def empty_settings(document: Document) -> Iterator[PlacedConfigError]:
    """Yield a problem for every key with nothing behind it, except whole sections that may be left out."""
    for place in document.empty:
        field = keys_of(BridgeOptions).get(str(place[0])) if len(place) == 1 else None
        is_section = field is not None and not field.is_required() and inner_model(field.annotation) is not None
        if not is_section:
            seen = f"{quote(str(place[-1]))} has no value"
            yield PlacedConfigError(document.key_position(place), seen, todo="Write one, or take the line out.")


def bad_addresses(document: Document, options: BridgeOptions) -> Iterator[PlacedConfigError]:
    """Yield a problem for every address that no connection can be made to."""
    addresses: list[tuple[Place, str]] = [
        (("chargers", index, "url"), charger.url) for index, charger in enumerate(options.chargers)
    ]
    addresses += [(("influx", index, "url"), sink.url) for index, sink in enumerate(options.influx)]
    addresses += [
        (("chargers", number, "ocpp", index, "url"), station.url)
        for number, charger in enumerate(options.chargers)
        for index, station in enumerate(charger.ocpp)
    ]
    for place, url in addresses:
        try:
            parts = urlsplit(url)
            is_good = bool(parts.hostname) and parts.port != 0
        except ValueError:  # a port that is no number, or a bracket that is never closed
            is_good = False
        if not is_good:
            seen = f"{quote(url)} has no usable host or port"
            yield PlacedConfigError(document.value_position(place), seen, todo="Write it like http://192.168.1.20:80.")


def contradictions(document: Document, options: BridgeOptions) -> Iterator[str]:
    """Yield a warning for settings that are allowed and hardly meant."""
    first_indexes: dict[str, int] = {}
    for index, charger in enumerate(options.chargers):
        at = document.value_position(("chargers", index, "url"))
        url = charger.url.rstrip("/").lower()
        first = options.chargers[first_indexes.setdefault(url, index)]
        if first is not charger:
            yield f"{at}: this address is polled already, by the charger {quote(first.id)}."
        if charger.poll_s >= options.health.communication_fault_after_s:
            at = document.value_position(("chargers", index, "poll"))
            yield f"{at}: this charger is polled so seldom that it counts as silent between two polls."
        for key in ("tls_fingerprint", "verify"):
            if key in charger.model_fields_set and url.startswith("http:"):
                at = document.key_position(("chargers", index, key))
                yield f"{at}: {quote(key)} has no effect on an http address."
