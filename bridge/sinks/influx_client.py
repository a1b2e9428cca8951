"""The client library's side of the InfluxDB sink: blocking calls, foreign errors translated. Imports it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import urllib3
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS

from bridge.sinks.influx_answers import translate
from bridge.sinks.options import InfluxOptions

T = TypeVar("T")


class InfluxClient:
    """One connection to one bucket; every call blocks, within the time limit of the options per packet."""

    def __init__(self, options: InfluxOptions, where: str, token: str | None) -> None:
        if not options.verify_tls:
            # It was asked for in the config; a warning per write tells nobody anything.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self.where = where
        self.bucket = options.bucket
        self._token = token
        self._url = options.url.rstrip("/")
        # Neither retries nor redirects (both off by default), nor a proxy from the environment.
        # Any, because the library's annotations are partial and some are wrong (token, write_precision).
        library: Any = InfluxDBClient
        self._client = library(
            url=self._url,
            token=token,
            org=options.org,
            timeout=int(options.timeout_s * 1000),
            verify_ssl=options.verify_tls,
            connection_pool_maxsize=1,
        )
        self._rest = self._client.api_client.rest_client
        self._connects = 0
        self._count_connects()
        self._write = self._client.write_api(write_options=SYNCHRONOUS).write

    def write(self, payload: bytes) -> bool:
        """Write line protocol with times in seconds; True when a connection was opened for it."""
        before = self._connects
        self._call(lambda: self._write(bucket=self.bucket, record=payload, write_precision="s"))
        return self._connects > before

    def get(self, path: str, query: dict[str, str]) -> str:
        """Return the body of an answer to a GET."""
        headers = dict(self._client.api_client.default_headers)
        return str(self._call(lambda: self._rest.GET(self._url + path, headers=headers, query_params=query)).data)

    def flux(self, query: str) -> list[Any]:
        """Return the values that a Flux query finds."""
        return [r.get_value() for t in self._call(lambda: self._client.query_api().query(query)) for r in t.records]

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _count_connects(self) -> None:
        """Count how often a connection is opened; the pool's own count leaves out those that are opened anew."""
        client = self
        pool = self._rest.pool_manager.connection_from_url(self._url)
        kind: Any = pool.ConnectionCls

        class Counted(kind):  # type: ignore[misc]  # HTTP or HTTPS, known only here
            def connect(self) -> None:
                client._connects += 1
                super().connect()

        pool.ConnectionCls = Counted

    def _call(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except Exception as error:  # noqa: BLE001 -- a surprise of the library must not end the delivery
            translated = translate(self.where, error, self._hide)
        # Without the foreign error as its cause: that one's text shows headers.
        raise translated

    def _hide(self, text: str) -> str:
        if not self._token:
            return text
        return text.replace(self._token, "***").replace(json.dumps(self._token)[1:-1], "***")
