"""What no single model can see: things that stand twice, and settings that work against each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from bridge.config.document import Document, Place
from bridge.config.keys import inner_model, keys_of, sections
from bridge.config.model import BridgeOptions
from bridge.config.problems import PlacedConfigError, quote
from bridge.types.charger_options import HttpChargerOptions
from bridge.types.station_options import PROFILE_BASIC, OcppOptions

_UNIQUE_KEYS = (("chargers", "id"), ("chargers", "identity"), ("ocpp", "name"), ("influx", "name"))
"""the key that names the entries of a list, by the list"""
_PORTS = {"ws": 80, "wss": 443}


def twice_used_names(document: Document) -> Iterator[PlacedConfigError]:
    """Yield a problem for every name of a charger, a central system of one charger, or a sink that is taken."""
    for section, key in _UNIQUE_KEYS:
        model = sections()[section]
        default = keys_of(model)[key].default if key in keys_of(model) else None
        for place, entries in _lists(document, section):
            first_places: dict[str, Place] = {}
            for index, entry in enumerate(entries):
                name = entry.get(key, default) if isinstance(entry, dict) else None
                if not isinstance(name, str):
                    continue
                at: Place = (*place, index, key)
                first = first_places.setdefault(name, at)
                if first != at:
                    line = document.value_position(first).line
                    seen = f"{quote(name)} was already used on line {line}"
                    yield PlacedConfigError(document.value_position(at), seen, todo="Every entry needs its own.")


def twice_used_stations(document: Document) -> Iterator[PlacedConfigError]:
    """Yield a problem for every station that another one of the site would push out."""
    stations: dict[tuple[object, ...], Place] = {}
    for place, entries in _lists(document, "ocpp"):
        for index, entry in enumerate(entries):
            url, identity = (entry.get("url"), entry.get("identity")) if isinstance(entry, dict) else (None, None)
            if not isinstance(url, str) or not isinstance(identity, str):
                continue
            at: Place = (*place, index, "identity")
            first = stations.setdefault((*_endpoint(url), identity), at)
            if first != at:
                line = document.value_position(first).line
                seen = f"this identity at this url stands on line {line} already"
                todo = "Two stations with one identity push each other out: give each its own."
                yield PlacedConfigError(document.value_position(at), seen, todo=todo)


def twice_used_brokers(document: Document, options: BridgeOptions) -> Iterator[PlacedConfigError]:
    """Yield a problem for every broker that would be told everything twice, or push an earlier client out."""
    for key, todo in (
        ("prefix", "Every command would be run twice: take one entry out, or give it another prefix."),
        ("client_id", "The broker would let in only one of them: give each its own."),
    ):
        first_indexes: dict[tuple[str, int, str], int] = {}
        for index, broker in enumerate(options.mqtt):
            word = getattr(broker, key)
            if word is None:
                continue
            first = first_indexes.setdefault((broker.host, broker.port, word), index)
            if first != index:
                line = document.value_position(("mqtt", first)).line
                seen = f"this broker stands on line {line} already, with the same {key}"
                yield PlacedConfigError(document.value_position(("mqtt", index, key)), seen, todo=todo)


def _lists(document: Document, section: str) -> Iterator[tuple[Place, list[Any]]]:
    """Yield every list of this name with its place: one at the left edge, `ocpp` one in each charger."""
    if section != "ocpp":
        if isinstance(entries := document.root.get(section), list):
            yield (section,), entries
        return
    for place, chargers in _lists(document, "chargers"):
        for number, charger in enumerate(chargers):
            if isinstance(charger, dict) and isinstance(entries := charger.get(section), list):
                yield (*place, number, section), entries


def _endpoint(url: str) -> tuple[object, ...]:
    """Return what two spellings of one address have in common."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme), parts.path.rstrip("/")
    except ValueError:  # the model says what is wrong with it
        return (url,)


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
        (("chargers", index, "url"), charger.address)
        for index, charger in enumerate(options.chargers)
        if isinstance(charger, HttpChargerOptions)
    ]
    addresses += [(("influx", index, "url"), sink.url) for index, sink in enumerate(options.influx)]
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
        url = charger.address.rstrip("/").lower()
        first = options.chargers[first_indexes.setdefault(url, index)] if url else charger
        if first is not charger:
            at = document.value_position(("chargers", index, "url"))
            yield f"{at}: this address is polled already, by the charger {quote(first.id)}."
        if charger.poll_s >= options.health.communication_fault_after_s:
            at = document.value_position(("chargers", index, "poll"))
            yield f"{at}: this charger is polled so seldom that it counts as silent between two polls."
        for key in ("tls_fingerprint", "verify"):
            if key in charger.model_fields_set and url.startswith("http:"):
                at = document.key_position(("chargers", index, key))
                yield f"{at}: {quote(key)} has no effect on an http address."
        for number, station in enumerate(charger.ocpp):
            yield from _station_contradictions(document, ("chargers", index, "ocpp", number), station)
    if options.mqtt and not any(charger.ocpp for charger in options.chargers):
        at = document.key_position(("mqtt",))
        yield f"{at}: no charger has a central system under «ocpp», so nothing is offered over MQTT."
    for index, broker in enumerate(options.mqtt):
        if "verify_tls" in broker.model_fields_set and not broker.tls:
            at = document.key_position(("mqtt", index, "verify_tls"))
            yield f"{at}: «verify_tls» has no effect on an mqtt address."


def _station_contradictions(document: Document, place: Place, station: OcppOptions) -> Iterator[str]:
    if station.ca_file is not None and not station.has_tls:
        yield f"{document.key_position((*place, 'ca_file'))}: «ca_file» has no effect on a ws address."
    if station.security_profile == PROFILE_BASIC and station.has_tls:
        at = document.value_position((*place, "security_profile"))
        yield f"{at}: with a wss address this is profile 2, and the central system may expect to be told so."
