"""The messages that a version of OCPP knows, and checks of their payloads, from the schemas of the `ocpp` package.

Only the package's JSON files are used: importing `ocpp.v16` would cost 27 MB, and `ocpp` alone is an empty module.
A schema is turned into a check when its message is first met, and the checks are shared by all stations.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from bridge.ocppj.checks import Check
from bridge.ocppj.turning import turn
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.version import OcppVersion

_FOLDERS: Final = {OcppVersion.V16: "v16", OcppVersion.V201: "v201", OcppVersion.V21: "v21"}

MOST_PROBLEMS: Final = 100
"""that are told of one payload: a peer can send any number, and wording them holds up everybody else"""


class Schemas:
    """The messages of one version; making one costs nothing."""

    def __init__(self, version: OcppVersion) -> None:
        self.version: Final = version

    @property
    def actions(self) -> frozenset[str]:
        """All actions of the version; those of 1.6's security extension are among them."""
        return frozenset(_requests(self.version))

    def knows(self, action: str) -> bool:
        """Tell whether the version has this action."""
        return action in _requests(self.version)

    def check_request(self, action: str, payload: Any, *, lenient: bool = False) -> None:
        """Hold the payload of a call against its schema.

        Strict is for what is sent. Lenient is for what is taken: unknown fields are ignored, null is taken where a
        field may be absent, and so are a timestamp without a zone, a word that the version lacks, and a text that is
        too long: a station repeats for ever what is refused. PayloadError tells the fields that are wrong; LookupError
        when the version has no such action.
        """
        _hold(_check(self.version, _requests(self.version)[action], lenient=lenient), f"{action}Request", payload)

    def check_answer(self, action: str, payload: Any, *, lenient: bool = False) -> None:
        """Hold the payload of an answer against its schema, as `check_request` does."""
        name = f"{action}Response"
        if name not in _names(self.version):
            raise LookupError(f"OCPP {self.version} has no answer to {action}")
        _hold(_check(self.version, name, lenient=lenient), name, payload)


def _hold(check: Check, name: str, payload: Any) -> None:
    faults = check(payload)
    if faults is not None:
        raise PayloadError(name, [fault.as_problem() for fault in faults[:MOST_PROBLEMS]])


def _folder(version: OcppVersion) -> Traversable:
    return files("ocpp") / _FOLDERS[version] / "schemas"


@cache
def _names(version: OcppVersion) -> frozenset[str]:
    names = (entry.name for entry in _folder(version).iterdir())
    return frozenset(name.removesuffix(".json") for name in names if name.endswith(".json"))


@cache
def _requests(version: OcppVersion) -> dict[str, str]:
    """Return the schema's name of each action: 1.6 and 2.1's messages without an answer do without an ending."""
    names = (name for name in _names(version) if not name.endswith("Response"))
    return {name.removesuffix("Request"): name for name in names}


@cache
def _check(version: OcppVersion, name: str, *, lenient: bool) -> Check:
    text = (_folder(version) / f"{name}.json").read_text(encoding="utf-8-sig")
    return turn(json.loads(text), lenient=lenient)
