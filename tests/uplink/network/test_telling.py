from __future__ import annotations

import asyncio
from pathlib import Path

from bridge.store.sqlite import open_store
from bridge.uplink.device_model.model_facts import NetworkSlot
from bridge.uplink.network.profiles import NetworkProfiles
from bridge.uplink.network.telling import told
from tests.engine.fakes import DirectDesk
from tests.uplink.network.making import PASSWORD, profile


def test_a_slot_is_told_without_its_password(tmp_path: Path) -> None:
    """The password can be set and never read."""
    store = open_store(tmp_path / "bridge.db")
    profiles = NetworkProfiles("garage/home", DirectDesk(store))
    asyncio.run(profiles.keep(2, profile(securityProfile=1, basicAuthPassword=PASSWORD, identity="B")))
    asyncio.run(profiles.keep(1, profile(ocppVersion=None, messageTimeout=-1)))
    store.close()
    url = "ws://csms.example:9000/ocpp"
    assert told(profiles) == {
        1: NetworkSlot(csms_url=url, security_profile=0, message_timeout_s=-1, interface="Wired0"),
        2: NetworkSlot(csms_url=url, security_profile=1, interface="Wired0", version="OCPP20", identity="B"),
    }
    assert PASSWORD not in repr(told(profiles))
