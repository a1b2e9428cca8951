"""The JSON schemas of OCPP that the `ocpp` package ships: the referee of every payload."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft4Validator, Draft6Validator

from bridge.types.ocpp.version import OcppVersion

_FOLDERS = {OcppVersion.V16: "v16", OcppVersion.V201: "v201", OcppVersion.V21: "v21"}


@cache
def schema(version: OcppVersion, action: str, *, answer: bool = False) -> dict[str, Any]:
    """Return the schema of a message."""
    ending = "Response" if answer else "" if version is OcppVersion.V16 else "Request"
    file = files("ocpp") / _FOLDERS[version] / "schemas" / f"{action}{ending}.json"
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8-sig"))
    return loaded


@cache
def _validator(version: OcppVersion, action: str, *, answer: bool) -> Draft4Validator | Draft6Validator:
    document = _without_steps(schema(version, action, answer=answer))
    return (Draft4Validator if version is OcppVersion.V16 else Draft6Validator)(document)


def _without_steps(node: Any) -> Any:
    """Leave out `multipleOf`, which binary fractions cannot meet; `steps_of` stands in for it."""
    if isinstance(node, dict):
        return {key: _without_steps(part) for key, part in node.items() if key != "multipleOf"}
    return [_without_steps(part) for part in node] if isinstance(node, list) else node


def check(payload: Any, version: OcppVersion, action: str, *, answer: bool = False) -> None:
    """Fail unless the schema takes the payload, as it looks after a journey as text."""
    text = json.dumps(payload, allow_nan=False)
    _validator(version, action, answer=answer).validate(json.loads(text))
    if version is OcppVersion.V16:
        too_fine = [n for n in _limits(json.loads(text)) if round(n, 1) != n]
        assert not too_fine, f"more than one decimal: {too_fine}"


def _limits(node: Any) -> list[float]:
    if isinstance(node, dict):
        own = [part for key, part in node.items() if key in ("limit", "minChargingRate")]
        return own + [n for part in node.values() for n in _limits(part)]
    return [n for part in node for n in _limits(part)] if isinstance(node, list) else []
