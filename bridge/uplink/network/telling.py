"""What the device model tells of the slots: everything but the passwords."""

from __future__ import annotations

from bridge.uplink.device_model.model_facts import NetworkSlot
from bridge.uplink.network.profiles import NetworkProfiles


def told(profiles: NetworkProfiles) -> dict[int, NetworkSlot]:
    """Return what each slot that was set holds."""
    return {
        slot: NetworkSlot(
            csms_url=profile.ocpp_csms_url,
            security_profile=profile.security_profile,
            message_timeout_s=profile.message_timeout,
            interface=profile.ocpp_interface.value,
            version=None if profile.ocpp_version is None else profile.ocpp_version.value,
            identity=profile.identity,
        )
        for slot in profiles.slots
        if (profile := profiles.profile(slot)) is not None
    }
