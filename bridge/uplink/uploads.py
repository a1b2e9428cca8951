"""Files that a central system asks for: the bridge's own journal, for it has no log of the charger's.

What goes out is named key by key, so that nothing new in the journal leaves the house by itself: states, health,
commands, register resets, clock jumps and security events. Charging sessions are not in it, nor who charged.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import tempfile
import threading
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import IO, Any, Final
from urllib.parse import quote, unquote, urlsplit

from bridge.engine.waking import within
from bridge.errors import StoreError
from bridge.http.tls import authority_context
from bridge.ports import Clock, StoreDesk
from bridge.types.facts import to_rfc3339
from bridge.types.journal import Entry, EntryKind
from bridge.types.ocpp.v16.diagnostics import (
    DiagnosticsStatus,
    GetDiagnosticsRequest,
    GetLogRequest,
    LogStatus,
    LogType,
    UploadLogStatus,
)
from bridge.uplink.dialect import Payload, Wording
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
_CONNECT_S = 10.0
_SILENCE_S = 60.0
_PACK_LIMIT_S = 60.0
_ENTRIES_AT_ONCE = 2000
_PIECE_BYTES = 65_536
_LONGEST_LOCATION = 2048
_LONGEST_NAME = 255
_WBITS_OF_GZIP = 31
_MASK = "***"

_TOLD: Final[Mapping[EntryKind, tuple[str, ...]]] = {
    EntryKind.STATUS: ("connector_id", "evse_id", "status", "previous", "raw"),
    EntryKind.HEALTH: ("health", "previous", "last_heard_us"),
    EntryKind.REGISTER_RESET: ("connector_id", "before_wh", "after_wh"),
    EntryKind.CLOCK_JUMP: ("jump_s",),
    EntryKind.COMMAND: ("command", "origin", "given", "phase", "status", "detail"),
    EntryKind.SECURITY: ("type", "info", "critical"),
}
"""what goes out of which entries"""


# --- what goes out ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Extract:
    """Which entries of the journal are wanted."""

    charger: str
    csms: str
    is_security: bool
    oldest_at: datetime | None
    latest_at: datetime | None

    def head(self, now: datetime) -> Payload:
        """Return the first line: what this file is."""
        return {
            "file": f"{'security events' if self.is_security else 'journal'} of chargebridge, no log of the charger's",
            "charger": self.charger,
            "made_at": to_rfc3339(now),
            "oldest_at": None if self.oldest_at is None else to_rfc3339(self.oldest_at),
            "latest_at": None if self.latest_at is None else to_rfc3339(self.latest_at),
        }

    def lines(self, entries: Iterable[Entry]) -> Iterable[Payload]:
        """Yield a line for each entry that is wanted."""
        return (self._line(entry) for entry in entries if self._wants(entry))

    def _wants(self, entry: Entry) -> bool:
        if entry.charger not in (self.charger, "") or entry.kind not in _TOLD:
            return False
        if self.oldest_at is not None and entry.at < self.oldest_at:
            return False
        if self.latest_at is not None and entry.at > self.latest_at:
            return False
        if entry.kind is EntryKind.SECURITY:
            return entry.body.get("csms") in (None, self.csms)
        return not self.is_security

    def _line(self, entry: Entry) -> Payload:
        told = {key: entry.body[key] for key in _TOLD[entry.kind] if key in entry.body}
        if entry.kind is EntryKind.COMMAND:
            told = self._masked(told)
        return {"seq": entry.seq, "at": to_rfc3339(entry.at), "kind": entry.kind.value, **told}

    def _masked(self, told: Payload) -> Payload:
        """Leave out who charged, and what other central systems are called."""
        origin = str(told.get("origin", ""))
        if origin.startswith("ocpp ") and origin != f"ocpp {self.csms}":
            told["origin"] = "another central system"
        given = told.get("given") or {}
        id_token = given.get("id_token")
        if id_token:
            told["given"] = {**given, "id_token": _MASK}
            if "detail" in told:  # words of a charger, which may repeat it
                told["detail"] = str(told["detail"]).replace(id_token, _MASK)
        return told


class _Packer:
    """Writes JSON lines, gzipped, into a file, and ends with a word about it where they become too many."""

    def __init__(self, file: IO[bytes], most_bytes: int) -> None:
        self._file = file
        self._most_bytes = most_bytes
        self._bytes = 0
        self._gzip = zlib.compressobj(wbits=_WBITS_OF_GZIP)
        self.is_full = False

    def add(self, lines: Iterable[Payload]) -> None:
        """Write lines as long as there is room."""
        for line in lines:
            text = json.dumps(line, separators=(",", ":")).encode() + b"\n"
            self._bytes += len(text)
            if self._bytes > self._most_bytes:
                self.is_full = True
                end = {"cut": f"here are {self._most_bytes} bytes, which is the most; ask for a shorter range"}
                text = json.dumps(end).encode() + b"\n"
            self._file.write(self._gzip.compress(text))
            if self.is_full:
                return

    def end(self) -> None:
        """Write what is still held back."""
        self._file.write(self._gzip.flush())
        self._file.flush()


# --- where it goes ---------------------------------------------------------------------------------------------------


class _TransferError(Exception):
    """A file was not taken. Its text continues «… was not taken: » and holds no secret."""

    def __init__(
        self, seen: str, status: UploadLogStatus = UploadLogStatus.UPLOAD_FAILURE, *, waiting_helps: bool = False
    ) -> None:
        super().__init__(seen)
        self.status = status
        self.waiting_helps = waiting_helps


@dataclass(frozen=True, slots=True)
class _Target:
    """A location taken apart."""

    scheme: str
    host: str
    port: int | None
    path: str
    """percent-encoded, with the file's name"""
    query: str = field(repr=False)
    """may be a signature"""
    user: str | None = field(repr=False)
    password: str = field(repr=False)

    @classmethod
    def of(cls, location: str, file_name: str) -> _Target | None:
        """Take a location apart; None for one that cannot be used.

        Without a path, or with one that ends in `/`, it is a folder, and the name is appended; everything else is the
        file itself: so EVerest's uploader has it, by way of curl [seen], and so signed addresses of object stores
        need it. OCPP 1.6 says «directory» and no more [guess].
        """
        try:
            parts = urlsplit(location)
            port = parts.port
        except ValueError:
            return None
        user = None if parts.username is None else unquote(parts.username)
        password = unquote(parts.password or "")
        decoded = (location, unquote(parts.path), user or "", password)
        if parts.scheme not in ("http", "https", "ftp") or not parts.hostname or len(location) > _LONGEST_LOCATION:
            return None
        if not all(text.isprintable() for text in decoded):  # a line break would be a command to an FTP server
            return None
        path = parts.path if parts.path and not parts.path.endswith("/") else (parts.path or "/") + quote(file_name)
        return cls(parts.scheme, parts.hostname, port, path, parts.query, user, password)

    @property
    def file_name(self) -> str:
        """The file's name at its end."""
        return unquote(self.path.rpartition("/")[2])[:_LONGEST_NAME]

    @property
    def url(self) -> str:
        """The address without user and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}" + (f"?{self.query}" if self.query else "")


async def _send_by_http(target: _Target, file: IO[bytes]) -> None:
    """PUT a file, or POST it where the server knows no PUT."""
    headers = {
        "Content-Type": "application/gzip",
        "Content-Length": str(file.seek(0, io.SEEK_END)),
        "User-Agent": "chargebridge",
        "Accept-Encoding": "identity",
    }
    if target.user is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{target.user}:{target.password}".encode()).decode()
    status = await _status_of("PUT", target, file, headers)
    if status in (HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED):
        status = await _status_of("POST", target, file, headers)
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    seen, said = f"the server answered {status}", _HTTP_WORDS.get(status)
    if said is not None:
        raise _TransferError(seen, said)
    raise _TransferError(seen, waiting_helps=status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR)


async def _status_of(method: str, target: _Target, file: IO[bytes], headers: Mapping[str, str]) -> int:
    """Send a file and return the answer's status. No redirect, no proxy, and the answer's body is not read."""
    import httpx  # noqa: PLC0415 -- a rare occasion

    async def pieces() -> AsyncIterator[bytes]:
        file.seek(0)
        while piece := file.read(_PIECE_BYTES):
            yield piece

    timeout = httpx.Timeout(_SILENCE_S, connect=_CONNECT_S)
    try:
        async with (
            httpx.AsyncClient(
                verify=authority_context(), trust_env=False, follow_redirects=False, timeout=timeout
            ) as client,
            client.stream(method, target.url, content=pieces(), headers=headers) as response,
        ):
            return response.status_code
    except httpx.InvalidURL:
        raise _TransferError("nobody can be reached there", UploadLogStatus.BAD_MESSAGE) from None
    except httpx.ConnectError as error:
        raise _TransferError(f"no connection: {str(error)[:200]}", waiting_helps=True) from None
    except httpx.HTTPError as error:
        raise _TransferError(f"the line broke ({type(error).__name__})", waiting_helps=True) from None


_PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
_HTTP_WORDS: Final[Mapping[int, UploadLogStatus]] = {
    400: UploadLogStatus.BAD_MESSAGE,
    401: UploadLogStatus.PERMISSION_DENIED,
    403: UploadLogStatus.PERMISSION_DENIED,
    405: UploadLogStatus.NOT_SUPPORTED_OPERATION,
    411: UploadLogStatus.BAD_MESSAGE,
    415: UploadLogStatus.BAD_MESSAGE,
    422: UploadLogStatus.BAD_MESSAGE,
    501: UploadLogStatus.NOT_SUPPORTED_OPERATION,
}


def _send_by_ftp(target: _Target, file: IO[bytes], given_up: threading.Event) -> None:
    """Store a file at an FTP server, in passive mode; folders that are not there are not made. Blocks."""
    import ftplib  # noqa: PLC0415 -- a rare occasion

    def go_on(_piece: bytes) -> None:
        if given_up.is_set():
            raise EOFError

    file.seek(0)
    *folders, name = (unquote(part) for part in target.path.split("/"))
    try:
        with ftplib.FTP(timeout=_SILENCE_S) as ftp:  # noqa: S321 -- it is what many central systems have
            ftp.connect(target.host, target.port or ftplib.FTP_PORT)
            ftp.login(target.user or "", target.password)
            for folder in filter(None, folders):
                ftp.cwd(folder)
            ftp.storbinary(f"STOR {name}", file, _PIECE_BYTES, go_on)
    except ftplib.error_perm as error:
        code = str(error)[:3]
        said = _FTP_WORDS.get(code, UploadLogStatus.UPLOAD_FAILURE)
        raise _TransferError(f"the server answered {code}", said) from None
    except (OSError, EOFError, ftplib.Error) as error:
        raise _TransferError(f"the line broke ({type(error).__name__})", waiting_helps=True) from None


_FTP_WORDS: Final[Mapping[str, UploadLogStatus]] = {
    "500": UploadLogStatus.BAD_MESSAGE,
    "501": UploadLogStatus.BAD_MESSAGE,
    "502": UploadLogStatus.NOT_SUPPORTED_OPERATION,
    "504": UploadLogStatus.NOT_SUPPORTED_OPERATION,
    "530": UploadLogStatus.PERMISSION_DENIED,
    "532": UploadLogStatus.PERMISSION_DENIED,
    "550": UploadLogStatus.PERMISSION_DENIED,
    "553": UploadLogStatus.PERMISSION_DENIED,
}


# --- one upload at a time --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Upload:
    """What was asked for."""

    extract: _Extract
    target: _Target
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

    def tell_status(self, status: UploadLogStatus) -> None:
        """Tell how far it is."""
        action = "DiagnosticsStatusNotification" if self.request_id is None else "LogStatusNotification"
        self.tell(Wording(action, self.payload(status)))


_DIAGNOSTICS_WORDS: Final = {
    UploadLogStatus.UPLOADING: DiagnosticsStatus.UPLOADING,
    UploadLogStatus.UPLOADED: DiagnosticsStatus.UPLOADED,
}


class Uploads:
    """Uploads of one station. Lives on the event loop.

    There is one at a time, and the newest wish counts. Who waited for the one before it is told that it failed, except
    where GetDiagnostics follows GetDiagnostics: their notifications do not say which is meant. OCPP 1.6's words for a
    log that was cancelled are only its answer to the new wish [spec: security whitepaper], hence the failure [guess].
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

    def start_log(self, request: GetLogRequest, tell: Tell) -> tuple[LogStatus, str | None]:
        """Begin to upload diagnostics or security events; return the word of the answer and the file's name."""
        is_security = request.log_type is LogType.SECURITY_LOG
        log = request.log
        extract = self._extract(log.oldest_timestamp, log.latest_timestamp, is_security=is_security)
        status = LogStatus.ACCEPTED if self._present is None else LogStatus.ACCEPTED_CANCELED
        name = self._start(
            extract, log.remote_location, request.retries, request.retry_interval, request.request_id, tell
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

    def _extract(self, oldest_at: datetime | None, latest_at: datetime | None, *, is_security: bool) -> _Extract:
        return _Extract(self._charger, self._csms, is_security, oldest_at, latest_at)

    def _start(
        self,
        extract: _Extract,
        location: str,
        retries: int | None,
        retry_interval_s: int | None,
        request_id: int | None,
        tell: Tell,
    ) -> str | None:
        """`retries` are repeats: with 0 it is tried once, as a test tool of OCPP's owners expects [seen]."""
        log = "security" if extract.is_security else "diagnostics"
        target = _Target.of(location, f"{self._charger}-{log}-{self._clock.now():%Y%m%dT%H%M%SZ}.jsonl.gz")
        if target is None:
            _LOG.warning("%s: it wants a log where none can be sent: not http, https or ftp", self._name)
            return None
        repeats = _REPEATS if retries is None else min(max(retries, 0), MOST_REPEATS)
        interval_s = _INTERVAL_S if retry_interval_s is None else min(max(retry_interval_s, 0), LONGEST_INTERVAL_S)
        upload = _Upload(extract, target, repeats, interval_s, request_id, tell)
        replaced, before = self._present, self._task
        if before is not None:
            before.cancel()
        if replaced is not None and (replaced.request_id, request_id) != (None, None):
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

    async def _write(self, extract: _Extract, file: IO[bytes]) -> None:
        """Write what is wanted of the journal as it is now, piece by piece."""
        packer = _Packer(file, self._most_bytes)
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

    async def _pack(self, packer: _Packer, lines: Iterable[Payload]) -> None:
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

    async def _attempt(self, target: _Target, file: IO[bytes]) -> _TransferError | None:
        try:
            await within(ATTEMPT_LIMIT_S, self._transfer(target, file), self._clock)
        except _TransferError as error:
            return error
        except TimeoutError:
            return _TransferError(f"it was not over after {ATTEMPT_LIMIT_S:.0f} s", waiting_helps=True)
        return None

    async def _transfer(self, target: _Target, file: IO[bytes]) -> None:
        if target.scheme == "ftp":
            given_up = self._given_up = threading.Event()
            await self._worker.run(lambda: _send_by_ftp(target, file, given_up), 2 * ATTEMPT_LIMIT_S)
        else:
            await _send_by_http(target, file)
