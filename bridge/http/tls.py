"""Certificates of chargers: most sign their own, so a pinned fingerprint takes the place of an authority."""

from __future__ import annotations

import hashlib
import hmac
import ssl
from functools import cache

_COMMON_NAME = bytes.fromhex("0603550403")
"""DER of the object identifier 2.5.4.3, commonName [spec: X.520]"""
_SHOWN_NAME_CHARACTERS = 64
_SUBJECT_POSITION = 4
"""serial number, signature, issuer, validity, subject [spec: RFC 5280, 4.1]"""
_CONTEXT_0 = 0xA0
_LONG_LENGTH = 0x80


@cache
def authority_context() -> ssl.SSLContext:
    """Return the one context that asks this computer's authorities (building one costs 20 ms and 1 MB)."""
    return ssl.create_default_context()


@cache
def any_certificate_context() -> ssl.SSLContext:
    """Return the one context that takes every certificate: for pinned ones, checked by us, and `verify: false`."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def fingerprint(certificate: bytes) -> bytes:
    """Return the SHA-256 of a certificate in DER, 32 bytes."""
    return hashlib.sha256(certificate).digest()


def parse_fingerprint(text: str) -> bytes:
    """Turn 64 hexadecimal digits, with or without colons, into 32 bytes."""
    return bytes.fromhex(text.replace(":", ""))


def spell_fingerprint(digest: bytes) -> str:
    """Return a fingerprint as browsers show it: `AB:CD:…`."""
    return digest.hex(":").upper()


def same_fingerprint(one: bytes, other: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one, other)


def common_name(certificate: bytes) -> str | None:
    """Return the subject's common name of a certificate in DER, fit for a log; None where there is none.

    The standard library decodes only certificates that it has verified, and this one just failed that.
    """
    try:
        subject = _subject(certificate)
        at = subject.rfind(_COMMON_NAME)
        if at < 0:
            return None
        name, _ = _element(subject, at + len(_COMMON_NAME))
    except IndexError:
        return None
    text = name.decode("utf-8", "replace")[:_SHOWN_NAME_CHARACTERS]
    return "".join(c if c.isprintable() else "?" for c in text) or None


def _subject(certificate: bytes) -> bytes:
    outer, _ = _element(certificate, 0)
    fields, _ = _element(outer, 0)
    at = 0
    if fields[0] == _CONTEXT_0:  # the version, left out in version 1
        _, at = _element(fields, at)
    for _ in range(_SUBJECT_POSITION):
        _, at = _element(fields, at)
    return _element(fields, at)[0]


def _element(der: bytes, at: int) -> tuple[bytes, int]:
    """Return the content of the element that begins at `at`, and where the next begins; IndexError beyond the end."""
    length = der[at + 1]
    begin = at + 2
    if length >= _LONG_LENGTH:
        size = length - _LONG_LENGTH
        length = int.from_bytes(der[begin : begin + size])
        begin += size
    if begin + length > len(der):
        raise IndexError
    return der[begin : begin + length], begin + length
