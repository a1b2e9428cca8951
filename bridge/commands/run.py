"""`chargebridge run`: poll, keep, draw and deliver until stopped."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys

from bridge.app import Running, run_bridge
from bridge.clock import SystemClock
from bridge.config.load import load_config

_LOG = logging.getLogger(__name__)


def set_up_logging() -> None:
    """Log to standard error: time, level, sentence."""
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)-7s %(message)s",
        datefmt="%d %b %H:%M:%S",
    )
    # A line per request would be a line per poll.
    for noisy in ("httpx", "httpcore", "schedule", "uvicorn", "websockets"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def main(options: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT."""
    set_up_logging()
    flags = {} if options.port is None else {"web.port": str(options.port)}
    config = load_config(options.config, os.environ, flags)

    def tell(running: Running) -> None:
        _LOG.info("the page is at %s; chargers: %d", running.web.url, len(config.chargers))

    async def run() -> None:
        await run_bridge(config, SystemClock(), stop_on_signals(), tell)

    asyncio.run(run())
    return 0
