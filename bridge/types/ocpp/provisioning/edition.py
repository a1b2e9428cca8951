"""The two editions of OCPP 2.x, and what is kept to when sending where less is sent than taken.

Three rule books bind the provisioning messages: the OCA's schemas of 2.0.1 and of 2.1 [spec], and the checks of
ocpp-go, a library that many central systems are built on [doc]. One rule joins them:

- **Taken** is what either schema takes, and what an ocpp-go peer writes although no schema has it. The types say this.
- **Sent** is what both schemas and ocpp-go take; what only 2.1 knows goes to a 2.1 peer only. `Sent` says this beside
  the field, and `bridge.types.ocpp.provisioning.sending` holds a message against it.

Where the editions differ in these messages (· means any):

| where                                                           | 2.0.1    | 2.1                  |
|-----------------------------------------------------------------|----------|----------------------|
| StatusInfo.additionalInfo                                       | ≤ 512    | ≤ 1024               |
| EVSE.id, EVSE.connectorId                                       | ·        | ≥ 0                  |
| ResetRequest.evseId                                             | ·        | ≥ 0                  |
| ResetType                                                       |          | + ImmediateAndResume |
| NotifyReportRequest.seqNo                                       | ·        | ≥ 0                  |
| VariableCharacteristics.maxElements                             | absent   | optional, ≥ 1        |
| SetVariableData.attributeValue                                  | ≤ 1000   | ≤ 2500               |
| NetworkConnectionProfile.ocppCsmsUrl                            | ≤ 512    | ≤ 2000               |
| NetworkConnectionProfile.ocppVersion                            | required | optional             |
| NetworkConnectionProfile.securityProfile                        | ·        | ≥ 0                  |
| NetworkConnectionProfile.identity                               | absent   | optional, ≤ 48       |
| NetworkConnectionProfile.basicAuthPassword                      | absent   | optional, ≤ 64       |
| OCPPVersion                                                     |          | + OCPP201, OCPP21    |
| OCPPInterface                                                   |          | + Any                |
| APN.apn, VPN.server                                             | ≤ 512    | ≤ 2000               |
| APN.apnUserName, VPN.user, VPN.group                            | ≤ 20     | ≤ 50                 |
| APN.apnPassword, VPN.password                                   | ≤ 20     | ≤ 64                 |

Where ocpp-go differs from both schemas:

| where                                                           | schemas  | ocpp-go              |
|-----------------------------------------------------------------|----------|----------------------|
| GetReportRequest.requestId                                      | required | optional, ≥ 0        |
| GetReportResponse.statusInfo                                    | optional | absent               |
| GetVariableResult.attributeValue                                | ≤ 2500   | ≤ 1000               |
| GetVariableResult.attributeStatusInfo                           | optional | absent               |
| SetVariableResult.attributeStatusInfo                           | optional | called statusInfo    |
| SetVariableResult.attributeStatus                               |          | not RebootRequired   |
| BootNotificationResponse.interval, NotifyReportRequest.requestId | ·        | ≥ 0                  |
| SetNetworkProfileRequest.configurationSlot, APN.simPin          | ·        | ≥ 0                  |
| NetworkConnectionProfile.messageTimeout                         | ·        | ≥ -1                 |
| NetworkConnectionProfile.ocppCsmsUrl                            | any text | a URL                |
| texts that are required                                         | may be empty | not empty        |
| texts that are optional                                         | may be empty | left out when empty |
| ResetResponse.statusInfo, SetNetworkProfileResponse.statusInfo  | absent when not given | null when not given |

Of these, three are not followed when sending, each because following it would lose what a peer needs:
`attributeStatusInfo` keeps its standard name; `RebootRequired` is sent, for ocpp-go checks the answer to SetVariables
against the words of GetVariables by mistake; SetVariableData.attributeValue may be empty, which clears a variable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from bridge.types.ocpp.version import OcppVersion

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#]+\S*")


Edition = Literal[OcppVersion.V201, OcppVersion.V21]
"""An edition of OCPP 2.x."""

EDITIONS: Final[tuple[Edition, ...]] = (OcppVersion.V201, OcppVersion.V21)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a field keeps to when it is sent, where that is less than what it takes; stands in its `Annotated`."""

    min_length: int | None = None
    """characters of a text"""
    max_length: int | None = None
    """characters of a text"""
    ge: int | None = None
    """lowest number"""
    url: bool = False
    """a URL with scheme and host"""
    required: bool = False
    """never left out, though it may be absent when taken"""
    only_21: bool = False
    """a field of 2.1"""
    words_of_21: frozenset[str] = frozenset()
    """words of an enum that only 2.1 knows"""

    def objection(self, value: object, edition: Edition) -> str:
        """Return what speaks against sending this value, without showing it, or nothing; None is an absent field."""
        if value is None:
            return "is required when sending" if self.required else ""
        if edition is OcppVersion.V201 and self.only_21:
            return "is a field of OCPP 2.1"
        if edition is OcppVersion.V201 and value in self.words_of_21:
            return f"{value} is a word of OCPP 2.1"
        return self._text_objection(value) if isinstance(value, str) else self._number_objection(value)

    def _text_objection(self, text: str) -> str:
        if self.min_length is not None and len(text) < self.min_length:
            return "must not be empty when sent"
        if self.max_length is not None and len(text) > self.max_length:
            return f"has {len(text)} characters; at most {self.max_length} are sent"
        if self.url and not _URL.fullmatch(text):
            return "must be a URL with scheme and host when sent"
        return ""

    def _number_objection(self, value: object) -> str:
        if self.ge is not None and isinstance(value, int) and value < self.ge:
            return f"must be at least {self.ge} when sent"
        return ""
