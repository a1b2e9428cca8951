"""A file on its way to an FTP server."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import IO, Final
from urllib.parse import unquote

from bridge.types.ocpp.v16.diagnostics import UploadLogStatus
from bridge.uplink.uploads.target import PIECE_BYTES, SILENCE_S, Target, TransferError

_WORDS: Final[Mapping[str, UploadLogStatus]] = {
    "500": UploadLogStatus.BAD_MESSAGE,
    "501": UploadLogStatus.BAD_MESSAGE,
    "502": UploadLogStatus.NOT_SUPPORTED_OPERATION,
    "504": UploadLogStatus.NOT_SUPPORTED_OPERATION,
    "530": UploadLogStatus.PERMISSION_DENIED,
    "532": UploadLogStatus.PERMISSION_DENIED,
    "550": UploadLogStatus.PERMISSION_DENIED,
    "553": UploadLogStatus.PERMISSION_DENIED,
}


def send_by_ftp(target: Target, file: IO[bytes], given_up: threading.Event) -> None:
    """Store a file at an FTP server, in passive mode; folders that are not there are not made. Blocks."""
    import ftplib  # noqa: PLC0415 -- a rare occasion

    def go_on(_piece: bytes) -> None:
        if given_up.is_set():
            raise EOFError

    file.seek(0)
    *folders, name = (unquote(part) for part in target.path.split("/"))
    try:
        with ftplib.FTP(timeout=SILENCE_S) as ftp:  # noqa: S321 -- it is what many central systems have
            ftp.connect(target.host, target.port or ftplib.FTP_PORT)
            ftp.login(target.user or "", target.password)
            for folder in filter(None, folders):
                ftp.cwd(folder)
            ftp.storbinary(f"STOR {name}", file, PIECE_BYTES, go_on)
    except ftplib.error_perm as error:
        code = str(error)[:3]
        said = _WORDS.get(code, UploadLogStatus.UPLOAD_FAILURE)
        raise TransferError(f"the server answered {code}", said) from None
    except (OSError, EOFError, ftplib.Error) as error:
        raise TransferError(f"the line broke ({type(error).__name__})", waiting_helps=True) from None
