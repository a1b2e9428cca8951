"""The messages of OCPP 1.6 that ask for logs and tell how far their upload, or a new firmware, is.

A location may hold a password: it is never shown.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import Moment, OcppType, OcppWord, Whole


class GetDiagnosticsRequest(OcppType):
    """Upload a file with diagnostics [spec: OCPP 1.6 GetDiagnostics.req]."""

    location: Annotated[str, Field(repr=False)]
    """URL of the folder that takes it"""
    retries: Whole | None = None
    retry_interval: Whole | None = None
    """seconds"""
    start_time: Moment | None = None
    """oldest entry"""
    stop_time: Moment | None = None
    """latest entry"""


class GetDiagnosticsConfirmation(OcppType):
    """The answer to it [spec: OCPP 1.6 GetDiagnostics.conf]."""

    file_name: Annotated[str, Field(max_length=255)] | None = None
    """absent where there is nothing to upload"""


class DiagnosticsStatus(OcppWord):
    """How far the upload is [spec: OCPP 1.6]."""

    IDLE = "Idle"
    """nothing is being uploaded; said only when asked by a trigger"""
    UPLOADED = "Uploaded"
    UPLOAD_FAILED = "UploadFailed"
    UPLOADING = "Uploading"


class DiagnosticsStatusNotificationRequest(OcppType):
    """How far the upload is [spec: OCPP 1.6 DiagnosticsStatusNotification.req]."""

    status: DiagnosticsStatus


class LogType(OcppWord):
    """Which log [spec: OCPP 1.6 security whitepaper]."""

    DIAGNOSTICS_LOG = "DiagnosticsLog"
    SECURITY_LOG = "SecurityLog"


class LogParameters(OcppType):
    """Where a log goes, and what of it [spec: OCPP 1.6 security whitepaper]."""

    remote_location: Annotated[str, Field(max_length=512, repr=False)]
    """URL of the folder that takes it"""
    oldest_timestamp: Moment | None = None
    latest_timestamp: Moment | None = None


class GetLogRequest(OcppType):
    """Upload a log [spec: OCPP 1.6 security whitepaper GetLog.req]."""

    log_type: LogType
    request_id: Whole
    log: LogParameters
    retries: Whole | None = None
    retry_interval: Whole | None = None
    """seconds"""


class LogStatus(OcppWord):
    """Whether it will be uploaded [spec: OCPP 1.6 security whitepaper]."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    ACCEPTED_CANCELED = "AcceptedCanceled"
    """and an upload that was running is given up"""


class GetLogConfirmation(OcppType):
    """The answer to it [spec: OCPP 1.6 security whitepaper GetLog.conf]."""

    status: LogStatus
    filename: Annotated[str, Field(max_length=255)] | None = None


class UploadLogStatus(OcppWord):
    """How far the upload of a log is [spec: OCPP 1.6 security whitepaper]."""

    BAD_MESSAGE = "BadMessage"
    IDLE = "Idle"
    """nothing is being uploaded; said only when asked by a trigger"""
    NOT_SUPPORTED_OPERATION = "NotSupportedOperation"
    PERMISSION_DENIED = "PermissionDenied"
    UPLOADED = "Uploaded"
    UPLOAD_FAILURE = "UploadFailure"
    UPLOADING = "Uploading"


class LogStatusNotificationRequest(OcppType):
    """How far the upload of a log is [spec: OCPP 1.6 security whitepaper LogStatusNotification.req]."""

    status: UploadLogStatus
    request_id: Whole | None = None
    """of the GetLog; absent with Idle"""


class FirmwareStatus(OcppWord):
    """How far a new firmware is [spec: OCPP 1.6]."""

    DOWNLOADED = "Downloaded"
    DOWNLOAD_FAILED = "DownloadFailed"
    DOWNLOADING = "Downloading"
    IDLE = "Idle"
    """no firmware is being installed; the only word of a bridge, said when asked by a trigger"""
    INSTALLATION_FAILED = "InstallationFailed"
    INSTALLING = "Installing"
    INSTALLED = "Installed"


class FirmwareStatusNotificationRequest(OcppType):
    """How far a new firmware is [spec: OCPP 1.6 FirmwareStatusNotification.req]."""

    status: FirmwareStatus
