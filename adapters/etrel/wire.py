"""The answers of the Etrel web API as they come: vendor names and units live here and nowhere else.

Wire models are strict about types and tolerant of new keys, and they list only what a decoder reads: a key that
nobody reads cannot make a poll fail. Left out on purpose: `onlineData.chargingDuration`, which runs on after the
end of charging [clients], and the misspelt `reserverdTime` and `totalOperatingTme` [seed].
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel, to_pascal

from adapters import decoding
from adapters.decoding import Label, ShapeError, Word, quote, read_json, shape_error


class RefusedError(Exception):
    """The answer is an `errorCode` other than 0 with the charger's own `errorMessage`."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class Wire(decoding.Wire):
    """Base of the wire models with camelCase keys."""

    model_config = ConfigDict(alias_generator=to_camel)


class AnswerWire(Wire):
    """Any answer that is an object: it may be an error even with HTTP 200 [clients]."""

    error_code: int | None = None
    error_message: str | None = None


class WebOperatorWire(Wire):
    """The account that logged in."""

    blocked: bool | None = None


class LoginWire(AnswerWire):
    """Answer of `POST /api/webOperatorLogin` [clients]."""

    web_operator: WebOperatorWire | None = None
    token: str | None = None


class SystemInformationWire(AnswerWire):
    """Answer of `GET /api/systemInformation` [one]."""

    model: Label | None = None
    serial_number: Label | None = None
    operations_version: Label | None = None
    os_version: Label | None = None


class OnlineDataWire(Wire):
    """A connector at this moment [seed]: kW, kWh, A."""

    status: Word | None = None
    session_id: Label | None = None
    target_current: float | None = None
    phase1_current: float | None = Field(default=None, alias="phase1Current")
    power: float | None = None
    consumed_energy: float | None = None
    fault_event_type: Label | None = None
    fault_event_description: str | None = None


class ConnectorWire(Wire):
    """A connector with its live data."""

    connector_id: int
    online_data: OnlineDataWire | None = None


class EvseWire(Wire):
    """An EVSE and its connectors."""

    evse_id: int
    connectors: list[ConnectorWire]


class CentralSystemWire(Wire):
    """The box's own link to a central system; "Disabled" is none [seed]."""

    status: Word | None = None


class LoadGuardWire(Wire):
    """The meter of the building [seed]: kW."""

    is_installed: bool | None = None
    is_connected: bool | None = None
    building_total_power: float | None = None


class ClusterWire(Wire):
    """The group of chargers that share a supply [seed]: kW."""

    is_enabled: bool | None = None
    all_chargers_connected: bool | None = None
    total_power: float | None = None


class PowerManagementWire(Wire):
    """What the box measures around itself."""

    load_guard: LoadGuardWire | None = None
    cluster: ClusterWire | None = None


class StatusWire(AnswerWire):
    """Answer of `GET /api/generalStatus/` [seed]."""

    evses: list[EvseWire]
    central_system: CentralSystemWire | None = None
    power_management: PowerManagementWire | None = None


class UserWire(decoding.Wire):
    """Who a card belongs to; the only object of this API with PascalCase keys [seed]."""

    model_config = ConfigDict(alias_generator=to_pascal)

    first_name: Word | None = None
    last_name: Word | None = None


class UserIdentificationWire(Wire):
    """The card, code or car that identified the user [seed]."""

    user_identification_type: Word | None = None
    identification_code: Label | None = None


class SessionWire(Wire):
    """One row of the session log [seed]: registers in milli-Wh, `activeEnergyConsumed` in kWh, power in kW."""

    charging_session_id: Annotated[Label, Field(min_length=1)]
    connector_id: int = Field(ge=1)
    charging_started_time: Word | None
    charging_ended_time: Word | None
    vehicle_connected_time: Word | None = None
    vehicle_disconnected_time: Word | None = None
    time_spent_charging: Word | None = None
    meter_value_start: int | None = None
    meter_value_end: int | None = None
    active_energy_consumed: float | None = None
    max_session_power: float | None = None
    identification_code: Label | None = None
    user_identification: UserIdentificationWire | None = None
    user: UserWire | None = None
    charging_mode: Word | None = None
    charging_session_stop_reason: Word | None = None


class PagingWire(Wire):
    """How long the log is."""

    num_of_rows: int | None = None
    page_count: int | None = None


class SessionPageWire(AnswerWire):
    """Answer of `/api/chargingSession/` [seed]; each row is validated on its own, so that one cannot lose a page."""

    content: list[Any]
    paging_info: PagingWire | None = None


A = TypeVar("A", bound=AnswerWire)
W = TypeVar("W", bound=Wire)


def parse_answer(model: type[A], body: bytes) -> A:
    """Read an answer that is a JSON object; ShapeError or RefusedError otherwise."""
    try:
        answer = model.model_validate_json(body)
    except ValidationError as error:
        _raise_if_refused(body)
        raise shape_error(error) from None
    if answer.error_code:
        raise RefusedError(answer.error_code, answer.error_message or "")
    return answer


def parse_rows(body: bytes) -> list[Any]:
    """Read an answer that is a bare JSON array; ShapeError or RefusedError otherwise."""
    rows = read_json(body)
    if not isinstance(rows, list):
        _raise_if_refused(body)
        raise ShapeError(f"$: an array was expected, not {quote(type(rows).__name__)}")
    return rows


def parse_row(model: type[W], row: object, path: str) -> W:
    """Read one element of an answer that stands at `path`; ShapeError otherwise."""
    try:
        return model.model_validate(row)
    except ValidationError as error:
        raise shape_error(error, path) from None


def _raise_if_refused(body: bytes) -> None:
    try:
        answer = AnswerWire.model_validate_json(body)
    except ValidationError:
        return
    if answer.error_code:
        raise RefusedError(answer.error_code, answer.error_message or "")
