"""Base of all facts: frozen, strict, closed models, and the instants and numbers in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Fact(BaseModel):
    """A thing that was said or seen: never changed afterwards, never coerced, no unknown field."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


def _utc(instant: datetime) -> datetime:
    if instant.utcoffset() != timedelta(0):
        raise ValueError("an instant must be aware and in UTC")
    return instant


Instant = Annotated[datetime, AfterValidator(_utc)]
"""An aware moment in UTC; names of such fields end in `_at`."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_epoch_us(instant: datetime) -> int:
    """Return whole microseconds since 1970, exact (no float on the way)."""
    return (instant - EPOCH) // _MICROSECOND


def from_epoch_us(epoch_us: int) -> datetime:
    """Return the UTC instant of whole microseconds since 1970."""
    return EPOCH + timedelta(microseconds=epoch_us)


def to_epoch_s(instant: datetime) -> int:
    """Return whole seconds since 1970, rounded down."""
    return int(instant.timestamp() // 1)


def from_epoch_s(epoch_s: int) -> datetime:
    """Return the UTC instant of whole seconds since 1970."""
    return datetime.fromtimestamp(epoch_s, UTC)


def to_rfc3339(instant: datetime) -> str:
    """Return `2022-10-06T20:06:24.061773Z`: UTC, `Z`, a fraction only where there is one."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
