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

    _add_operating(commands)

    simulate = commands.add_parser("simulate", help="a charger that speaks a vendor's API over real HTTP, or OCPP")
    _add_simulators(simulate)

    schema = commands.add_parser("schema", help="JSON schema of the config, for editors, or of the OCPP-style types")
    schema.add_argument("what", choices=["config", "types"], nargs="?", default="config")
    return parser


def _add_operating(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands for chargers that speak OCPP, which ask the bridge that runs."""
    stations = _with_running(commands.add_parser("stations", help="chargers that speak OCPP, and who asks to come in"))
    answer = stations.add_mutually_exclusive_group()
    answer.add_argument("--accept", metavar="IDENTITY", help="let this one in; needs --as")
    answer.add_argument("--turn-away", metavar="IDENTITY", help="take this one off the waiting list; it may come back")
    stations.add_argument("--as", dest="charger", metavar="ID", help="what the accepted charger is called, for ever")
    stations.add_argument("--json", action="store_true", help="for machines")

    operate = _with_running(commands.add_parser("operate", help="have a charger that speaks OCPP do something"))
    operate.add_argument("charger", metavar="CHARGER", help="its id; see `stations`")
    operate.add_argument("operation", metavar="OPERATION", nargs="?", help="such as Reset; they are listed without it")
    operate.add_argument("arguments", metavar="ARGUMENTS", nargs="?", help="as JSON, comments allowed; - reads stdin")
    operate.add_argument("--sample", action="store_true", help="print arguments to begin with, and ask nothing")


def _with_running(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--port", type=_port, help="port of the page where `run` was given another than the config's")
    return _with_config(parser)


def _add_simulators(parser: argparse.ArgumentParser) -> None:
    """Add a command for each kind of simulated charger, which is its `vendor`."""
    every = argparse.ArgumentParser(add_help=False)
    every.add_argument("--seed", type=int, default=1, help="same seed, same charger (1)")
    every.add_argument("--speed", type=float, default=1.0, help="seconds of its clock per second (1)")
    every.add_argument("--driven", action="store_true", help="no cars of its own: only what /_control asks for")

    http = argparse.ArgumentParser(add_help=False)
    http.add_argument("--host", default="127.0.0.1")
    http.add_argument("--port", type=_port, default=8090, help="8090; 0 takes a free one")
    http.add_argument("--days", type=_count, default=14, help="days of history (14)")
    http.add_argument("--connectors", type=_count, default=1, help="how many it has (1; etrel)")
    http.add_argument("--token", help="a static bearer token that it accepts")
    http.add_argument("--email", help="account of its login (etrel)")
    http.add_argument("--password", help="password of its login (etrel)")

    vendors = parser.add_subparsers(dest="vendor", required=True, metavar="KIND")
    vendors.add_parser("etrel", parents=[every, http], help="an Etrel INCH with its web API")
    vendors.add_parser("go-e", parents=[every, http], help="a go-e charger with its local API v2")
    ocpp = vendors.add_parser("ocpp", parents=[every], help="a charging station at a central system")
    ocpp.add_argument("--url", required=True, help="the central system's, ws:// or wss://, without the identity")
    ocpp.add_argument("--identity", required=True, help="the station's name there")
    ocpp.add_argument("--version", default="1.6", metavar="V", help="of OCPP: 1.6 (default), 2.0.1, 2.1, auto")
    ocpp.add_argument("--security-profile", type=_count, metavar="N", help="0 to 3; by url and password if not given")
    ocpp.add_argument("--password-file", metavar="FILE", help="holds the station's password")
    ocpp.add_argument("--password-env", metavar="NAME", help="environment variable that holds it instead")
    ocpp.add_argument("--ca-file", metavar="FILE", help="who signed the central system's certificate (PEM)")
    ocpp.add_argument("--certificate-file", metavar="FILE", help="the station's own, for security profile 3")
    ocpp.add_argument("--key-file", metavar="FILE", help="its key")
    ocpp.add_argument("--wait-for-card", action="store_true", help="charge only for a card or a start from afar")


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
