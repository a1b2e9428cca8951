"""A config that no file holds, for chargers that a command simulates itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from bridge.config.load import Config, ConfiguredCharger
from bridge.config.model import HealthOptions
from bridge.web.options import WebOptions


def config_without_file(name: str, chargers: Sequence[ConfiguredCharger], port: int, data_dir: Path) -> Config:
    """Return a config of these chargers and the page on loopback; a `port` of 0 takes a free one."""
    return Config(
        path=Path(name),
        site=name,
        zone=ZoneInfo("Europe/Zurich"),
        data_dir=data_dir,
        web=WebOptions(port=port),
        web_token=None,
        chargers=tuple(chargers),
        influx=(),
        health=HealthOptions(),
        readings_retention_s=30 * 86_400.0,
        warnings=(),
    )
