"""`chargebridge stations`: chargers that speak OCPP with the bridge, and answers to those that ask to come in."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

from bridge.commands.local_api import LocalApi, LocalApiError, printable
from bridge.config.load import load_config


def main(options: argparse.Namespace) -> int:
    """Print a line per station and per one that waits, or answer one that waits."""
    if (options.accept is None) != (options.charger is None):
        seen = "--accept IDENTITY and --as ID belong together"
        raise LocalApiError("stations", seen, todo="Name both, as in: --accept CP1 --as carport")
    config = load_config(options.config, os.environ)
    with LocalApi(config, options.port) as api:
        if options.accept is not None:
            api.answer_waiting(options.accept, options.charger)
            print(printable(f"{options.accept} is now {options.charger}"))
        elif options.turn_away is not None:
            api.answer_waiting(options.turn_away, None)
            print(printable(f"{options.turn_away} was turned away"))
        else:
            _print(api.central(), as_json=options.json)
    return 0


def _print(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        shown = {"stations": told["stations"], "waiting": told["waiting"]}
        print(printable(json.dumps(shown, ensure_ascii=False, indent=2)))
        return
    for station in told["stations"]:
        print(printable(_station(station)))
    for waiting in told["waiting"]:
        print(printable(_waiting(waiting)))
    if not told["stations"] and not told["waiting"]:
        print("no charger speaks OCPP with this bridge yet")


def _station(station: dict[str, Any]) -> str:
    connected = f"OCPP {station['version']} from {station['address']}, connected"
    state = connected if station["is_connected"] else "not connected"
    since = f" since {station['since']}" if station["since"] else ""
    heard = f", last message {station['last_message_at']}" if station["last_message_at"] else ""
    error = f"\n    {station['error']}" if station["error"] else ""
    return f"{station['charger']} ({station['identity']}): {state}{since}{heard}{error}"


def _waiting(waiting: dict[str, Any]) -> str:
    parts = (waiting["vendor_name"], waiting["model"], waiting["serial_number"])
    about = " ".join(part for part in parts if part) or "of an unknown maker"
    line = "encrypted" if waiting["is_encrypted"] else "not encrypted"
    password = "with a password" if waiting["has_password"] else "without a password"
    asks = f"asks to come in since {waiting['first_at']} from {waiting['address']}"
    return f"«{waiting['identity']}» {asks}: {about}, {line}, {password}"
