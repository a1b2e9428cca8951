"""Files that a central system asks for, one at a time: the bridge's own journal, for it has no log of the charger's."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Final

from bridge.engine.waking import within
from bridge.errors import StoreError
from bridge.ports import Clock, StoreDesk
from bridge.types.journal import Entry
from bridge.types.ocpp.v2 import diagnostics as v2
from bridge.types.ocpp.v16.diagnostics import (
    DiagnosticsStatus,
    GetDiagnosticsRequest,
    GetLogRequest,
    LogStatus,
    LogType,
    UploadLogStatus,
)
from bridge.uplink.dialect import Payload, Wording
from bridge.uplink.uploads.by_ftp import send_by_ftp
from bridge.uplink.uploads.by_http import send_by_http
from bridge.uplink.uploads.extract import Extract, Packer
from bridge.uplink.uploads.target import Target, TransferError
from bridge.worker import Worker, WorkerHangsError

_LOG = logging.getLogger(__name__)

Tell = Callable[[Wording], None]
"""Sends a notification; one that cannot be sent is lost."""

LARGEST_TEXT_BYTES: Final = 50_000_000
"""of one file, before it is packed"""
MOST_REPEATS: Final = 5
LONGEST_INTERVAL_S: Final = 3600.0
ATTEMPT_LIMIT_S: Final = 600.0
_REPEATS = 2
_INTERVAL_S = 60.0
_PACK_LIMIT_S = 60.0
_CANCELED: Final = "AcceptedCanceled"
"""of an upload that was given up for another one [spec: OCPP 2.x N01.FR.20]; no word of 1.6"""
_ENTRIES_AT_ONCE = 2000
_DIAGNOSTICS_WORDS: Final = {
    UploadLogStatus.UPLOADING: DiagnosticsStatus.UPLOADING,
    UploadLogStatus.UPLOADED: DiagnosticsStatus.UPLOADED,
}


@dataclass(frozen=True, slots=True)
class _Upload:
    """What was asked for."""

    extract: Extract
    target: Target
    repeats: int
    interval_s: float
    request_id: int | None
    """of a GetLog; None for GetDiagnostics, which has none"""
    tell: Tell

    def payload(self, status: UploadLogStatus) -> Payload:
        """Return the payload of the notification that tells how far it is."""
        if self.request_id is not None:
            return {"status": status.value, "requestId": self.request_id}
        return {"status": _DIAGNOSTICS_WORDS.get(status, DiagnosticsStatus.UPLOAD_FAILED).value}

    def tell_canceled(self) -> None:
        """Tell, in OCPP 2.x, that it was given up for another one."""
        self.tell(Wording("LogStatusNotification", {"status": _CANCELED, "requestId": self.request_id}))

    def tell_status(self, status: UploadLogStatus) -> None:
        """Tell how far it is."""
        action = "DiagnosticsStatusNotification" if self.request_id is None else "LogStatusNotification"
        self.tell(Wording(action, self.payload(status)))


class Uploads:
    """Uploads of one station. Lives on the event loop.

    There is one at a time, and the newest wish counts. Who waited for the one before it is told that it failed, except
    where GetDiagnostics follows GetDiagnostics: their notifications do not say which is meant. OCPP 1.6's words for a
    log that was cancelled are only its answer to the new wish [spec: security whitepaper], hence the failure [guess];
    2.x has a word for it.
    """

    def __init__(
        self,
        name: str,
        charger: str,
        csms: str,
        desk: StoreDesk,
        clock: Clock,
        *,
        most_bytes: int = LARGEST_TEXT_BYTES,
    ) -> None:
        self._name = name
        self._charger = charger
        self._csms = csms
        self._desk = desk
        self._clock = clock
        self._most_bytes = most_bytes
        self._given_up = threading.Event()
        self._worker = Worker(f"upload of {name}", self._give_up)
        self._task: asyncio.Task[None] | None = None
        self._present: _Upload | None = None

    @property
    def diagnostics_status(self) -> str:
        """How far the upload of diagnostics is: `Uploading`, else `Idle` [spec: OCPP 1.6, 4.4 and 5.17]."""
        is_under_way = self._present is not None and self._present.request_id is None
        return (DiagnosticsStatus.UPLOADING if is_under_way else DiagnosticsStatus.IDLE).value

    @property
    def log_status(self) -> dict[str, Any]:
        """The payload of a LogStatusNotification: `Uploading` with its `requestId`, else `Idle`."""
        if self._present is None or self._present.request_id is None:
            return {"status": UploadLogStatus.IDLE.value}
        return self._present.payload(UploadLogStatus.UPLOADING)

    def start_diagnostics(self, request: GetDiagnosticsRequest, tell: Tell) -> str | None:
        """Begin to upload the journal's diagnostics; return the file's name, None for a location of no use."""
        extract = self._extract(request.start_time, request.stop_time, is_security=False)
        return self._start(extract, request.location, request.retries, request.retry_interval, None, tell)

    def start_log(self, request: GetLogRequest | v2.GetLogRequest, tell: Tell) -> tuple[LogStatus, str | None]:
        """Begin to upload diagnostics or security events; return the word of the answer and the file's name."""
        is_security = request.log_type.value == LogType.SECURITY_LOG.value
        log = request.log
        extract = self._extract(log.oldest_timestamp, log.latest_timestamp, is_security=is_security)
        status = LogStatus.ACCEPTED if self._present is None else LogStatus.ACCEPTED_CANCELED
        name = self._start(
            extract,
            log.remote_location,
            request.retries,
            request.retry_interval,
            request.request_id,
            tell,
            has_word_for_canceled=isinstance(request, v2.GetLogRequest),
        )
        return (LogStatus.REJECTED, None) if name is None else (status, name)

    async def aclose(self) -> None:
        """Give up what is under way, and tell nobody."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._present = None

    def _give_up(self) -> None:
        self._given_up.set()

    def _extract(self, oldest_at: datetime | None, latest_at: datetime | None, *, is_security: bool) -> Extract:
        return Extract(self._charger, self._csms, is_security, oldest_at, latest_at)

    def _start(
        self,
        extract: Extract,
        location: str,
        retries: int | None,
        retry_interval_s: int | None,
        request_id: int | None,
        tell: Tell,
        *,
        has_word_for_canceled: bool = False,
    ) -> str | None:
        """`retries` are repeats: with 0 it is tried once, as a test tool of OCPP's owners expects [seen]."""
        log = "security" if extract.is_security else "diagnostics"
        target = Target.of(location, f"{self._charger}-{log}-{self._clock.now():%Y%m%dT%H%M%SZ}.jsonl.gz")
        if target is None:
            _LOG.warning("%s: it wants a log where none can be sent: not http, https or ftp", self._name)
            return None
        repeats = _REPEATS if retries is None else min(max(retries, 0), MOST_REPEATS)
        interval_s = _INTERVAL_S if retry_interval_s is None else min(max(retry_interval_s, 0), LONGEST_INTERVAL_S)
        upload = _Upload(extract, target, repeats, interval_s, request_id, tell)
        replaced, before = self._present, self._task
        if before is not None:
            before.cancel()
        if replaced is not None and replaced.request_id is not None and has_word_for_canceled:
            replaced.tell_canceled()
        elif replaced is not None and (replaced.request_id, request_id) != (None, None):
            replaced.tell_status(UploadLogStatus.UPLOAD_FAILURE)
        self._present = upload
        self._task = asyncio.create_task(self._run(upload, before), name=f"upload of {self._name}")
        return target.file_name

    async def _run(self, upload: _Upload, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.gather(before, return_exceptions=True)
        upload.tell_status(UploadLogStatus.UPLOADING)
        status = await self._upload(upload)
        self._present = None  # and no waiting from here on: whoever comes next replaces nothing
        upload.tell_status(status)

    async def _upload(self, upload: _Upload) -> UploadLogStatus:
        """Return how it ended, whatever goes wrong."""
        try:
            with tempfile.TemporaryFile() as file:  # has no name, so that nobody else can open it
                await self._write(upload.extract, file)
                return await self._deliver(upload, file)
        except (StoreError, OSError, WorkerHangsError) as error:
            _LOG.warning("%s: a log could not be made: %s", self._name, error)
        except Exception:  # noqa: BLE001 -- whoever asked waits for a word
            _LOG.exception("%s: a log could not be uploaded; please report this", self._name)
        finally:
            self._worker.close()
        return UploadLogStatus.UPLOAD_FAILURE

    async def _write(self, extract: Extract, file: IO[bytes]) -> None:
        """Write what is wanted of the journal as it is now, piece by piece."""
        packer = Packer(file, self._most_bytes)
        packer.add([extract.head(self._clock.now())])
        seq, last_seq = 0, await self._desk.run(lambda store: store.last_seq())
        while seq < last_seq and not packer.is_full:
            entries = await self._entries(seq)
            if not entries:
                break
            seq = entries[-1].seq
            await self._pack(packer, extract.lines(entries))
        packer.end()

    async def _entries(self, after_seq: int) -> list[Entry]:
        return await self._desk.run(lambda store: store.journal(after_seq, _ENTRIES_AT_ONCE))

    async def _pack(self, packer: Packer, lines: Iterable[Payload]) -> None:
        await self._worker.run(lambda: packer.add(lines), _PACK_LIMIT_S)

    async def _deliver(self, upload: _Upload, file: IO[bytes]) -> UploadLogStatus:
        where = f"{upload.target.scheme}://{upload.target.host}"
        for left in range(upload.repeats, -1, -1):
            error = await self._attempt(upload.target, file)
            if error is None:
                _LOG.info("%s: %s was uploaded to %s", self._name, upload.target.file_name, where)
                return UploadLogStatus.UPLOADED
            if not (error.waiting_helps and left):
                _LOG.warning("%s: a log was not taken by %s: %s", self._name, where, error)
                return error.status
            await self._clock.sleep(upload.interval_s)
        raise AssertionError("the last attempt has an end")

    async def _attempt(self, target: Target, file: IO[bytes]) -> TransferError | None:
        try:
            await within(ATTEMPT_LIMIT_S, self._transfer(target, file), self._clock)
        except TransferError as error:
            return error
        except TimeoutError:
            return TransferError(f"it was not over after {ATTEMPT_LIMIT_S:.0f} s", waiting_helps=True)
        return None

    async def _transfer(self, target: Target, file: IO[bytes]) -> None:
        if target.scheme == "ftp":
            given_up = self._given_up = threading.Event()
            await self._worker.run(lambda: send_by_ftp(target, file, given_up), 2 * ATTEMPT_LIMIT_S)
        else:
            await send_by_http(target, file)
