"""Says in words for people what pydantic found wrong, and where in the file it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bridge.config.document import Document, Place
from bridge.config.keys import inner_model, keys_of, model_at, sections
from bridge.config.model import BridgeOptions
from bridge.config.problems import PlacedConfigError, enumerate_words, quote, suggest

_NAME_SHAPE = "lower-case letters, digits, - and _, at most 48, beginning with a letter or a digit"
_SHAPES = {
    "id": _NAME_SHAPE,
    "site": _NAME_SHAPE,
    "name": _NAME_SHAPE,
    "url": "scheme, host and port and nothing else, such as http://192.168.1.20:8080",
    "ocpp.url": "ws:// or wss://, a host and perhaps a port and a path, such as wss://csms.example.org/ocpp",
    "influx.url": "http:// or https://, a host and perhaps a port and a path, such as http://127.0.0.1:8086",
    "mqtt.url": "mqtt:// or mqtts://, a host and perhaps a port, such as mqtt://192.168.1.5:1883",
    "identity": "1 to 48 letters, digits or signs of * - _ = : + | @ .",
    "id_token": "1 to 20 letters, digits or signs, without spaces",
    "custom_keys": "1 to 50 letters, digits or signs, without spaces",
    "prefix": "levels of letters, digits, . - and _ with a / between them",
    "client_id": "letters, digits, . - and _",
    "data_dir": "a path that does not begin with ~, which only shells understand",
    "tls_fingerprint": "the 64 hexadecimal digits of a SHA-256, with or without colons",
}
"""what a text must look like, by its key or by section and key: a pattern tells people nothing"""

_SENTENCES: dict[str, str] = {
    "int_parsing": "a whole number is wanted",
    "int_from_float": "a whole number is wanted",
    "float_parsing": "a number is wanted",
    "finite_number": "a number is wanted",
    "bool_parsing": "true or false is wanted",
    "greater_than_equal": "it must be at least {ge:g}",
    "less_than_equal": "it must be at most {le:g}",
    "greater_than": "it must be more than {gt:g}",
    "less_than": "it must be less than {lt:g}",
    "too_short": "it needs at least {min_length}",
    "too_long": "it may have at most {max_length}",
    "string_too_short": "it needs at least {min_length} characters",
    "string_too_long": "it may have at most {max_length} characters",
    "string_unicode": "it holds half a character (a lone surrogate)",
    "literal_error": "it must be {expected}",
    "enum": "it must be {expected}",
    "model_type": "keys and values are wanted here",
    "dict_type": "keys and values are wanted here",
    "list_type": "a list is wanted here, each entry beginning with a hyphen",
    "tuple_type": "a list is wanted here, each entry beginning with a hyphen",
    "string_type": "a single text is wanted here",
    "path_type": "a single text is wanted here",
    "date_from_datetime_parsing": "a date looks like 2026-01-31",
    "date_from_datetime_inexact": "a date looks like 2026-01-31",
    "date_parsing": "a date looks like 2026-01-31",
    "date_type": "a date looks like 2026-01-31",
}
"""the end of the sentence, by pydantic's name of the error; its context is filled in"""

_NAME_OF_A_KEY = "[key]"
"""pydantic's last step to a key, not its value, where people make up the keys themselves"""

_SECRET = re.compile(r"password|passwd|secret|token|login", re.IGNORECASE)


def explain(error: ValidationError, document: Document) -> Iterator[PlacedConfigError]:
    """Yield one problem per thing that is wrong.

    Values are shown only where no secret can be, not even one that was written into the wrong place.
    """
    for details in error.errors(include_url=False):
        place: Place = details["loc"]
        if details["type"] == "too_short" and isinstance(details["input"], list) and details["input"]:
            continue  # its entries are there; each has its own problem
        if place in document.refused or place in document.empty:
            continue
        if details["type"] == "extra_forbidden":
            yield _unknown_key(place, document)
        elif details["type"] == "missing":
            yield PlacedConfigError(document.value_position(place[:-1]), f"{_key(place)} is missing")
        else:
            yield _wrong_value(details, place, document)


def _unknown_key(place: Place, document: Document) -> PlacedConfigError:
    position = document.key_position(place)
    key = str(place[-1])
    seen = f"{quote(key)} is not known here"
    model = model_at(place[:-1], document)
    known = keys_of(model) if model else {}
    if key in {"password", "token"}:
        way, other = ("password_file", "token_file") if key == "password" else ("token_file", "password_file")
        if other in known and way not in known and "login" not in known:
            way = other
        todo = f"Secrets do not stand in the config: write it into a file and name that with {way}."
        return PlacedConfigError(position, seen, todo=todo)
    if key == "<<":
        return PlacedConfigError(position, seen, todo="Merged keys are not read; write them out.")
    inner = {name for name in known if (found := inner_model(known[name].annotation)) and key in keys_of(found)}
    elsewhere = [name for name, other in sections().items() if key in keys_of(other) and (not inner or name in inner)]
    if elsewhere:
        return PlacedConfigError(position, seen, todo=f"It belongs under {enumerate_words(elsewhere, 'or')}.")
    if key in keys_of(BridgeOptions):
        return PlacedConfigError(position, seen, todo="It belongs at the left edge.")
    return PlacedConfigError(
        position, seen, todo=suggest(key, known) or f"Known here: {enumerate_words(list(known), 'and')}."
    )


def _wrong_value(details: ErrorDetails, place: Place, document: Document) -> PlacedConfigError:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "unknown":  # raised by our own models with all words of the sentence
        at = document.value_position((*place, *context.get("at", ())))
        return PlacedConfigError(at, details["msg"], todo=context["todo"])
    is_name = place[-1:] == (_NAME_OF_A_KEY,)
    place = place[:-1] if is_name else place
    if kind == "string_pattern_mismatch":
        shape = _shape(place[:-1] if is_name else place)
        meaning = f"it must be {shape}" if shape else f"it must match {context['pattern']}"
    elif kind == "value_error":
        meaning = str(context["error"])
    elif kind in _SENTENCES:
        meaning = _SENTENCES[kind].format(**context)
    else:
        meaning = details["msg"]
    value = details["input"]
    is_told = isinstance(value, str) and not _SECRET.search(".".join(map(str, place))) and "@" not in value
    if is_name:
        return PlacedConfigError(document.key_position(place), f"{_key(place)} cannot be a key here: {meaning}")
    if not place or (kind == "value_error" and isinstance(value, dict)):
        seen = meaning
    elif is_told:
        seen = f"{_key(place)} is {quote(value)}, and {meaning}"
    else:
        seen = f"{_key(place)} cannot be used: {meaning}"
    hint = suggest(value, re.findall(r"'([^']*)'", context["expected"])) if is_told and "expected" in context else ""
    return PlacedConfigError(document.value_position(place), seen, todo=hint)


def _shape(place: Place) -> str | None:
    names = [step for step in place if isinstance(step, str)]
    return _SHAPES.get(".".join(names[-2:]), _SHAPES.get(names[-1]))


def _key(place: Place) -> str:
    names = [step for step in place if isinstance(step, str)]
    is_entry = bool(place) and isinstance(place[-1], int)
    return f"an entry of {quote(names[-1])}" if is_entry else quote(names[-1])
