"""The files that chargers upload: one folder for each charger, bounded, each file whole or not there."""

from __future__ import annotations

import contextlib
import os
import re
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

MOST_FILES: Final = 100
"""of one charger; the oldest go"""
MOST_BYTES: Final = 500_000_000
"""of one charger in all; the oldest go"""
LARGEST_FILE: Final = 50_000_000
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+", re.ASCII)
_LONGEST_NAME: Final = 100
_PART: Final = ".part"
_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600


def safe_name(name: str) -> str:
    """Return a name of a file for what a charger called it: letters, digits, `._-`, and it leads nowhere."""
    return _UNSAFE.sub("_", name)[-_LONGEST_NAME:].lstrip(".") or "log"


class UploadFolder:
    """The folder of all uploads. Everything here works on the disk and belongs into a thread. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def place(self, charger: str, name: str, at: datetime) -> Path:
        """Return where an upload of now is to lie."""
        return self._path / safe_name(charger) / f"{at:%Y%m%dT%H%M%SZ}-{safe_name(name)}"

    def begin(self, place: Path, token: str) -> tuple[Path, BinaryIO]:
        """Open the unfinished file of an upload, which nobody else can read."""
        place.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        part = place.with_name(f".{safe_name(token)}{_PART}")
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), _FILE_MODE)
        return part, os.fdopen(descriptor, "wb")

    def finish(self, file: BinaryIO, part: Path, place: Path) -> None:
        """Bring the file to the disk and under its name, and let the oldest ones go."""
        file.flush()
        os.fsync(file.fileno())
        file.close()
        part.replace(place)
        self._let_go(place)

    def give_up(self, file: BinaryIO, part: Path) -> None:
        """Take away what was not finished."""
        with contextlib.suppress(OSError):
            file.close()
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Take away what an earlier run did not finish."""
        for part in self._path.glob(f"*/.*{_PART}"):
            with contextlib.suppress(OSError):
                part.unlink()

    @staticmethod
    def _let_go(newest: Path) -> None:
        kept_bytes = 0
        names = sorted(
            (entry.name for entry in newest.parent.iterdir() if not entry.name.startswith(".")), reverse=True
        )
        names = [newest.name, *(name for name in names if name != newest.name)]
        for number, name in enumerate(names):
            entry = newest.with_name(name)
            with contextlib.suppress(OSError):
                kept_bytes += entry.stat().st_size
                if number and (number >= MOST_FILES or kept_bytes > MOST_BYTES):
                    entry.unlink()
