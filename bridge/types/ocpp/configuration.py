"""Settings of a station in the words of OCPP 1.6: keys and values."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import Many, OcppType, OcppWord

ConfigurationKey = Annotated[str, Field(max_length=50)]
"""Name of a setting; OCPP compares it without regard to case [spec: CiString50]."""


class KeyValue(OcppType):
    """A setting [spec: seed 004; OCPP 1.6 KeyValue]."""

    key: ConfigurationKey
    read_only: bool = Field(alias="readonly")
    """a CSMS cannot set it"""
    value: str | None = None
    """absent where it is not set, or not to be read, as a password"""


class GetConfigurationResponse(OcppType):
    """Settings asked for, and those that nobody knows; both lists are always there [spec: seed 004]."""

    configuration_keys: Many[KeyValue] = Field(alias="configurationKey")
    unknown_keys: Many[ConfigurationKey] = Field(alias="unknownKey")


class ConfigurationStatus(OcppWord):
    """What became of a change of a setting [spec: seed 004; OCPP 1.6]."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    """known, and this value is not taken"""
    REBOOT_REQUIRED = "RebootRequired"
    """taken, and in effect after a reboot"""
    NOT_SUPPORTED = "NotSupported"
    """no such key"""
