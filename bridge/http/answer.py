"""Reads one HTTP answer from bytes as they arrive; knows nothing of sockets and time."""

from __future__ import annotations

import httptools

HEAD_LIMIT_BYTES = 65_536
"""bound on status line and headers together, interim answers (1xx) included"""

_BODYLESS = frozenset({204, 304})


class AnswerRefusedError(Exception):
    """The bytes are no acceptable answer; its text continues a sentence and never quotes the bytes."""


class AnswerReader:
    """One answer to one request: feed it, then look at `complete`.

    All bytes of the answer, framing included, are bounded by `limit_bytes`; that one bound also covers
    endless chunk extensions, trailers and interim answers. The parser calls the `on_…` methods.
    """

    __slots__ = (
        "_bodyless",
        "_limit_bytes",
        "_parser",
        "_pieces",
        "_refusal",
        "_until_end",
        "complete",
        "headed",
        "headers",
        "opening",
        "reusable",
        "seen_bytes",
        "status",
    )

    def __init__(self, method: str, limit_bytes: int) -> None:
        self._bodyless = method == "HEAD"
        self._limit_bytes = limit_bytes
        self._pieces: list[bytes] = []
        self._refusal = ""
        self._until_end = False
        self.complete = False
        """everything that belongs to the answer has come"""
        self.headed = False
        """the headers of the final answer have come"""
        self.headers: dict[str, str] = {}
        """names in lower case; those that occur more than once are joined with commas"""
        self.opening = b""
        """the first four bytes, by which foreign protocols can be told; never shown to anybody"""
        self.reusable = False
        """the connection can carry another request"""
        self.seen_bytes = 0
        self.status = 0
        self._parser = httptools.HttpResponseParser(self)
        # Embedded servers end lines with a bare LF and pad chunk sizes. Leniency is dangerous where two
        # parties read the same bytes differently; here nobody else reads them.
        self._parser.set_dangerous_leniencies(
            lenient_headers=True,
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )

    @property
    def body(self) -> bytes:
        """The body as it came, chunks joined."""
        return b"".join(self._pieces)

    def feed(self, data: bytes) -> None:
        """Take the next bytes; raises AnswerRefusedError, after which the reader is of no use."""
        if not self.seen_bytes:
            self.opening = data[:4]
        self.seen_bytes += len(data)
        if self.seen_bytes > self._limit_bytes:
            raise AnswerRefusedError(f"the answer is larger than {self._limit_bytes} bytes")
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise AnswerRefusedError("it switches to another protocol, which nobody asked for") from None
        except httptools.HttpParserError as error:
            if not self.complete:
                raise AnswerRefusedError(self._refusal or f"the answer is not HTTP ({error})") from None
            self.reusable = False
        if not self.headed and self.seen_bytes > HEAD_LIMIT_BYTES:
            raise AnswerRefusedError(f"the headers are larger than {HEAD_LIMIT_BYTES} bytes")

    def end(self) -> None:
        """Take note that no more will come; raises AnswerRefusedError when something is missing."""
        if self._until_end:
            self.complete = True
        elif not self.complete:
            raise AnswerRefusedError(f"the answer was cut off after {self.seen_bytes} bytes")

    def _refuse(self, refusal: str) -> None:
        self._refusal = refusal
        raise AnswerRefusedError(refusal)

    def on_message_begin(self) -> None:
        """Notice a second answer, which nobody asked for."""
        if self.complete:
            self.reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; trailers are dropped."""
        if self.headed:
            return
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1").rstrip()
        self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        """Decide how the body ends."""
        if self.complete:
            return
        status = self._parser.get_status_code()
        if status < 200:  # noqa: PLR2004 -- HTTP's own bound between interim and final answers
            if status == 101:  # noqa: PLR2004 -- Switching Protocols
                self._refuse("it switches to another protocol, which nobody asked for")
            self.headers.clear()
            return
        self.headed = True
        self.status = status
        self.reusable = self._parser.should_keep_alive()
        if self._bodyless or status in _BODYLESS:
            self.complete = True
            return
        headers = self.headers
        length = headers.get("content-length")
        if length is not None and int(length) > self._limit_bytes:
            self._refuse(f"the answer announces {int(length)} bytes, more than {self._limit_bytes}")
        encoding = headers.get("transfer-encoding")
        if encoding is not None and encoding.lower() != "chunked":
            self._refuse("the answer has a transfer encoding that nobody asked for")
        if headers.get("content-encoding", "identity").lower() not in {"", "identity"}:
            self._refuse("the answer is compressed, which nobody asked for")
        if length is None and encoding is None:
            self._until_end = True
            self.reusable = False

    def on_body(self, piece: bytes) -> None:
        """Keep a piece; after the end of the answer it is nothing that was asked for."""
        if self.complete:
            self.reusable = False
        else:
            self._pieces.append(piece)

    def on_message_complete(self) -> None:
        """Take the word of the framing that this was all."""
        if self.headed:
            self.complete = True
