"""The list of drivers that a station keeps, in the words of its version."""

from __future__ import annotations

from typing import Any, Final

from bridge.central.operations.arguments import Arguments, given
from bridge.central.operations.tokens import group_argument, token_argument
from bridge.central.operations.wish import Terms, Wish, single
from bridge.types.ocpp.payload_error import ProblemKind

_IN_V16: Final = {
    "NoCredit": "Blocked",
    "NotAllowedTypeEVSE": "Blocked",
    "NotAtThisLocation": "Blocked",
    "NotAtThisTime": "Blocked",
    "Unknown": "Invalid",
}
_LATER_ONLY: Final = ("chargingPriority", "language1", "language2", "evseId", "personalMessage")


def word_list_version(args: Arguments, _: Terms) -> Wish:
    """Ask for the version of the list."""
    return single("GetLocalListVersion", args.rest, args.notes)


def word_send_list(args: Arguments, terms: Terms) -> Wish:
    """Replace or change the list."""
    number, entries = args.pop("listVersion", "versionNumber"), args.pop_as(list, "localAuthorizationList")
    said = None if entries is None else [_entry(entry, place, args, terms) for place, entry in enumerate(entries)]
    if not said and not terms.is_v16:
        said = None  # 2.x has no empty list; none at all says the same [spec]
    payload = {
        **args.rest,
        **given("listVersion" if terms.is_v16 else "versionNumber", number),
        **given("localAuthorizationList", said),
    }
    return single("SendLocalList", payload, args.notes)


def _entry(entry: Any, place: int, args: Arguments, terms: Terms) -> dict[str, Any]:
    path = f"localAuthorizationList[{place}]"
    if not isinstance(entry, dict):
        raise args.error(path, ProblemKind.TYPE, "should be an object")
    inner = Arguments(args.operation, entry)
    token = token_argument(inner, terms)
    info = inner.pop_as(dict, "idTagInfo", "idTokenInfo")
    told = {} if info is None else {_info_name(terms): _info(info, path, args, terms)}
    return {**inner.rest, **token, **told}


def _info(info: dict[str, Any], path: str, args: Arguments, terms: Terms) -> dict[str, Any]:
    inner = Arguments(args.operation, info)
    group = group_argument(inner, terms)
    until = inner.pop("expiryDate", "cacheExpiryDateTime")
    status = inner.pop("status")
    if terms.is_v16:
        for name in _LATER_ONLY:
            if inner.pop(name) is not None:
                args.notes.append(f"{path}: {name} is left out, OCPP 1.6 has none")
        if isinstance(status, str) and status in _IN_V16:
            args.notes.append(f"{path}: {status} is said as {_IN_V16[status]}")
            status = _IN_V16[status]
    when = "expiryDate" if terms.is_v16 else "cacheExpiryDateTime"
    return {**inner.rest, **given("status", status), **given(when, until), **group}


def _info_name(terms: Terms) -> str:
    return "idTagInfo" if terms.is_v16 else "idTokenInfo"
