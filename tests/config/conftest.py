from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bridge.config.load import NO_FLAGS, Config, load_config
from bridge.config.problems import BrokenConfigError

MINIMAL = """\
timezone: Europe/Zurich
chargers:
  - id: garage
    type: etrel
    url: http://192.168.1.20
"""


class ConfigFolder:
    """A folder with a config and secrets, as somebody would have it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def secret(self, name: str, content: str | bytes, mode: int = 0o600) -> Path:
        """Write a secret file that only its owner may read."""
        file = self.path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        file.chmod(mode)
        return file

    def load(
        self,
        content: str | bytes,
        environ: Mapping[str, str] | None = None,
        flags: Mapping[str, str] = NO_FLAGS,
    ) -> Config:
        """Load this content as config.yaml."""
        file = self.path / "config.yaml"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_config(file, environ or {}, flags)

    def refusal(
        self,
        content: str | bytes,
        environ: Mapping[str, str] | None = None,
        flags: Mapping[str, str] = NO_FLAGS,
    ) -> list[str]:
        """Return the lines in which this content is refused."""
        with pytest.raises(BrokenConfigError) as caught:
            self.load(content, environ, flags)
        return str(caught.value).splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> ConfigFolder:
    """Return an empty folder for a config."""
    return ConfigFolder(tmp_path)
