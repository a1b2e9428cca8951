"""Reads the document of EVerest's `ocpp` types into an outline: names, fields, sorts, words, what its text says.

The document is the rendered page on one line: a label for each type, `| **name**: *sort*` for a type or a field,
a reference in brackets where the sort is another type, `| enum: | - Word` for words.

The page leaves out which fields are required. Where the text says that a field may be absent, the outline notes it as
`optional`; the rest of that knowledge is in the test, with its source.
"""

from __future__ import annotations

import re
from typing import Any

_TYPE = re.compile(r"\.\. _ocpp-(\w+): \| \*\*(\w+)\*\*: \*(\w+)\*")
_FIELD = re.compile(r"\| \*\*(\w+)\*\*: \*(\w+)\*(?: \(:ref:`([\w-]+) ?`\))?")
_WORD = re.compile(r"(?<=\| - )\S+")
_MAY_BE_ABSENT = re.compile(r"Optional only|[Ww]hen absent|if absent|Default value when absent|can only be empty when")


def parse(document: str) -> dict[str, Any]:
    """Return {type: {"sort", "words"}} of enums, {type: {"sort", "fields": {name: {"sort", "ref", …}}}} of objects."""
    marks = list(_TYPE.finditer(document))
    ends = [mark.start() for mark in marks[1:]] + [len(document)]
    return {mark[1]: _type(mark[3], document[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)}


def _type(sort: str, body: str) -> dict[str, Any]:
    if sort != "object":
        return {"sort": sort, "words": _WORD.findall(body)}
    fields: dict[str, Any] = {}
    marks = list(_FIELD.finditer(body))
    ends = [mark.start() for mark in marks[1:]] + [len(body)]
    last = ""
    for mark, end in zip(marks, ends, strict=True):
        name, kind, reference = mark.groups()
        if name == "array_item":
            fields[last]["items"] = {"sort": kind, "ref": reference}
            continue
        last, text = name, body[mark.end() : end]
        fields[name] = {
            "sort": kind,
            "ref": reference,
            "words": _WORD.findall(text),
            "format": "date-time" if "format:date-time" in text else None,
            "optional": bool(_MAY_BE_ABSENT.search(text)),
        }
    return {"sort": sort, "fields": fields}
