"""The messages of OCPP 1.6 that read and change settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import Many, OcppType
from bridge.types.ocpp.configuration import ConfigurationKey, ConfigurationStatus, KeyValue


class GetConfigurationRequest(OcppType):
    """Tell these settings; all of them when the list is absent or empty [spec: OCPP 1.6 GetConfiguration.req]."""

    key: Many[ConfigurationKey] | None = None


class GetConfigurationConfirmation(OcppType):
    """The answer to it [spec: OCPP 1.6 GetConfiguration.conf]; a list that is absent is empty."""

    configuration_key: Many[KeyValue] | None = None
    unknown_key: Many[ConfigurationKey] | None = None


class ChangeConfigurationRequest(OcppType):
    """Change a setting [spec: OCPP 1.6 ChangeConfiguration.req]. The value may be a secret: no error shows it."""

    key: ConfigurationKey
    value: Annotated[str, Field(max_length=500)]


class ChangeConfigurationConfirmation(OcppType):
    """The answer to it [spec: OCPP 1.6 ChangeConfiguration.conf]."""

    status: ConfigurationStatus
