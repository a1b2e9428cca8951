"""Building blocks of options: closed models in which a misspelt key is an error."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    WithJsonSchema,
    model_validator,
)

_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)?\s*")
_UNIT_S = {"ms": 0.001, "s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, None: 1.0}


class Options(BaseModel):
    """What a person may set: closed, so that a misspelt key is found, and frozen."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def parse_duration_s(value: object) -> float:
    """Turn `10s`, `5min`, `1h`, `30d` or a bare number of seconds into seconds; ValueError otherwise."""
    match = _DURATION.fullmatch(str(value))
    if match is None:
        raise ValueError("a duration looks like 10s, 5min, 1h or 30d")
    return float(match[1]) * _UNIT_S[match[2]]


DurationS = Annotated[
    float,
    BeforeValidator(parse_duration_s),
    WithJsonSchema({"type": ["string", "number"], "pattern": r"^\d+(\.\d+)?\s*(ms|s|min|m|h|d)?$"}),
]
"""A length of time, held in seconds, written as `10s`, `5min`, `1h`, `30d`."""

ChargerId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,47}$")]
"""Stable name of a charger: lower-case letters, digits, `-` and `_`, at most 48."""


class Credentials(BaseModel):
    """What opens a charger, already read from where it was kept; `str()` and `repr()` show none of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    email: str | None = None
    password: SecretStr | None = None
    token: SecretStr | None = None


class LoginOptions(Options):
    """Name and password of an account on the charger; the password stands in a file or in the environment."""

    email: str
    password_file: str | None = None
    password_env: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.password_file is None) == (self.password_env is None):
            raise ValueError("give either password_file or password_env")
        return self


def parse_date(value: object) -> date:
    """Take `2026-01-31` and nothing else: pydantic would take a number of seconds too."""
    if isinstance(value, date):
        return value
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)):
        raise ValueError("a date looks like 2026-01-31")
    return date.fromisoformat(str(value))
