"""An operation and its arguments in either shape → what is sent to a station of a version. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any, Final, cast

from bridge.central.operations import certificates, files, inventory, local_list, profiles, settings, steering
from bridge.central.operations import transactions as of_transactions
from bridge.central.operations.arguments import ArgumentError, Arguments
from bridge.central.operations.wish import Terms, Wish, Wording, reported, single
from bridge.ocppj.json_text import DEEPEST, write_json
from bridge.ocppj.schemas import Schemas
from bridge.types.ocpp.base import from_ocpp
from bridge.types.ocpp.payload_error import PayloadError, ProblemKind
from bridge.types.ocpp.provisioning.edition import Edition
from bridge.types.ocpp.provisioning.features import PROFILE, Role
from bridge.types.ocpp.provisioning.sending import to_peer

Worder = Callable[[Arguments, Terms], Wish]

LARGEST_PAYLOAD: Final = 262_144
"""characters of one message as JSON"""
_PROVISIONING: Final = {feature.name: feature for feature in PROFILE if feature.answered_by is Role.CHARGING_STATION}


def _as_it_is(action: str) -> Worder:
    """Pass the arguments on where the version has the action."""

    def word(args: Arguments, terms: Terms) -> Wish:
        if not schemas_of(terms.version).knows(action):
            raise terms.unsupported(action, _INSTEAD.get(action, ""))
        return single(action, args.rest, args.notes)

    return word


def _with_report(action: str, defaults: Mapping[str, Any] = MappingProxyType({})) -> Worder:
    """Pass the arguments on with a number for the report that follows."""

    def word(args: Arguments, terms: Terms) -> Wish:
        if not schemas_of(terms.version).knows(action):
            raise terms.unsupported(action, _INSTEAD.get(action, ""))
        request_id = args.pop("requestId")
        number = terms.new_id() if request_id is None else request_id
        payload = {**defaults, **args.rest, "requestId": number}
        if payload.get("report") is False:
            return single(action, payload, args.notes)
        return reported(action, payload, args.notes)

    return word


_INSTEAD: Final = {
    "SetNetworkProfile": "Vendors have a key for the address of the central system: see GetConfiguration",
    "GetMonitoringReport": "GetConfiguration tells its settings",
}
"""what a person can do where a version lacks an action"""

WORDERS: Final[Mapping[str, Worder]] = MappingProxyType(
    {
        "SetChargingProfile": profiles.word_set_charging_profile,
        "ClearChargingProfile": profiles.word_clear_charging_profile,
        "GetCompositeSchedule": profiles.word_get_composite_schedule,
        "GetChargingProfiles": profiles.word_get_charging_profiles,
        "GetConfiguration": settings.word_read,
        "ChangeConfiguration": settings.word_change,
        "GetVariables": settings.word_read,
        "SetVariables": settings.word_change,
        "GetBaseReport": inventory.word_get_base_report,
        "GetReport": inventory.word_get_report,
        "RemoteStartTransaction": of_transactions.word_remote_start,
        "RemoteStopTransaction": of_transactions.word_remote_stop,
        "GetTransactionStatus": of_transactions.word_transaction_status,
        "CostUpdated": of_transactions.word_cost_updated,
        "ReserveNow": of_transactions.word_reserve_now,
        "CancelReservation": of_transactions.word_cancel_reservation,
        "Reset": steering.word_reset,
        "UnlockConnector": steering.word_unlock_connector,
        "ChangeAvailability": steering.word_change_availability,
        "TriggerMessage": steering.word_trigger_message,
        "ExtendedTriggerMessage": steering.word_trigger_message,
        "DataTransfer": steering.word_data_transfer,
        "UpdateFirmware": files.word_update_firmware,
        "GetLog": files.word_get_log,
        "GetDiagnostics": files.word_get_log,
        "GetLocalListVersion": local_list.word_list_version,
        "SendLocalList": local_list.word_send_list,
        "ClearCache": _as_it_is("ClearCache"),
        "SetNetworkProfile": _as_it_is("SetNetworkProfile"),
        "SetVariableMonitoring": _as_it_is("SetVariableMonitoring"),
        "ClearVariableMonitoring": _as_it_is("ClearVariableMonitoring"),
        "SetMonitoringBase": _as_it_is("SetMonitoringBase"),
        "SetMonitoringLevel": _as_it_is("SetMonitoringLevel"),
        "GetMonitoringReport": _with_report("GetMonitoringReport"),
        "CustomerInformation": _with_report("CustomerInformation", {"report": True, "clear": False}),
        "InstallCertificate": certificates.word_install,
        "GetInstalledCertificateIds": certificates.word_installed,
        "DeleteCertificate": _as_it_is("DeleteCertificate"),
    }
)
"""one for each operation of the catalogue, by its name"""


def wish_of(operation: str, arguments: Mapping[str, Any], terms: Terms) -> Wish:
    """Return what is to be sent; every payload in it fits the schema of the station's version.

    `operation` is a name of the catalogue. Raises ArgumentError, which is a PayloadError, and ChargerUnsupportedError.
    """
    args = Arguments(operation, arguments)
    _check_size(args)
    return _checked(WORDERS[operation](args, terms), operation, terms)


def _checked(wish: Wish, operation: str, terms: Terms) -> Wish:
    for wording in wish.wordings:
        try:
            schemas_of(terms.version).check_request(wording.action, wording.payload)
            _check_provisioning(wording, terms)
        except PayloadError as error:
            raise ArgumentError.of(operation, error) from None
    otherwise = None if wish.otherwise is None else _checked(wish.otherwise, operation, terms)
    return replace(wish, otherwise=otherwise)


def _check_provisioning(wording: Wording, terms: Terms) -> None:
    """Hold a provisioning message of 2.x against what every station takes, those built on ocpp-go among them."""
    feature = None if terms.is_v16 else _PROVISIONING.get(wording.action)
    if feature is not None:
        to_peer(from_ocpp(feature.request, wording.payload), cast("Edition", terms.version))


def _check_size(args: Arguments) -> None:
    """Refuse what no JSON can say, and what is larger or deeper than any message. Raises ArgumentError."""
    try:
        text = write_json(args.rest)
    except (ValueError, TypeError, RecursionError):
        raise args.error("", ProblemKind.VALUE, "should be what JSON can say") from None
    if len(text) > LARGEST_PAYLOAD:
        said = f"should have at most {LARGEST_PAYLOAD:,} characters as JSON, not {len(text):,}"
        raise args.error("", ProblemKind.VALUE, said)
    if text.count("[") + text.count("{") > DEEPEST and _depth(args.rest) > DEEPEST:
        raise args.error("", ProblemKind.VALUE, f"should be nested at most {DEEPEST} levels deep")


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level:
        depth += 1
        inner = (i for outer in level for i in (outer.values() if isinstance(outer, dict) else outer))
        level = [i for i in inner if isinstance(i, dict | list)]
    return depth


@cache
def schemas_of(version: Any) -> Schemas:
    """Return the messages of a version."""
    return Schemas(version)
