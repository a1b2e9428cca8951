"""Payloads and arguments as they may be shown, journaled and logged: without passwords.

Hidden are fields that are passwords by their name, the value of a setting that is one (`AuthorizationKey`,
`BasicAuthPassword` and vendors' own), and user, password and query of every address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

HIDDEN: Final = "***"

_SECRET_NAME: Final = re.compile(
    r"passw|passphrase|secret|authorizationkey|privatekey|apikey|accesskey|psk$|(?<![a-z])pin$", re.IGNORECASE
)
_SECRET_FIELDS: Final = frozenset({"password", "basicauthpassword", "apnpassword", "simpin"})
_NAMES: Final = ("key", "name")
_VALUES: Final = ("value", "attributeValue")
_URL: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<user>\S*@)?(?P<rest>[^\s?#]*)(?P<query>[?#]\S*)?")
_DEEPEST: Final = 60


def redacted(value: Mapping[str, Any], hidden: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a copy without secrets; each text of `hidden` is taken out wherever it stands."""
    return {key: _shown(key, inner, value, hidden, 0) for key, inner in value.items()}


def redacted_text(text: str, hidden: tuple[str, ...] = ()) -> str:
    """Return a text without the secrets of the addresses in it, and without those of `hidden`."""
    for secret in hidden:
        text = text.replace(secret, HIDDEN)
    return _URL.sub(_without_secret, text) if "://" in text else text


def _shown(key: str, value: Any, around: Mapping[str, Any], hidden: tuple[str, ...], depth: int) -> Any:
    if value is None:
        return None
    name = str(key).casefold()
    if name in _SECRET_FIELDS or (name == "key" and "server" in around):  # the shared secret of a VPN
        return HIDDEN
    if key in _VALUES and any(_is_secret(inner) for inner in _names_of(around)):
        return HIDDEN
    return _copy(value, hidden, depth)


def _copy(value: Any, hidden: tuple[str, ...], depth: int) -> Any:
    if depth > _DEEPEST:
        return HIDDEN
    if isinstance(value, dict):
        is_of_secret = any(_is_secret(name) for name in _names_of(value))
        return {key: _under(key, inner, value, hidden, depth, is_secret=is_of_secret) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_copy(inner, hidden, depth + 1) for inner in value]
    return redacted_text(value, hidden) if isinstance(value, str) else value


def _under(
    key: str, value: Any, around: Mapping[str, Any], hidden: tuple[str, ...], depth: int, *, is_secret: bool
) -> Any:
    if is_secret and key == "variableAttribute" and isinstance(value, list):
        return [{**_copy(one, hidden, depth + 2), "value": HIDDEN} if _has_value(one) else one for one in value]
    return _shown(key, value, around, hidden, depth + 1)


def _has_value(attribute: Any) -> bool:
    return isinstance(attribute, dict) and attribute.get("value") is not None


def _names_of(item: Mapping[str, Any]) -> list[str]:
    """Return what names a setting: the key of 1.6, the variable of 2.x."""
    names = [item[name] for name in _NAMES if isinstance(item.get(name), str)]
    variable = item.get("variable")
    if isinstance(variable, dict) and isinstance(variable.get("name"), str):
        names.append(variable["name"])
    return names


def _is_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _without_secret(match: re.Match[str]) -> str:
    user = f"{HIDDEN}@" if match["user"] else ""
    query = f"{match['query'][0]}{HIDDEN}" if match["query"] else ""
    return f"{match['scheme']}{user}{match['rest']}{query}"
