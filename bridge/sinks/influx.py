"""The InfluxDB sink: prebuilt line protocol through the official client, one attempt a write.

The client's own batching, retries and background threads are left alone: they lose data at the end of the
program and let a dead server starve a live one [seen, influxdb-client 1.50]. The pump does all that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from pydantic import SecretStr

from bridge.errors import SinkUnavailableError
from bridge.sinks.lines import LineProtocol
from bridge.sinks.options import InfluxOptions
from bridge.worker import Worker, WorkerHangsError

if TYPE_CHECKING:
    from bridge.sinks.influx_client import InfluxClient

T = TypeVar("T")

CLOSE_LIMIT_S = 2.0
GRACE_S = 2.0
"""the client's own time limits begin anew with every packet; this one on top of them does not"""


class InfluxSink:
    """`bridge.sinks.sink.Sink`; the client library is imported at the first write, in this sink's thread."""

    def __init__(self, options: InfluxOptions, site: str, token: SecretStr | None) -> None:
        self.name = options.name
        self.url = options.url
        self.wording = LineProtocol(site)
        self.where = f"sink {options.name} ({options.url})"
        self._site = site
        self._options = options
        self._token = token
        self._client: InfluxClient | None = None
        self._worker = Worker(f"sink-{options.name}", self._forget_client)

    async def write(self, lines: Sequence[str]) -> bool:
        """Deliver all lines in one request; True when a connection was opened for it."""
        payload = "\n".join(lines).encode()
        return await self._run(lambda client: client.write(payload), GRACE_S)

    async def probe(self) -> str:
        """Write a test point, read it back, and return what was seen as a sentence.

        Raises the same errors as `write`, and SinkRefusedError when the point was taken and cannot be read.
        """
        from bridge.sinks.influx_probe import LIMIT_S, probe  # noqa: PLC0415 -- imports the client library

        site = self._site
        return await self._run(lambda client: probe(client, site), LIMIT_S)

    async def aclose(self) -> None:
        """Close the connection; a request that still hangs is left behind."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(WorkerHangsError):
                await self._worker.run(client.close, CLOSE_LIMIT_S)
        self._worker.close()

    async def _run(self, work: Callable[[InfluxClient], T], extra_s: float) -> T:
        limit_s = self._options.timeout_s + extra_s
        try:
            if self._client is None:
                self._client = await self._worker.run(self._open, limit_s)
            client = self._client
            return await self._worker.run(lambda: work(client), limit_s)
        except WorkerHangsError as error:
            raise SinkUnavailableError(
                self.where, f"no whole answer ({error})", todo="Check the server's load and its log"
            ) from error

    def _open(self) -> InfluxClient:
        from bridge.sinks.influx_client import InfluxClient  # noqa: PLC0415 -- 30 MB that only a sink needs

        token = None if self._token is None else self._token.get_secret_value()
        return InfluxClient(self._options, self.where, token)

    def _forget_client(self) -> None:
        self._client = None
