"""collectd's curl_json as a second baseline: C all the way, the nearest thing to the limit (Debian: collectd-core)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.farm import Farm

INTERVAL_S = 0.1
"""asked a hundred times as often as usual, so that a few seconds are enough to measure"""
_RUN_S = 5.0
_SEEN = (
    "evses/*/connectors/*/onlineData/power",
    "evses/*/connectors/*/onlineData/phase1Current",
    "evses/*/connectors/*/onlineData/consumedEnergy",
    "powerManagement/loadGuard/buildingTotalPower",
    "powerManagement/cluster/totalPower",
)

_ONE_THREAD = "ReadThreads 1\nWriteThreads 1\n"
"""its five threads of each kind wake each other at every value; one is the cheapest that it can do"""
_DROP = 'PostCacheChain "drop"\n<Chain "drop">\n  Target "stop"\n</Chain>\n'
"""without an output it would log five lines per poll"""


def program() -> Path | None:
    """Return where collectd is; Debian keeps it off the path of ordinary users."""
    found = shutil.which("collectd", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin")))
    return None if found is None else Path(found)


def installed() -> bool:
    """Tell whether it can be compared with."""
    path = program()
    return path is not None and (path.parents[1] / "lib/collectd/curl_json.so").exists()


def cpu_per_poll_ms(farm: Farm) -> float:
    """Return milliseconds of CPU per poll, without what its start costs."""
    idle_s, idle_polls = _run(farm, 3600.0)
    busy_s, busy_polls = _run(farm, INTERVAL_S)
    return (busy_s - idle_s) * 1000 / (busy_polls - idle_polls)


def _run(farm: Farm, interval_s: float) -> tuple[float, int]:
    """Return CPU seconds and polls of one run."""
    path = program()
    assert path is not None
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "collectd.conf")
        config.write_text(_config(path.parents[1], Path(folder), farm.urls, interval_s), encoding="ascii")
        before = farm.polls()
        process = subprocess.Popen(
            [path, "-f", "-C", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(_RUN_S)  # what is measured is a span of time
        process.send_signal(signal.SIGTERM)
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
        return used.ru_utime + used.ru_stime, farm.polls() - before


def _config(prefix: Path, folder: Path, urls: Sequence[str], interval_s: float) -> str:
    keys = "".join(f'    <Key "{key}">\n      Type "gauge"\n    </Key>\n' for key in _SEEN)
    blocks = "".join(
        f'  <URL "{url}/api/generalStatus/">\n    Instance "charger{number}"\n{keys}  </URL>\n'
        for number, url in enumerate(urls)
    )
    return (
        f'BaseDir "{folder}"\nPluginDir "{prefix}/lib/collectd"\nTypesDB "{prefix}/share/collectd/types.db"\n'
        f"Interval {interval_s}\n{_ONE_THREAD}{_DROP}LoadPlugin curl_json\n<Plugin curl_json>\n{blocks}</Plugin>\n"
    )
