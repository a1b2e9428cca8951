"""The command line: what can be asked for. Each command is imported when it is asked for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module, metadata
from pathlib import Path
from typing import cast

from bridge.errors import BridgeError, ConfigError

EXIT_CONFIG = 78
"""the config cannot be used (sysexits EX_CONFIG)"""
EXIT_ERROR = 1
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status: 0 good, 1 something found or failed, 2 usage, 78 config."""
    options = _parser().parse_args(arguments)
    module = import_module(f"bridge.commands.{options.command}")
    command = cast("Callable[[argparse.Namespace], int]", module.main)
    try:
        return command(options)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return EXIT_CONFIG
    except BridgeError as error:
        print(error, file=sys.stderr)
        return EXIT_ERROR
    except BrokenPipeError:
        # Whoever read the output has enough; the rest would go to a closed pipe at exit again.
        sys.stdout = None
        return EXIT_ERROR
    except KeyboardInterrupt:
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chargebridge", description="Keeps what EV chargers with a local web API say, draws it and passes it on."
    )
    parser.add_argument("--version", action="version", version=f"chargebridge {_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="two simulated chargers and the page, nothing to set up")
    demo.add_argument("--port", type=_port, default=8484, help="port of the page (8484; 0 takes a free one)")
    demo.add_argument("--data-dir", type=Path, help="keep the data there; without it, it is forgotten at the end")

    demo.add_argument(
        "--csms", action="store_true", help="with a central system: two OCPP stations, and what they tell it"
    )

    run = _with_config(commands.add_parser("run", help="poll, keep, draw and deliver until stopped"))
    run.add_argument("--port", type=_port, help="port of the page instead of the config's")

    _with_config(commands.add_parser("check", help="test config, chargers, InfluxDB and central systems, line by line"))

    verify = _with_config(commands.add_parser("verify", help="what is held against what there should be"))
    verify.add_argument("--json", action="store_true", help="for machines")

    backfill = _with_config(commands.add_parser("backfill", help="fetch what is missing, with a progress bar"))
    backfill.add_argument("--until-complete", action="store_true", help="go on until nothing is missing")
    backfill.add_argument(
        "--ask-again", action="store_true", help="ask again for what the charger once said it does not have"
    )
    backfill.add_argument("--charger", metavar="ID", help="only this one")

    export = _with_config(commands.add_parser("export", help="CSV or JSON lines to standard output"))
    export.add_argument("what", choices=["power", "sessions"])
    export.add_argument("--charger", metavar="ID", help="only this one")
    export.add_argument("--from", dest="from_at", type=_instant, metavar="T", help="2026-01-31 or RFC 3339")
    export.add_argument("--to", dest="to_at", type=_instant, metavar="T", help="likewise, not included")
    export.add_argument("--format", choices=["csv", "jsonl"], default="csv")

    simulate = commands.add_parser("simulate", help="a charger that speaks a vendor's API over real HTTP")
    simulate.add_argument("vendor", choices=["etrel", "go-e"])
    simulate.add_argument("--host", default="127.0.0.1")
    simulate.add_argument("--port", type=_port, default=8090, help="8090; 0 takes a free one")
    simulate.add_argument("--days", type=_count, default=14, help="days of history (14)")
    simulate.add_argument("--seed", type=int, default=1, help="same seed, same charger (1)")
    simulate.add_argument("--connectors", type=_count, default=1, help="how many it has (1; etrel)")
    simulate.add_argument("--speed", type=float, default=1.0, help="seconds of its clock per second (1)")
    simulate.add_argument("--driven", action="store_true", help="no cars of its own: only what /_control asks for")
    simulate.add_argument("--token", help="a static bearer token that it accepts")
    simulate.add_argument("--email", help="account of its login (etrel)")
    simulate.add_argument("--password", help="password of its login (etrel)")

    schema = commands.add_parser("schema", help="JSON schema of the config, for editors, or of the OCPP-style types")
    schema.add_argument("what", choices=["config", "types"], nargs="?", default="config")
    return parser


def _version() -> str:
    try:
        return metadata.version("chargebridge")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def _with_config(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("-c", "--config", type=Path, required=True, metavar="FILE")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:  # noqa: PLR2004 -- what a port is
        raise argparse.ArgumentTypeError(f"a port is 0 to 65535, not {port}")
    return port


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def _instant(text: str) -> datetime:
    """Read a date or an RFC 3339 time; one without a zone is left naive and gets the site's zone later."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"«{text}» is no date like 2026-01-31 and no RFC 3339 time") from None
    return instant.astimezone(UTC) if instant.tzinfo else instant
