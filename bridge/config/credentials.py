"""Reads secrets from where the config says they are, and tells none of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from bridge.config.document import Document, Place
from bridge.config.files import SmallFile, UnreadableFileError, read_small_file
from bridge.config.problems import PlacedConfigError, quote

SECRET_LIMIT_BYTES = 4096
PEM_LIMIT_BYTES = 1 << 20
"""a file of all the world's authorities has 220 kB"""
_LOOKS_LIKE_A_FILE = re.compile(r".*[./].*")
_LOOKS_LIKE_A_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")


class _NoSecretError(Exception):
    """What a person named holds no secret."""


@dataclass(slots=True)
class SecretReader:
    """Reads what `*_file` and `*_env` name; collects problems and warnings with their lines."""

    document: Document
    folder: Path
    """of the config; relative names begin here, and are looked for in `$CREDENTIALS_DIRECTORY` next"""
    environ: Mapping[str, str]
    problems: list[PlacedConfigError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    used_variables: set[str] = field(default_factory=set)

    def read(self, place: Place, file_name: str | None, variable: str | None, *, key: str) -> SecretStr | None:
        """Return the secret that `<key>_file` or `<key>_env` names in the section at `place`.

        None where neither is given, and where there is no secret: then the reason is among the problems.
        """
        try:
            if file_name is not None:
                return _secret(*self._from_file((*place, f"{key}_file"), file_name), key=key)
            if variable is not None:
                return _secret(*self._from_variable(variable), key=key)
        except _NoSecretError as error:
            at = self.document.value_position((*place, f"{key}_{'env' if file_name is None else 'file'}"))
            self.problems.append(PlacedConfigError(at, str(error)))
        return None

    def find(self, place: Place, key: str, name: str | None) -> Path | None:
        """Return where the PEM file is that `key` names in the section at `place`; None where none is named.

        None too where it cannot be read: then the reason is among the problems.
        """
        if name is None:
            return None
        try:
            file = self._first_file(name, self._folders, f"the file {quote(name)}", PEM_LIMIT_BYTES)
            _check_pem(file.text, f"the file {quote(name)}", key=key)
        except _NoSecretError as error:
            self.problems.append(PlacedConfigError(self.document.value_position((*place, key)), str(error)))
            return None
        if key == "key_file" and file.is_open_to_others:
            at = self.document.value_position((*place, key))
            self.warnings.append(
                f"{at}: every user of this computer can read or change the key {quote(name)}. Shut it with: chmod o-rw"
            )
        return next(folder / name for folder in self._folders if (folder / name).exists())

    @property
    def _folders(self) -> list[Path]:
        credentials = self.environ.get("CREDENTIALS_DIRECTORY")
        return [self.folder, Path(credentials)] if credentials else [self.folder]

    def _from_variable(self, variable: str) -> tuple[str, str]:
        self.used_variables.add(variable)
        # a password written here by mistake would otherwise be told
        shown = quote(variable) if _LOOKS_LIKE_A_VARIABLE.fullmatch(variable) else "named here"
        value = self.environ.get(variable)
        if not value:
            state = "not set" if value is None else "empty"
            raise _NoSecretError(f"the environment variable {shown} is {state}")
        return value, f"the environment variable {shown}"

    def _from_file(self, place: Place, name: str) -> tuple[str, str]:
        shown = f"the file {quote(name)}" if _LOOKS_LIKE_A_FILE.fullmatch(name) else "the file named here"
        file = self._first_file(name, self._folders, shown, SECRET_LIMIT_BYTES)
        if file.is_open_to_others:
            at = self.document.value_position(place)
            self.warnings.append(
                f"{at}: every user of this computer can read or change {shown}. Shut it with: chmod o-rw"
            )
        return file.text.rstrip("\r\n"), shown

    @staticmethod
    def _first_file(name: str, folders: list[Path], shown: str, limit_bytes: int) -> SmallFile:
        for folder in folders:
            try:
                return read_small_file(folder / name, limit_bytes)
            except UnreadableFileError as error:
                if not error.missing:
                    raise _NoSecretError(f"{shown} {error.seen}") from None
        looked_in = "" if Path(name).is_absolute() else f"; looked in {' and '.join(map(str, folders))}"
        raise _NoSecretError(f"{shown} does not exist{looked_in}")


def _check_pem(text: str, shown: str, *, key: str) -> None:
    """Find what would keep every connection from being opened; whether a certificate is any good shows then."""
    wanted = "PRIVATE KEY-----" if key == "key_file" else "CERTIFICATE-----"
    if wanted not in text:
        raise _NoSecretError(f"{shown} holds no {'private key' if key == 'key_file' else 'certificate'} in PEM")
    if key == "key_file" and "ENCRYPTED" in text:
        raise _NoSecretError(f"{shown} is locked with a passphrase, which nobody can type here")


def _secret(text: str, shown: str, *, key: str) -> SecretStr:
    if not text.strip():
        raise _NoSecretError(f"{shown} is empty")
    if not text.isprintable():
        raise _NoSecretError(f"{shown} holds more than one line or characters that cannot be printed")
    if key == "token" and not text.isascii():
        raise _NoSecretError(f"{shown} holds characters that an HTTP header cannot carry")
    return SecretStr(text)
