"""Stations of one side in a process of its own, which tells what they cost.

`python -m tests.bench.ocpp_fleet ours|package URL STATIONS READINGS VERSION` prints the bytes of memory per station
once all are connected and have told meter values, then for each line of its input, a number of samples, the CPU seconds
of them; for 0 those of a minute in which nothing happens.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from bridge.types.ocpp.version import OcppVersion
from tests.bench.ocpp_package import PackageSite
from tests.bench.ocpp_site import ChargingSite
from tests.bench.running import resident_mb

_SITES: dict[str, type[ChargingSite | PackageSite]] = {"ours": ChargingSite, "package": PackageSite}
_BYTES_PER_MB = 1e6


async def _samples(site: ChargingSite | PackageSite, count: int) -> float:
    """Return the CPU seconds of so many samples; what the bench itself prepares does not count."""
    used_s = 0.0
    for _ in range(count):
        await site.prepare()
        gc.collect()
        began_s = time.process_time()
        await site.sample()
        used_s += time.process_time() - began_s
    return used_s


async def _idle(site: ChargingSite | PackageSite) -> float:
    began_s = time.process_time()
    await site.idle()
    return time.process_time() - began_s


async def _run(side: str, url: str, count: int, readings: int, version: OcppVersion) -> None:
    questions = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        site = _SITES[side](Path(folder), url, count, readings, version)
        before_mb = resident_mb(os.getpid())
        await site.start()
        await _samples(site, 1)
        grown_mb = resident_mb(os.getpid()) - before_mb
        print(json.dumps({"bytes_per_station": grown_mb * _BYTES_PER_MB / count}), flush=True)
        while line := await questions.readline():
            print(json.dumps(await (_samples(site, int(line)) if int(line) else _idle(site))), flush=True)
        await site.stop()


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), OcppVersion(sys.argv[5])))
