"""Certificates that a station holds, in the words of its version; in 1.6 they belong to the security whitepaper."""

from __future__ import annotations

from typing import Any, Final

from bridge.central.operations.arguments import Arguments, given
from bridge.central.operations.wish import Terms, Wish, single
from bridge.types.ocpp.payload_error import ProblemKind

_CENTRAL_V16: Final = "CentralSystemRootCertificate"
_CENTRAL_V2: Final = "CSMSRootCertificate"


def word_install(args: Arguments, terms: Terms) -> Wish:
    """Have the station believe in what this certificate signs."""
    sort = _said(args.pop("certificateType"), terms)
    return single("InstallCertificate", {**args.rest, **given("certificateType", sort)}, args.notes)


def word_installed(args: Arguments, terms: Terms) -> Wish:
    """Ask which certificates the station holds: of one sort in 1.6, of any in 2.x."""
    sort = args.pop("certificateType")
    if terms.is_v16:
        if isinstance(sort, list) and len(sort) != 1:
            raise args.error("certificateType", ProblemKind.VALUE, "should be one word in OCPP 1.6")
        sort = sort[0] if isinstance(sort, list) else sort
        if sort is None:
            sort = _CENTRAL_V16
            args.notes.append(f"OCPP 1.6 tells one sort at a time: {sort}")
        return single("GetInstalledCertificateIds", {**args.rest, "certificateType": _said(sort, terms)}, args.notes)
    if isinstance(sort, str):
        sort = [sort]
    words = [_said(word, terms) for word in sort] if isinstance(sort, list) else sort
    return single("GetInstalledCertificateIds", {**args.rest, **given("certificateType", words or None)}, args.notes)


def _said(word: Any, terms: Terms) -> Any:
    if word in (_CENTRAL_V16, _CENTRAL_V2):
        return _CENTRAL_V16 if terms.is_v16 else _CENTRAL_V2
    return word
