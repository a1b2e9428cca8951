"""The list of drivers that a central system keeps at the station: who may charge without asking first.

It is one list for all versions. OCPP 1.6 knows tags, 2.x tokens with a type: what 1.6 brought has no type and stands
for the text whatever its type; what 2.x brought is the tag of its text for 1.6. Text is compared without its case.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from bridge.ports import Store, StoreDesk
from bridge.types.ocpp.base import from_everest, from_ocpp, to_everest
from bridge.types.ocpp.id_token import id_token_of
from bridge.types.ocpp.v2.local_list import AuthorizationStatus, IdTokenInfo, SendLocalListStatus
from bridge.types.ocpp.v16.authorization import IdTagInfo
from bridge.types.words import IdTokenType
from bridge.uplink.smart_charging.acceptance import Refusal

ENTRIES_AT_MOST: Final = 1000
"""of the list, and of one message"""
_STATUSES = SendLocalListStatus


class Listed(NamedTuple):
    """Names one entry."""

    text: str
    """without its case"""
    type: IdTokenType | None
    """None where 1.6 brought it"""

    @classmethod
    def of(cls, text: str, id_token_type: IdTokenType | None = None) -> Listed:
        """Return the name of a token's entry."""
        return cls(text.casefold(), id_token_type)

    def means(self, other: Listed) -> bool:
        """Tell whether both may be one driver's."""
        return self.text == other.text and (None in (self.type, other.type) or self.type is other.type)


@dataclass(frozen=True, slots=True)
class Change:
    """What a central system says of one driver."""

    listed: Listed
    info: IdTokenInfo | None
    """None takes him off the list"""


class LocalList:
    """The list of one station, kept whole in the store."""

    def __init__(self, station: str, desk: StoreDesk) -> None:
        self._key = f"{station}/list"
        self._desk = desk
        self._entries: dict[Listed, IdTokenInfo] = {}
        self.version = 0
        """0 for an empty list [spec]"""

    def __len__(self) -> int:
        return len(self._entries)

    async def restore(self) -> None:
        """Go on with what was kept. Raises StoreError."""
        text = await self._desk.run(lambda store: store.setting(self._key))
        if text is None:
            return
        body = json.loads(text)
        self.version = body["version"]
        self._entries = _entries_of(body["entries"])

    def standing(
        self, text: str, now: datetime, id_token_type: IdTokenType | None = None, connector_id: int | None = None
    ) -> AuthorizationStatus | None:
        """Return what the list says of a driver; None where it says nothing.

        Without a type, and where entries of several types have the same text, the one that is not accepted counts.
        """
        asked = Listed.of(text, id_token_type)
        found = [_standing(info, now, connector_id) for listed, info in self._entries.items() if listed.means(asked)]
        return min(found, key=lambda status: status is AuthorizationStatus.ACCEPTED, default=None)

    async def update(
        self, version: int, changes: Sequence[Change], *, is_full: bool
    ) -> tuple[SendLocalListStatus, Refusal | None]:
        """Replace or change the list; an update that cannot be done whole is not done at all. Raises StoreError."""
        if version <= 0:
            return _STATUSES.FAILED, Refusal("ValuePositiveOnly", "a version is 1 or more")
        if is_full and any(change.info is None for change in changes):
            return _STATUSES.FAILED, Refusal("MissingParam", "a full list says of every driver whether he may charge")
        if not is_full and version <= self.version:
            return _STATUSES.VERSION_MISMATCH, Refusal("ValueTooLow", f"version {self.version} is held")
        entries: dict[Listed, IdTokenInfo] = {} if is_full else dict(self._entries)
        for change in changes:
            _apply(entries, change)
        if len(entries) > ENTRIES_AT_MOST:
            return _STATUSES.FAILED, Refusal("TooManyElements", f"a list has at most {ENTRIES_AT_MOST} drivers")
        version = version if entries or not is_full else 0
        await self._desk.run(lambda store: self._write(store, version, entries))
        self.version, self._entries = version, entries
        return _STATUSES.ACCEPTED, None

    def _write(self, store: Store, version: int, entries: Mapping[Listed, IdTokenInfo]) -> None:
        kept = [{"text": one.text, "type": one.type, "info": to_everest(info)} for one, info in entries.items()]
        store.put_setting(self._key, json.dumps({"version": version, "entries": kept}, separators=(",", ":")))


def _apply(entries: dict[Listed, IdTokenInfo], change: Change) -> None:
    """Replace an entry, and those with which it would be confused: a driver has one standing."""
    if change.listed.type is None:
        for listed in [one for one in entries if one.text == change.listed.text]:
            del entries[listed]
    else:
        entries.pop(Listed(change.listed.text, None), None)
        entries.pop(change.listed, None)
    if change.info is not None:
        entries[change.listed] = change.info


def _standing(info: IdTokenInfo, now: datetime, connector_id: int | None) -> AuthorizationStatus:
    if info.cache_expiry_date_time is not None and info.cache_expiry_date_time <= now:
        return AuthorizationStatus.EXPIRED
    is_elsewhere = info.evse_id is not None and connector_id is not None and connector_id not in info.evse_id
    if info.status is AuthorizationStatus.ACCEPTED and is_elsewhere:
        return AuthorizationStatus.NOT_ALLOWED_TYPE_EVSE
    return info.status


def info_of_tag(info: IdTagInfo) -> IdTokenInfo:
    """Return what OCPP 1.6 knows of a tag in the words of 2.x, which has all of them."""
    parent = info.parent_id_tag
    return IdTokenInfo(
        status=AuthorizationStatus(info.status.value),
        cache_expiry_date_time=info.expiry_date,
        group_id_token=None if parent is None else id_token_of(parent),
    )


def _entries_of(kept: Any) -> dict[Listed, IdTokenInfo]:
    """Read the entries; as long as only 1.6 was spoken they were an object by tag."""
    if isinstance(kept, dict):
        return {Listed.of(tag): info_of_tag(from_ocpp(IdTagInfo, info)) for tag, info in kept.items()}
    return {
        Listed(one["text"], None if one["type"] is None else IdTokenType(one["type"])): from_everest(
            IdTokenInfo, one["info"]
        )
        for one in kept
    }
