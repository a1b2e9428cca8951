"""Reads the page of ocpp-go's provisioning package into an outline: types, fields with their tags, words, handlers.

The page lists every type in its index. Of some it then shows nothing more (a struct or its words were not rendered):
the outline has their name alone.
"""

from __future__ import annotations

import re
from typing import Any

_INDEX = re.compile(r"^- type (\w+)$", re.MULTILINE)
_STRUCT = re.compile(r"^type (\w+) struct ?\{(.*?)\}$", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r'(\w+) (\S+) `json:"(\w+)(,omitempty)?"(?: validate:"([^"]*)")?`')
_INTERFACE = re.compile(r"^type (\w+) interface \{(.*?)\}$", re.MULTILINE | re.DOTALL)
_METHOD = re.compile(r"(On\w+)\((?:(\w+) string, )?request \*(\w+)\) \(\w+ \*(\w+), err error\)")
_WORD = re.compile(r'(\w+) (\w+) = "([^"]*)"')
_NAME = re.compile(r'^const (\w+) = "([^"]*)"$', re.MULTILINE)
_CONSTRUCTOR = re.compile(r"^func New(\w+)\((.*?)\) \*?\1$", re.MULTILINE)
_PROFILE = re.compile(r"^var Profile = ocpp\.NewProfile\( ProfileName, (.*) \)$", re.MULTILINE)


def parse(document: str) -> dict[str, Any]:
    """Return types, structs, words, constants, constructors, handlers and the profile of the page."""
    profile = _PROFILE.search(document)
    return {
        "types": _INDEX.findall(document),
        "structs": {name: _fields(body) for name, body in _STRUCT.findall(document)},
        "words": _words(document),
        "constants": dict(_NAME.findall(document)),
        "constructors": {name: _parameter_sorts(text) for name, text in _CONSTRUCTOR.findall(document)},
        "handlers": {name: _methods(body) for name, body in _INTERFACE.findall(document)},
        "profile": re.findall(r"(\w+)Feature\{\}", profile[1]) if profile else [],
    }


def _fields(body: str) -> dict[str, Any]:
    return {
        json_name: {
            "go": name,
            "sort": sort,
            "omitempty": bool(omitempty),
            "validate": validate.split(",") if validate else [],
        }
        for name, sort, json_name, omitempty, validate in _FIELD.findall(body)
    }


def _words(document: str) -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = {}
    for block in re.findall(r"^const \((.*)\)$", document, re.MULTILINE):
        for constant, sort, word in _WORD.findall(block):
            words.setdefault(sort, {})[constant] = word
    return words


def _parameter_sorts(text: str) -> list[str]:
    return [parameter.split(" ")[1].removeprefix("*") for parameter in text.split(", ") if parameter]


def _methods(body: str) -> dict[str, Any]:
    return {
        name: {"identity": identity or None, "request": request, "response": response}
        for name, identity, request, response in _METHOD.findall(body)
    }
