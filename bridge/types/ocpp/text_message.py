"""Messages that a person reads on a display."""

from __future__ import annotations

from bridge.types.ocpp.base import OcppType, OcppWord


class MessageFormat(OcppWord):
    """How a message is written [spec: EVerest's `text_message`; OCPP 2.1]."""

    ASCII = "ASCII"
    HTML = "HTML"
    URI = "URI"
    """an address at which the message is"""
    UTF8 = "UTF8"
    QRCODE = "QRCODE"
    """text to be shown as a QR code; OCPP 2.1 only"""


class MessageContent(OcppType):
    """A message for a person [spec: EVerest's `text_message`, which seed 004 refers to]."""

    content: str
    format: MessageFormat | None = None
    """UTF8 when absent"""
    language: str | None = None
    """RFC 5646, such as `de` or `en-GB`"""
