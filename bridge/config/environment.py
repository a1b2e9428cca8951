"""Settings from the environment and the command line, which win over the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_origin

from pydantic import BaseModel

from bridge.config.document import Document
from bridge.config.keys import inner_model, keys_of
from bridge.config.model import BridgeOptions
from bridge.config.problems import Position, suggest

PREFIX = "CHARGEBRIDGE_"


def variables() -> dict[str, tuple[str, ...]]:
    """Return the variables that are read, such as `CHARGEBRIDGE_WEB_PORT`, and the place that each sets.

    Lists have none: their entries belong together and stand in the file.
    """
    return {PREFIX + "_".join(place).upper(): place for place in _single_settings(BridgeOptions, ())}


def put_environment(document: Document, environ: Mapping[str, str]) -> None:
    """Put every variable that is set and not empty over what the file says."""
    for name, place in variables().items():
        if environ.get(name):
            document.put(place, environ[name], Position(0, 0, f"environment variable {name}"))


def put_flags(document: Document, flags: Mapping[str, str]) -> None:
    """Put flags, named by their place such as `web.port`, over what file and environment say."""
    for name, text in flags.items():
        label = "--" + name.replace(".", "-").replace("_", "-")
        document.put(tuple(name.split(".")), text, Position(0, 0, f"flag {label}"))


def misspelt_variables(environ: Mapping[str, str], used: set[str]) -> Iterator[str]:
    """Yield a sentence for each variable that resembles one of ours and is none of `used`."""
    known = {name.removeprefix(PREFIX): name for name in variables()}
    for name in sorted(environ):
        word = name.removeprefix(PREFIX)
        if name.startswith(PREFIX) and word not in known and name not in used:
            hint = suggest(word, known)
            if hint:
                yield f"environment variable {name}: it is not read. {hint}".replace("«", f"«{PREFIX}")


def _single_settings(model: type[BaseModel], place: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key, field in keys_of(model).items():
        if get_origin(field.annotation) in (tuple, dict):
            continue
        inner = inner_model(field.annotation)
        if inner is None:
            yield (*place, key)
        else:
            yield from _single_settings(inner, (*place, key))
