"""Charging profiles of either shape, in the words of the station's version.

A profile of 2.x for a station of 2.x goes out as it is. All others go through the bridge's type, those of 1.6 with the
corrections that `v16.corrections` lists, and what a version cannot say is noted or refused.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from bridge.central.operations.arguments import ArgumentError, Arguments, Spot, as_integer, given
from bridge.central.operations.wish import Terms, Wish, reported, single
from bridge.types.ocpp.charging_profile import (
    ChargingProfile,
    ChargingProfileKind,
    ChargingProfilePurpose,
    ProfileSchedule,
)
from bridge.types.ocpp.payload_error import PayloadError, ProblemKind
from bridge.types.ocpp.translate.charging_profiles import (
    Place,
    SetChargingProfileRequest,
    profile_from_v16,
    profile_in_v16,
    set_charging_profile,
)
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.translate.words_v16 import PURPOSES, PURPOSES_BACK
from bridge.types.ocpp.v16.corrections import take_remote_start, take_set_charging_profile

_TX_PROFILE: Final = ChargingProfilePurpose.TX_PROFILE.value
_TX_DEFAULT: Final = ChargingProfilePurpose.TX_DEFAULT_PROFILE.value
_MAX_PROFILES: Final = (ChargingProfilePurpose.CHARGING_STATION_MAX_PROFILE.value, "ChargePointMaxProfile")
_SOME_TAG: Final = "-"


def word_set_charging_profile(args: Arguments, terms: Terms) -> Wish:
    """Install a profile; a TxProfile gets the id of the transaction that runs there."""
    raw = args.pop_as(dict, "csChargingProfiles", "chargingProfile")
    if raw is None:
        raise args.error("csChargingProfiles", ProblemKind.MISSING, "is required")
    spot = args.spot() or _whole_station(raw, args)
    if _is_v2(raw):
        if not terms.is_v16:
            completed = _with_transaction(raw, spot, terms, args)
            return single(
                "SetChargingProfile", {**args.rest, "evseId": spot.number, "chargingProfile": completed}, args.notes
            )
        asked = args.take(SetChargingProfileRequest, {**args.rest, "evseId": spot.number, "chargingProfile": raw})
        profile = asked.charging_profile
    else:
        profile = _from_v16(raw, spot, args)
    profile = _with_running(profile, spot, terms, args)
    if not terms.is_v16:
        profile = from_zero(profile, args)
    said = set_charging_profile(profile, Place(spot.number, spot.number), terms.version)
    if said.payload is None:
        raise args.unsayable(said.dropped)
    args.dropped(said.dropped)
    return single("SetChargingProfile", dict(said.payload), args.notes)


def start_profile(raw: dict[str, Any], args: Arguments, terms: Terms) -> dict[str, Any]:
    """Return the profile of a remote start: a TxProfile that names no transaction, for there is none yet [spec]."""
    raw = dict(raw)
    if raw.pop("transactionId", None) is not None:
        args.notes.append("chargingProfile.transactionId is left out: the transaction is only to begin")
    if raw.get("chargingProfilePurpose") == _TX_DEFAULT:
        raw["chargingProfilePurpose"] = _TX_PROFILE
        args.notes.append("chargingProfile.chargingProfilePurpose is said as TxProfile: it holds for this transaction")
    if _is_v2(raw):
        if not terms.is_v16:
            return raw
        profile = args.take(SetChargingProfileRequest, {"evseId": 1, "chargingProfile": raw}).charging_profile
        if profile.charging_profile_purpose is not ChargingProfilePurpose.TX_PROFILE:
            path = "chargingProfile.chargingProfilePurpose"
            raise args.error(path, ProblemKind.VALUE, "should be TxProfile: any other would outlive the transaction")
    else:
        profile = _start_from_v16(raw, args)
    said = profile_in_v16(profile) if terms.is_v16 else say(from_zero(profile, args), terms.version)
    if said.payload is None:
        raise args.unsayable(said.dropped)
    args.dropped(said.dropped)
    return dict(said.payload)


def word_clear_charging_profile(args: Arguments, terms: Terms) -> Wish:
    """Remove the profiles that fit all that is given, in any mix."""
    criteria = args.pop_as(dict, "chargingProfileCriteria")
    inner = Arguments(args.operation, criteria or {})
    profile_id = args.pop("chargingProfileId", "id")
    spot = inner.spot() or args.spot()
    purpose, stack_level = _either(inner, args, "chargingProfilePurpose"), _either(inner, args, "stackLevel")
    args.notes.extend(inner.notes)
    rest = {**args.rest, **({"chargingProfileCriteria": inner.rest} if inner.rest else {})}
    if not rest and (profile_id, spot, purpose, stack_level) == (None, None, None, None):
        args.notes.append("nothing is named, so all profiles are meant")
    told = {
        "evseId": None if spot is None else spot.number,
        "chargingProfilePurpose": _purpose(purpose, terms, args),
        "stackLevel": stack_level,
    }
    told = {key: value for key, value in told.items() if value is not None}
    if terms.is_v16:
        if "evseId" in told:
            told["connectorId"] = told.pop("evseId")
        return single("ClearChargingProfile", {**rest, **given("id", profile_id), **told}, args.notes)
    payload = {**rest, **given("chargingProfileId", profile_id)}
    if told:
        payload["chargingProfileCriteria"] = {**inner.rest, **told}
    return single("ClearChargingProfile", payload, args.notes)


def word_get_composite_schedule(args: Arguments, terms: Terms) -> Wish:
    """Have the station work out what may be charged from now on."""
    spot = args.spot()
    name = "connectorId" if terms.is_v16 else "evseId"
    return single("GetCompositeSchedule", {**args.rest, **given(name, spot and spot.number)}, args.notes)


def word_get_charging_profiles(args: Arguments, terms: Terms) -> Wish:
    """Have the station report its profiles; 1.6 cannot."""
    if terms.is_v16:
        todo = "GetCompositeSchedule tells what its profiles add up to"
        raise terms.unsupported("GetChargingProfiles", todo)
    spot = args.spot()
    criterion = args.pop_as(dict, "chargingProfile") or {}
    if "chargingProfilePurpose" in criterion:
        criterion = {**criterion, "chargingProfilePurpose": _purpose(criterion["chargingProfilePurpose"], terms, args)}
    request_id = args.pop("requestId")
    payload = {
        **args.rest,
        "requestId": terms.new_id() if request_id is None else request_id,
        "chargingProfile": criterion,
        **given("evseId", spot and spot.number),
    }
    return reported("GetChargingProfiles", payload, args.notes)


def from_zero(profile: ChargingProfile, args: Arguments) -> ChargingProfile:
    """Return the profile with schedules that begin at 0 s, as 2.x wants it [spec: K01.FR.31].

    One with a start of its own starts so much later instead, which is the same; of any other the first limit holds
    from the beginning, which is said.
    """
    schedules = tuple(_from_zero(schedule, profile, args) for schedule in profile.charging_schedule)
    return profile.model_copy(update={"charging_schedule": schedules})


def _from_zero(schedule: ProfileSchedule, profile: ChargingProfile, args: Arguments) -> ProfileSchedule:
    periods = schedule.charging_schedule_period
    gap_s = periods[0].start_period
    if gap_s == 0:
        return schedule
    is_absolute = profile.charging_profile_kind is ChargingProfileKind.ABSOLUTE
    longer_than_gap = schedule.duration is None or schedule.duration > gap_s
    if is_absolute and schedule.start_schedule is not None and longer_than_gap:
        try:
            start = schedule.start_schedule + timedelta(seconds=gap_s)
        except OverflowError:
            raise args.error("startSchedule", ProblemKind.VALUE, "should lie before the year 9999") from None
        args.notes.append(f"the schedule starts {gap_s} s later, because its first period begins at {gap_s} s")
        moved = tuple(p.model_copy(update={"start_period": p.start_period - gap_s}) for p in periods)
        duration = None if schedule.duration is None else schedule.duration - gap_s
        changed = {"charging_schedule_period": moved, "start_schedule": start, "duration": duration}
    else:
        args.notes.append(f"the first limit holds from the beginning and not from {gap_s} s on, as OCPP 2.x wants it")
        first = periods[0].model_copy(update={"start_period": 0})
        changed = {"charging_schedule_period": (first, *periods[1:])}
    return schedule.model_copy(update=changed)


def _from_v16(raw: dict[str, Any], spot: Spot, args: Arguments) -> ChargingProfile:
    payload = {**args.rest, "connectorId": spot.number, "csChargingProfiles": _one_schedule_in_v16(raw)}
    try:
        return profile_from_v16(args.taken(take_set_charging_profile(payload)).cs_charging_profiles)
    except PayloadError as error:
        raise ArgumentError.of(args.operation, error) from None


def _start_from_v16(raw: dict[str, Any], args: Arguments) -> ChargingProfile:
    payload = {"idTag": _SOME_TAG, "chargingProfile": _one_schedule_in_v16(raw)}
    try:
        taken = args.taken(take_remote_start(payload)).charging_profile
    except PayloadError as error:
        raise ArgumentError.of(args.operation, error) from None
    if taken is None:
        raise args.error("chargingProfile", ProblemKind.MISSING, "is required")
    return profile_from_v16(taken)


def _one_schedule_in_v16(raw: dict[str, Any]) -> dict[str, Any]:
    """Return a profile of 1.6 with 2.x's word for the purpose in 1.6's spelling."""
    purpose = raw.get("chargingProfilePurpose")
    word = PURPOSES.get(purpose) if isinstance(purpose, str) else None
    return raw if word is None else {**raw, "chargingProfilePurpose": word}


def _whole_station(raw: dict[str, Any], args: Arguments) -> Spot:
    """Return the whole station for a profile that caps it. Raises ArgumentError for any other."""
    if raw.get("chargingProfilePurpose") in _MAX_PROFILES:
        return Spot(0)
    raise args.error("connectorId", ProblemKind.MISSING, "is required")


def _with_running(profile: ChargingProfile, spot: Spot, terms: Terms, args: Arguments) -> ChargingProfile:
    if profile.charging_profile_purpose is not ChargingProfilePurpose.TX_PROFILE or profile.transaction_id is not None:
        return profile
    running = _running(spot, terms, args)
    if running is None or (terms.is_v16 and as_integer(running) is None):
        return profile
    return profile.model_copy(update={"transaction_id": running})


def _with_transaction(raw: dict[str, Any], spot: Spot, terms: Terms, args: Arguments) -> dict[str, Any]:
    """Return a profile of 2.x with the id of the transaction that runs there, where it needs one."""
    raw = {key: value for key, value in raw.items() if value is not None}
    transaction_id = raw.get("transactionId")
    if isinstance(transaction_id, int) and not isinstance(transaction_id, bool):
        return {**raw, "transactionId": args.whole_as_text(transaction_id, "chargingProfile.transactionId")}
    if raw.get("chargingProfilePurpose") != _TX_PROFILE or transaction_id is not None:
        return raw
    running = _running(spot, terms, args)
    return raw if running is None else {**raw, "transactionId": running}


def _running(spot: Spot, terms: Terms, args: Arguments) -> str | None:
    running = terms.transaction_id(spot.number)
    if running is None:
        args.notes.append(f"no transaction is known to run at connector {spot.number}, and a TxProfile is for one")
    else:
        args.notes.append(f"transactionId is that of the transaction at connector {spot.number}")
    return running


def _is_v2(profile: dict[str, Any]) -> bool:
    """Tell whether a profile has the shape of 2.x: a list of schedules, and `id` for its number."""
    if "chargingProfileId" in profile:
        return False
    return isinstance(profile.get("chargingSchedule"), list) or "id" in profile


def _purpose(word: Any, terms: Terms, args: Arguments) -> Any:
    """Return the version's word for a purpose; one that it lacks must not widen what is meant. Raises ArgumentError."""
    if not isinstance(word, str):
        return word
    if not terms.is_v16:
        return PURPOSES_BACK[word].value if word in PURPOSES_BACK else word
    if word in PURPOSES and PURPOSES[word] is None:
        said = f"OCPP 1.6 knows no {ChargingProfilePurpose(word)}"
        raise args.error("chargingProfilePurpose", ProblemKind.VALUE, said)
    return PURPOSES.get(word, word)


def _either(inner: Arguments, outer: Arguments, name: str) -> Any:
    value = inner.pop(name)
    return outer.pop(name) if value is None else value
