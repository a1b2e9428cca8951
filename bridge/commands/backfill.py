"""`chargebridge backfill`: fetch what is missing, with a progress bar; also beside a running bridge."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from tqdm import tqdm

from bridge.app import build_charger, new_board
from bridge.clock import SystemClock
from bridge.config.load import Config, ConfiguredCharger, load_config
from bridge.config.model import CONNECTING
from bridge.engine.beginning import begin_history
from bridge.engine.board import Board, Progress
from bridge.engine.history import History
from bridge.engine.recorder import Recorder
from bridge.engine.verification import verify_series
from bridge.errors import ChargerError, ChargerUnsupportedError, ConfigError
from bridge.ports import Clock, StoreDesk
from bridge.store.desk import StoreThread
from bridge.store.sqlite import open_store
from bridge.types.facts import EPOCH

_PAUSE_S = 10.0
_MOST_ROUNDS = 1000


def main(options: argparse.Namespace) -> int:
    """Fill every hole once, or until there is none; status 0 when nothing is missing then, 1 otherwise."""
    config = load_config(options.config, os.environ)
    wanted = [c for c in config.chargers if options.charger in {None, c.options.id}]
    if not wanted:
        known = ", ".join(c.options.id for c in config.chargers)
        raise ConfigError("--charger", f"no charger is called «{options.charger}»", todo=f"Known: {known}")
    rounds = _MOST_ROUNDS if options.until_complete else 1
    complete = asyncio.run(_fill_all(config, wanted, rounds, ask_again=options.ask_again))
    print("complete" if complete else "not complete; see `chargebridge verify`")
    return 0 if complete else 1


async def _fill_all(config: Config, wanted: list[ConfiguredCharger], rounds: int, *, ask_again: bool) -> bool:
    clock = SystemClock()
    desk = StoreThread(open_store(config.data_dir))
    try:
        board = new_board(config, clock)
        done = [await _fill(charger, config, desk, board, clock, rounds, ask_again=ask_again) for charger in wanted]
    finally:
        await desk.aclose()
    return all(done)


async def _fill(
    configured: ConfiguredCharger,
    config: Config,
    desk: StoreDesk,
    board: Board,
    clock: Clock,
    rounds: int,
    *,
    ask_again: bool,
) -> bool:
    options = configured.options
    if options.type == CONNECTING:
        print(f"{options.id}: it connects by itself and tells everything once, so there is nothing to fetch")
        return True

    since_at = await desk.run(
        lambda store: begin_history(store, options.id, options.history_since, config.zone, clock.now())
    )
    charger = build_charger(configured, clock)
    bar = tqdm(desc=options.id, unit=" intervals", unit_scale=True, disable=not sys.stderr.isatty())

    def tell(progress: Progress) -> None:
        bar.total = progress.total
        bar.update(progress.done - bar.n)

    history = History(board.chargers[options.id], charger, desk, Recorder(desk, clock, board), clock, since_at, tell)
    try:
        for number in range(rounds):
            if number:
                await clock.sleep(_PAUSE_S)
            failed: ChargerError | None = None
            try:
                await history.fill(ask_absent_since=EPOCH if ask_again and not number else None)
            except ChargerError as error:
                failed = error
                again = number + 1 < rounds and error.waiting_helps
                error.meanwhile = f"Tried again in {_PAUSE_S:.0f} s" if again else ""
                bar.write(str(error), file=sys.stderr)
            found = await desk.run(lambda store: verify_series(store, options.id, since_at, clock.now()))
            whole = bool(found) and all(finding.complete for finding in found)
            # What a firmware does not have cannot be fetched, and is not what is missing.
            if whole and (failed is None or isinstance(failed, ChargerUnsupportedError)):
                return True
            if failed is not None and not failed.waiting_helps:
                return False
    finally:
        bar.close()
        await charger.aclose()
    return False
