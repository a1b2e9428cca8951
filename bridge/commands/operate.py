"""`chargebridge operate`: has a charger that speaks OCPP do something, and shows what it said to that."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from bridge.commands.local_api import LocalApi, LocalApiError, printable
from bridge.config.load import load_config

_LONGEST = 1 << 20
"""characters of standard input; the bridge takes less and says so"""
_WORDS = {
    "done": "done",
    "refused": "refused",
    "unconfirmed": "not confirmed; whether the charger did it is not known",
}


def main(options: argparse.Namespace) -> int:
    """Print the charger's answer as JSON; status 0 when it was done, 1 for a no, for silence and for an error."""
    config = load_config(options.config, os.environ)
    with LocalApi(config, options.port) as api:
        if options.operation is None:
            _print_operations(api.central()["operations"])
            return 0
        if options.sample:
            print(printable(json.dumps(_sample(api, options.operation), ensure_ascii=False, indent=2)))
            return 0
        arguments = sys.stdin.read(_LONGEST) if options.arguments == "-" else options.arguments or ""
        result = api.operate(options.charger, options.operation, arguments)
    print(printable(_sentence(options.charger, result)), file=sys.stderr)
    print(printable(json.dumps(result["answer"], ensure_ascii=False, indent=2)))
    return 0 if result["outcome"] == "done" else 1


def _sentence(charger: str, result: dict[str, Any]) -> str:
    outcome = _WORDS.get(result["outcome"], result["outcome"])
    said = [f"{charger}: {result['operation']} (OCPP {result['version']}): {outcome}."]
    return "\n".join([" ".join([*said, *filter(None, [result["detail"]])]), *result["notes"]])


def _print_operations(operations: list[dict[str, Any]]) -> None:
    for kind in operations:
        aliases = f" ({', '.join(kind['aliases'])})" if kind["aliases"] else ""
        print(printable(f"{kind['name']}{aliases}"))
        print(printable(f"    {kind['about']}"))
        for argument in kind["arguments"]:
            print(printable(f"    {_argument(argument)}"))


def _argument(argument: dict[str, Any]) -> str:
    sort = " | ".join(argument["words"]) if argument["words"] else argument["kind"]
    needed = ", required" if argument["required"] else ""
    about = f": {argument['about']}" if argument["about"] else ""
    return f"- {argument['name']} ({sort}{needed}){about}"


def _sample(api: LocalApi, operation: str) -> dict[str, Any]:
    for kind in api.central()["operations"]:
        if operation in (kind["name"], *kind["aliases"]):
            sample: dict[str, Any] = kind["sample"]
            return sample
    raise LocalApiError("operate", f"there is no operation «{operation}»", todo="They are listed without one")
