"""What a person sets for a sink; importing this imports no client library."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from bridge.types.options import DurationS, Options


class InfluxOptions(Options):
    """An InfluxDB (1.8, 2, 3), or a server that takes its `/api/v2/write`, such as VictoriaMetrics."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,47}$")] = "influx"
    """unique among the sinks; the cursor carries it, so a new name delivers everything again"""
    url: Annotated[str, Field(pattern=r"^https?://[^?#@\s]+$")]
    """up to and without `/api/v2/write`"""
    org: Annotated[str, Field(min_length=1)] = "-"
    """needed by InfluxDB 2; others ignore it"""
    bucket: Annotated[str, Field(min_length=1)]
    """InfluxDB 2: the bucket; 3: the database; 1.8: `database/retention_policy`; VictoriaMetrics ignores it"""
    token_file: str | None = None
    token_env: str | None = None
    """InfluxDB 1.8 takes `user:password` as its token"""
    timeout_s: Annotated[DurationS, Field(ge=1, le=120)] = Field(default=10.0, alias="timeout")
    """for one whole write"""
    verify_tls: bool = True
    """False takes any certificate"""

    @model_validator(mode="after")
    def _one_token(self) -> Self:
        if self.token_file is not None and self.token_env is not None:
            raise ValueError("token_file and token_env exclude each other")
        return self
