"""One TCP or TLS connection that carries one exchange after the other."""

from __future__ import annotations

import asyncio
from typing import cast

from bridge.http.answer import AnswerReader, AnswerRefusedError

_FAREWELL_S = 1.0


class LineBrokenError(Exception):
    """The connection ended or fell silent before the answer was there; its text continues a sentence."""


class Connection(asyncio.Protocol):
    """A connection; its owner sees to it that one exchange runs at a time.

    `silence_s` bounds the pause between two pieces of an answer that has begun. How long the first piece
    may take is the caller's affair: some chargers think for a minute.
    """

    def __init__(self, silence_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._silence_s = silence_s
        self._transport: asyncio.Transport | None = None
        self._lost = self._loop.create_future()
        self._reader: AnswerReader | None = None
        self._settled: asyncio.Future[None] | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._heard_s = 0.0
        self._fresh = True
        self._ended = False

    # --- what the event loop tells -------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hold back what the other side says unasked until there is somebody to judge it."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Pass bytes on to the answer; unasked ones end the connection."""
        reader = self._reader
        if reader is None or reader.complete:
            self.abort()
            return
        try:
            reader.feed(data)
        except AnswerRefusedError as error:
            self._settle(error)
            return
        if reader.complete:
            self._settle(None)
        else:
            self._heard_s = self._loop.time()
            if self._watch is None:
                self._watch = self._loop.call_later(self._silence_s, self._check_silence)

    def eof_received(self) -> None:
        """Let the answer judge whether it ends here; either way the connection is of no more use."""
        self._ended = True
        if self._reader is None or not self._reader.seen_bytes:
            return
        try:
            self._reader.end()
        except AnswerRefusedError as error:
            self._settle(error)
        else:
            self._settle(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        self._ended = True
        how = "closed the connection" if exc is None else "broke the connection"
        when = "within the answer" if self._reader is not None and self._reader.seen_bytes else "without an answer"
        self._settle(LineBrokenError(f"{how} {when}"))
        if not self._lost.done():
            self._lost.set_result(None)

    # --- what the transport asks ---------------------------------------------------------------------------

    @property
    def usable(self) -> bool:
        """Whether another exchange can be tried."""
        return self._transport is not None and not self._ended and not self._transport.is_closing()

    @property
    def certificate(self) -> bytes:
        """The other side's certificate in DER; only of a TLS connection."""
        assert self._transport is not None
        shown: bytes = self._transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return shown

    async def exchange(self, request: bytes, reader: AnswerReader) -> None:
        """Write the request and fill the reader; returns when the answer is complete.

        Raises LineBrokenError and AnswerRefusedError. Whatever ends it early, cancellation included, ends
        the connection: nobody knows which bytes would still come.
        """
        if self._transport is None or not self.usable:
            raise LineBrokenError("closed the connection without an answer")
        settled = self._loop.create_future()
        self._reader, self._settled = reader, settled
        try:
            self._transport.write(request)
            if self._fresh:
                self._fresh = False
                self._transport.resume_reading()
            await settled
            if not reader.reusable:
                self.abort()
        except BaseException:
            self.abort()
            raise
        finally:
            self._reader = self._settled = None
            if self._watch is not None:
                self._watch.cancel()
                self._watch = None

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    async def close(self) -> None:
        """End the connection and wait until the socket is let go of."""
        self.abort()
        if self._transport is not None:
            await asyncio.wait({self._lost}, timeout=_FAREWELL_S)

    def _settle(self, error: Exception | None) -> None:
        settled = self._settled
        if settled is None or settled.done():
            return
        if error is None:
            settled.set_result(None)
        else:
            settled.set_exception(error)

    def _check_silence(self) -> None:
        left_s = self._heard_s + self._silence_s - self._loop.time()
        if left_s > 0:
            self._watch = self._loop.call_later(left_s, self._check_silence)
        else:
            self._settle(LineBrokenError(f"fell silent within the answer for {self._silence_s:g} s"))
