"""A small HTTP server in a thread that answers as a function says: a database, a router's page, a TLS charger."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    authorization: str
    body: str


@dataclass(frozen=True)
class Reply:
    """What is answered; JSON unless told otherwise."""

    status: int = 204
    body: str = ""
    content_type: str = "application/json"


class HttpServer:
    """Listens on a free port of loopback from entering to leaving; keeps what it was asked."""

    def __init__(self, answer: Callable[[Asked], Reply], tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10.0

            def _answer(self) -> None:
                target = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
                authorization = self.headers.get("authorization", "")
                question = Asked(self.command, target.path, parse_qs(target.query), authorization, body)
                asked.append(question)
                reply = answer(question)
                self.send_response(reply.status)
                self.send_header("content-type", reply.content_type)
                self.send_header("content-length", str(len(reply.body.encode())))
                self.end_headers()
                self.wfile.write(reply.body.encode())

            do_GET = do_POST = _answer  # noqa: N815 -- the standard library's own names

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the same
                """Say nothing."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        scheme = "http"
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.02), name="small HTTP server")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that goes away in the middle is part of the scene."""
