"""Drivers' tags: the bare `idTag` of 1.6 and the `idToken` of 2.x with its sort."""

from __future__ import annotations

from typing import Any

from bridge.central.operations.arguments import Arguments
from bridge.central.operations.wish import Terms
from bridge.types.ocpp.id_token import id_token_of
from bridge.types.ocpp.payload_error import ProblemKind


def said_token(token: Any, path: str, args: Arguments, terms: Terms) -> Any:
    """Return a tag as the version says it: text in 1.6, an object with its sort in 2.x. Raises ArgumentError.

    An object is passed on to 2.x as it is; the schema has the last word.
    """
    text = token.get("idToken") if isinstance(token, dict) else token
    if not isinstance(text, str):
        raise args.error(path, ProblemKind.TYPE, "should be a driver's tag: text, or an object with idToken and type")
    if terms.is_v16:
        return text
    if isinstance(token, dict) and "type" in token:
        return token
    sort = id_token_of(text).type.value
    args.notes.append(f"{path} is said as a token of the type {sort}")
    return {**(token if isinstance(token, dict) else {}), "idToken": text, "type": sort}


def token_argument(args: Arguments, terms: Terms) -> dict[str, Any]:
    """Return the argument for who charges under the version's name; empty where none was given."""
    token = args.pop("idTag", "idToken")
    if token is None:
        return {}
    name = "idTag" if terms.is_v16 else "idToken"
    return {name: said_token(token, name, args, terms)}


def group_argument(args: Arguments, terms: Terms) -> dict[str, Any]:
    """Return the argument for the driver's group; empty where none was given."""
    token = args.pop("parentIdTag", "groupIdToken")
    if token is None:
        return {}
    name = "parentIdTag" if terms.is_v16 else "groupIdToken"
    return {name: said_token(token, name, args, terms)}
