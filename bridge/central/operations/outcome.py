"""What a station's answer means: whether it did what was asked, and what a person should know about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from bridge.types.words import CommandStatus

_YES: Final = frozenset(
    {"Accepted", "AcceptedCanceled", "EmptyResultSet", "NoProfiles", "RebootRequired", "Scheduled", "Unlocked"}
)
"""nothing to tell is an answer too, where something was to be told"""
_TELLING: Final = frozenset({"GetInstalledCertificateIds"})
"""that answer NotFound where there is nothing to tell"""

_SENTENCES: Final[Mapping[str, str]] = {
    "AcceptedCanceled": "AcceptedCanceled: one that was running is given up for this one.",
    "EmptyResultSet": "EmptyResultSet: there is nothing to tell.",
    "NoProfiles": "NoProfiles: no charging profile fits.",
    "RebootRequired": "RebootRequired: it takes effect after a restart of the charger.",
    "Scheduled": "Scheduled: it happens when no vehicle charges any more.",
    "Duplicate": "Duplicate: there is such a monitor already.",
    "Failed": "Failed: the charger tried and could not.",
    "Faulted": "Faulted: the connector is out of service by a fault.",
    "Invalid": "Invalid: no customer, or more than one, is named.",
    "InvalidCertificate": "InvalidCertificate: the charger does not believe the signing certificate.",
    "NotFound": "NotFound: the charger has none such.",
    "NotImplemented": "NotImplemented: the charger sends no such message.",
    "NotSupported": "NotSupported: the charger does not offer this.",
    "NotSupportedAttributeType": "NotSupportedAttributeType: the variable has no such value.",
    "Occupied": "Occupied: the connector is in use.",
    "OngoingAuthorizedTransaction": "OngoingAuthorizedTransaction: a vehicle charges there; stop it first.",
    "Rejected": "Rejected: the charger does not want to.",
    "RevokedCertificate": "RevokedCertificate: the signing certificate was revoked.",
    "Unavailable": "Unavailable: the connector is out of service.",
    "Unknown": "Unknown: nothing there fits, so nothing was changed.",
    "UnknownComponent": "UnknownComponent: the charger has no such component.",
    "UnknownConnector": "UnknownConnector: the charger has no such connector.",
    "UnknownMessageId": "UnknownMessageId: the charger knows the vendor and not this message.",
    "UnknownVariable": "UnknownVariable: the component has no such variable.",
    "UnknownVendorId": "UnknownVendorId: the charger knows no such vendor.",
    "UnlockFailed": "UnlockFailed: the charger tried, and the lock held.",
    "UnsupportedMonitorType": "UnsupportedMonitorType: the variable cannot be watched so.",
    "VersionMismatch": "VersionMismatch: the list that is held is not older; ask for its version, or send a Full one.",
}
_HINTS: Final[Mapping[tuple[str, str], str]] = {
    ("ChangeConfiguration", "NotSupported"): "NotSupported: the charger has no such setting.",
    ("ChangeConfiguration", "Rejected"): "Rejected: the setting does not take this value, or is only to be read.",
    ("SetVariables", "Rejected"): "Rejected: the variable does not take this value, or is only to be read.",
    ("GetVariables", "Rejected"): "Rejected: the variable is there and not to be read.",
    ("GetCompositeSchedule", "Rejected"): "Rejected: no schedule could be worked out, or no such connector is there.",
    (
        "RemoteStartTransaction",
        "Rejected",
    ): "Rejected: no vehicle is plugged in, it charges already, or the tag may not.",
    (
        "RequestStartTransaction",
        "Rejected",
    ): "Rejected: no vehicle is plugged in, it charges already, or the tag may not.",
    ("RemoteStopTransaction", "Rejected"): "Rejected: no transaction of that id runs there.",
    ("RequestStopTransaction", "Rejected"): "Rejected: no transaction of that id runs there.",
    ("SendLocalList", "NotSupported"): "NotSupported: the charger keeps no list.",
    (
        "SetChargingProfile",
        "Rejected",
    ): "Rejected: a TxProfile needs a transaction that runs there, and there are limits to"
    " the stackLevel, the unit and the number of periods (see GetConfiguration).",
    ("UnlockConnector", "NotSupported"): "NotSupported: it has no lock that could be opened from here, or no such"
    " connector.",
    ("SetNetworkProfile", "Rejected"): "Rejected: such as a security profile below the one in force.",
}
_RESULTS: Final = {
    "setVariableResult": "attributeStatus",
    "getVariableResult": "attributeStatus",
    "setMonitoringResult": "status",
    "clearMonitoringResult": "status",
}
_NAMED: Final = 5
_SHOWN: Final = 200


class Verdict(NamedTuple):
    """What an answer means."""

    outcome: CommandStatus
    detail: str = ""


def judge(action: str, answer: Mapping[str, Any], follows: str = "") -> Verdict:
    """Tell what the answer to an action means; `follows` is what comes after a yes."""
    for name, status in _RESULTS.items():
        items = answer.get(name)
        if isinstance(items, list) and "status" not in answer:
            return _of_each(action, items, status)
    if isinstance(answer.get("configurationKey"), list) or isinstance(answer.get("unknownKey"), list):
        return _of_keys(answer)
    word = answer.get("status")
    if not isinstance(word, str):
        if action == "GetDiagnostics" and not answer.get("fileName"):
            return Verdict(CommandStatus.DONE, "The charger has nothing to upload.")
        return Verdict(CommandStatus.DONE, follows)
    is_yes = word in _YES or (word == "NotFound" and action in _TELLING)
    told = "" if word == "Accepted" else _HINTS.get((action, word)) or _SENTENCES.get(word) or _foreign(action, word)
    sentences = (told, _reason(answer.get("statusInfo")), follows if is_yes else "")
    return Verdict(CommandStatus.DONE if is_yes else CommandStatus.REFUSED, " ".join(s for s in sentences if s))


def _foreign(action: str, word: str) -> str:
    return "" if word in _YES else f"The charger answered {action} with {word[:_SHOWN]}."


def _of_each(action: str, items: list[Any], status: str) -> Verdict:
    """Judge a list of results: all have to be well where something was to be changed, one where it was to be told."""
    results = [item for item in items if isinstance(item, dict)]
    words = [str(item.get(status)) for item in results]
    bad = [(item, word) for item, word in zip(results, words, strict=True) if word not in _YES]
    sentences = [f"{_name_of(item)}: {_sentence(action, word)} {_reason(_info_of(item))}".strip() for item, word in bad]
    more = len(sentences) - _NAMED
    detail = [*sentences[:_NAMED], f"And {more} more." if more > 0 else ""]
    if "RebootRequired" in words:
        detail.append(_SENTENCES["RebootRequired"])
    is_told = status == "attributeStatus" and action in ("GetVariables", "GetConfiguration")
    is_done = len(bad) < len(results) if is_told else not bad
    return Verdict(CommandStatus.DONE if is_done else CommandStatus.REFUSED, " ".join(s for s in detail if s))


def _of_keys(answer: Mapping[str, Any]) -> Verdict:
    known, unknown = answer.get("configurationKey") or [], answer.get("unknownKey") or []
    word = answer.get("status")
    if isinstance(word, str) and word not in _YES:
        return Verdict(
            CommandStatus.REFUSED, " ".join((_sentence("", word), _reason(answer.get("statusInfo")))).strip()
        )
    if not unknown:
        return Verdict(CommandStatus.DONE)
    names = ", ".join(str(name)[:_SHOWN] for name in unknown[:_NAMED])
    more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
    detail = f"The charger has no {names}{more}."
    return Verdict(CommandStatus.DONE if known else CommandStatus.REFUSED, detail)


def _sentence(action: str, word: str) -> str:
    return _HINTS.get((action, word)) or _SENTENCES.get(word) or f"{word[:_SHOWN]}."


def _name_of(item: Mapping[str, Any]) -> str:
    component, variable = item.get("component"), item.get("variable")
    if isinstance(component, dict) and isinstance(variable, dict):
        return f"{component.get('name')}.{variable.get('name')}"[:_SHOWN]
    return str(item.get("id"))[:_SHOWN]


def _info_of(item: Mapping[str, Any]) -> Any:
    return item.get("attributeStatusInfo") or item.get("statusInfo")


def _reason(info: Any) -> str:
    """Return the station's own reason as a sentence."""
    if not isinstance(info, dict):
        return ""
    parts = [str(info[key])[:_SHOWN] for key in ("reasonCode", "additionalInfo") if info.get(key)]
    return f"It says: {', '.join(parts)}." if parts else ""
