"""What a strict central system finds wrong with a payload: the OCA's schemas, zones, numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

from jsonschema import FormatChecker, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for

_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_CODES = {
    "type": "TypeConstraintViolation",
    "required": "OccurenceConstraintViolation",
    "minItems": "OccurenceConstraintViolation",
    "additionalProperties": "FormationViolation",
}
_IN_2 = {
    "OccurenceConstraintViolation": "OccurrenceConstraintViolation",
    "FormationViolation": "FormatViolation",
}
"""how 2.x spells them"""
V16 = "1.6"
_FORMATS = FormatChecker(formats=())


class Problem(NamedTuple):
    """One thing that is wrong, and the error code that says so."""

    code: str
    text: str


@_FORMATS.checks("date-time", raises=ValueError)
def _is_timestamp(value: object) -> bool:
    if isinstance(value, str):
        parse_timestamp(value)
    return True


def parse_timestamp(text: str) -> datetime:
    """Turn an RFC 3339 timestamp with a zone into an aware datetime; ValueError for anything else."""
    if not _TIMESTAMP.fullmatch(text):
        raise ValueError(f"{text} is no timestamp with a zone")
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))


@cache
def is_known(action: str, version: str = V16) -> bool:
    """Say whether a version of OCPP, 1.6 with its security extension, has this action."""
    return action.isalnum() and _schema_of(version, action, is_answer=False).is_file()


def problems_of(action: str, payload: object, *, answer: bool = False, version: str = V16) -> tuple[Problem, ...]:
    """Return what is wrong with a request of this action, or with an answer to it; empty when it is right."""
    return _problems_of(version, action, answer, json.dumps(payload))


@lru_cache(maxsize=4096)
def _problems_of(version: str, action: str, is_answer: bool, payload_text: str) -> tuple[Problem, ...]:  # noqa: FBT001
    payload = json.loads(payload_text)
    found = [_problem(error, version) for error in _validator(version, action, is_answer).iter_errors(payload)]
    return tuple(found or (_wrong_numbers(payload) if version == V16 else ()))


def _schema_of(version: str, action: str, *, is_answer: bool) -> Traversable:
    request = action if version == V16 else f"{action}Request"
    name = f"{action}Response" if is_answer else request
    return files("ocpp") / f"v{version.replace('.', '')}" / "schemas" / f"{name}.json"


@cache
def _validator(version: str, action: str, is_answer: bool) -> Validator:  # noqa: FBT001 -- a key of the cache
    path = _schema_of(version, action, is_answer=is_answer)
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8-sig"))
    validator: Validator = validator_for(schema)(schema, format_checker=_FORMATS)
    return validator


def _problem(error: ValidationError, version: str) -> Problem:
    where = ".".join(str(part) for part in error.absolute_path) or "the payload"
    code = _CODES.get(str(error.validator), "PropertyConstraintViolation")
    return Problem(code if version == V16 else _IN_2.get(code, code), f"{where}: {error.message}")


def _wrong_numbers(payload: Any) -> Iterator[Problem]:
    """Find sampled values that are no number written as text and not signed either."""
    if not isinstance(payload, dict):
        return
    for value in (*payload.get("meterValue", ()), *payload.get("transactionData", ())):
        for sample in value["sampledValue"]:
            if sample.get("format", "Raw") == "Raw" and not _NUMBER.fullmatch(sample["value"]):
                yield Problem("PropertyConstraintViolation", f"a sampled value is {sample['value']!r}, no number")
