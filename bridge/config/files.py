"""Reads small files without trusting them to be small, to be files, or to be text."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

_OPEN_TO_OTHERS = stat.S_IROTH | stat.S_IWOTH


class UnreadableFileError(Exception):
    """A file cannot be used; `seen` is the end of a sentence that begins with its name."""

    def __init__(self, seen: str, *, missing: bool = False) -> None:
        super().__init__(seen)
        self.seen = seen
        self.missing = missing


@dataclass(frozen=True, slots=True)
class SmallFile:
    """What a file holds, and whether every user of this machine may read or change it."""

    text: str
    is_open_to_others: bool


def read_small_file(path: Path, limit_bytes: int) -> SmallFile:
    """Return a regular UTF-8 file of at most `limit_bytes`, without a byte-order mark.

    Raises UnreadableFileError. Never waits: a named pipe is refused, not read.
    """
    with os.fdopen(_open(path), "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise UnreadableFileError("is not an ordinary file")
        try:
            content = file.read(limit_bytes + 1)
        except OSError as error:
            raise UnreadableFileError(f"cannot be read ({error.strerror})") from None
    if len(content) > limit_bytes:
        raise UnreadableFileError(f"is larger than {limit_bytes:,} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFileError(f"is not UTF-8 text (line {line})") from None
    return SmallFile(text, bool(mode & _OPEN_TO_OTHERS))


def _open(path: Path) -> int:
    try:
        if path.is_dir():  # a descriptor of a folder cannot become a file object
            raise UnreadableFileError("is a folder")
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise UnreadableFileError("does not exist", missing=True) from None
    except PermissionError:
        raise UnreadableFileError("may not be read by this user") from None
    except OSError as error:
        raise UnreadableFileError(f"cannot be opened ({error.strerror})") from None
    except ValueError:  # a NUL byte or half a surrogate in the name
        raise UnreadableFileError("is not the name of a file") from None
