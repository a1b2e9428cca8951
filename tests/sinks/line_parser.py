"""A small reader of line protocol, written from its description and not from the code under test.

It walks character by character: a backslash before `,`, `=`, blank (tags) or `"`, backslash (strings) takes the
special meaning away; numbers without a suffix are floats.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    measurement: str
    tags: dict[str, str]
    fields: dict[str, float | str]
    at_s: int


def parse(line: str) -> Point:
    """Return the one point of a line; ValueError or AssertionError for anything else."""
    assert "\n" not in line
    measurement, rest = _until(line, ",")
    tag_set, rest = _until(rest, " ")
    field_set, time = _split_fields(rest)
    tags = {}
    while tag_set:
        pair, tag_set = _until(tag_set, ",")
        name, value = _until(pair, "=")
        assert name not in tags
        assert value
        tags[name] = _plain(value, ",= ")
    return Point(measurement, tags, field_set, int(time))


def _until(text: str, end: str) -> tuple[str, str]:
    """Split at the first `end` that no backslash precedes; `end` may be missing."""
    at = 0
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] == end:
            return text[:at], text[at + 1 :]
        else:
            at += 1
    return text, ""


def _plain(text: str, special: str) -> str:
    out, at = "", 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text) and text[at + 1] in special:
            at += 1
        out += text[at]
        at += 1
    return out


def _split_fields(text: str) -> tuple[dict[str, float | str], str]:
    fields: dict[str, float | str] = {}
    while True:
        name, text = _until(text, "=")
        assert name not in fields
        if text.startswith('"'):
            end = 1
            while text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            fields[name] = _plain(text[1:end], '"\\')
            text = text[end + 1 :]
        else:
            end = min(i for i in (text.find(","), text.find(" ")) if i >= 0)
            fields[name] = float(text[:end])
            text = text[end:]
        if text.startswith(" "):
            return fields, text[1:]
        assert text.startswith(",")
        text = text[1:]
