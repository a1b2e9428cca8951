"""The list of tags that a central system keeps at the station: who may charge without asking first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from bridge.ports import Store, StoreDesk
from bridge.types.ocpp.base import from_ocpp, to_ocpp
from bridge.types.ocpp.v16.authorization import AuthorizationStatus, IdTagInfo
from bridge.types.ocpp.v16.local_list import SendLocalListRequest, UpdateStatus, UpdateType

ENTRIES_AT_MOST = 1000
"""of the list, and of one message"""


class LocalList:
    """The list of one station, kept whole in the store."""

    def __init__(self, station: str, desk: StoreDesk) -> None:
        self._key = f"{station}/list"
        self._desk = desk
        self._entries: dict[str, IdTagInfo] = {}
        self.version = 0
        """0 for an empty list [spec]"""

    async def restore(self) -> None:
        """Go on with what was kept. Raises StoreError."""
        text = await self._desk.run(lambda store: store.setting(self._key))
        if text is None:
            return
        body = json.loads(text)
        self.version = body["version"]
        self._entries = {tag: from_ocpp(IdTagInfo, info) for tag, info in body["entries"].items()}

    def standing(self, id_tag: str, now: datetime) -> AuthorizationStatus | None:
        """Return what the list says of a tag; None where it says nothing. Tags are compared without their case."""
        info = self._entries.get(id_tag.casefold())
        if info is None:
            return None
        is_over = info.expiry_date is not None and info.expiry_date <= now
        return AuthorizationStatus.EXPIRED if is_over else info.status

    async def update(self, request: SendLocalListRequest) -> UpdateStatus:
        """Replace or change the list; an update that cannot be done whole is not done at all. Raises StoreError."""
        given = request.local_authorization_list or ()
        is_full = request.update_type is UpdateType.FULL
        if request.list_version <= 0 or (is_full and any(item.id_tag_info is None for item in given)):
            return UpdateStatus.FAILED
        if not is_full and request.list_version <= self.version:
            return UpdateStatus.VERSION_MISMATCH
        entries = {} if is_full else dict(self._entries)
        for item in given:
            if item.id_tag_info is None:
                entries.pop(item.id_tag.casefold(), None)
            else:
                entries[item.id_tag.casefold()] = item.id_tag_info
        if len(entries) > ENTRIES_AT_MOST:
            return UpdateStatus.FAILED
        version = request.list_version if entries or not is_full else 0
        await self._desk.run(lambda store: self._write(store, version, entries))
        self.version, self._entries = version, entries
        return UpdateStatus.ACCEPTED

    def _write(self, store: Store, version: int, entries: Mapping[str, IdTagInfo]) -> None:
        body = {"version": version, "entries": {tag: to_ocpp(info) for tag, info in entries.items()}}
        store.put_setting(self._key, json.dumps(body, separators=(",", ":")))
