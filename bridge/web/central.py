"""`/api/v1/central/…`: chargers that have the bridge as their OCPP central system, and who asks to become one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bridge.errors import ChargerUnsupportedError
from bridge.ports import CentralSystem
from bridge.web.answers import BAD_REQUEST, CONFLICT, NOT_FOUND, NOT_IMPLEMENTED, json_answer
from bridge.web.body import json_object, json_value, whole_body
from bridge.web.callers import origin_of
from bridge.web.guard import media_type
from bridge.web.question import BadParameterError, Question
from bridge.web.sources import Sources
from bridge.web.stations import station_entry, waiting_entries

_WAITING: Final = "waiting"
_NONE: Final = "no charger connects to this bridge by itself; see central in the config"


async def overview(sources: Sources, request: Request) -> Response:
    """Answer the stations, who asks to come in, and what can be asked of stations; raises HTTPException (404)."""
    Question(request, (), now=sources.clock.now(), zone=sources.zone)
    central = _central(sources)
    answer = {
        "stations": [station_entry(card) for card in sources.board.stations.values()],
        "waiting": waiting_entries(sources.board),
        "operations": [kind.model_dump(mode="json") for kind in central.operations()],
    }
    return json_answer(answer)


async def operate(sources: Sources, request: Request) -> Response:
    """Have a station do something once and answer what it said to it; its no and its silence are answers too.

    The body is a JSON object with the arguments, or a JSON string that holds them as people write them, or that text
    itself as text/plain. How long it may take is the central system's own to limit: a report comes in many parts.
    Raises PayloadError, HTTPException (400, 404, 413) and what the station and the store raise.
    """
    charger, operation = request.path_params["charger"], request.path_params["operation"]
    return await _operate(sources, request, charger, operation)


async def answer_waiting(sources: Sources, request: Request) -> Response:
    """Let a station in that asks for it, or turn it away; raises HTTPException (400, 404, 413) and StoreError."""
    identity = request.path_params["identity"]
    if _WAITING in sources.board.stations and identity not in sources.board.waiting:
        return await _operate(sources, request, _WAITING, identity)  # a charger of that very name
    Question(request, (), now=sources.clock.now(), zone=sources.zone)
    central = _central(sources)
    given = await json_object(request)
    charger = _wished_name(given)
    try:
        if charger is None:
            await central.turn_away(identity)
        else:
            await central.accept(identity, charger)
    except LookupError as error:
        return _said(error, NOT_FOUND)
    except ValueError as error:
        is_taken = charger in sources.board.chargers or charger in sources.board.stations
        return _said(error, CONFLICT if is_taken else BAD_REQUEST)
    return json_answer({"identity": identity, "accepted": charger is not None, "charger": charger})


async def _operate(sources: Sources, request: Request, charger: str, operation: str) -> Response:
    Question(request, (), now=sources.clock.now(), zone=sources.zone)
    central = _central(sources)
    try:
        arguments = await _arguments(central, request)
    except ValueError as error:
        return _said(error, BAD_REQUEST)
    try:
        result = await central.operate(charger, operation, arguments, origin_of(request.headers))
    except LookupError as error:
        return _said(error, NOT_FOUND)
    except ChargerUnsupportedError as error:
        return _said(error, NOT_IMPLEMENTED)
    return json_answer(result.model_dump(mode="json"))


def _central(sources: Sources) -> CentralSystem:
    if sources.central is None:
        raise HTTPException(NOT_FOUND, _NONE)
    return sources.central


async def _arguments(central: CentralSystem, request: Request) -> dict[str, Any]:
    """Return the arguments in the body; raises ValueError, PayloadError, HTTPException (400, 413)."""
    if media_type(request.headers) == "text/plain":
        body = await whole_body(request)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise ValueError("The text is not in UTF-8.") from None
    else:
        value = await json_value(request)
        if isinstance(value, dict):
            return value
        if not isinstance(value, str):
            raise HTTPException(BAD_REQUEST, "the body is neither an object with the arguments nor a text of them")
        text = value
    return central.read_arguments(text) if text.strip() else {}


def _wished_name(given: Mapping[str, Any]) -> str | None:
    """Return as which charger a station is let in, None where it is turned away; raises BadParameterError."""
    wish = given.get("accept")
    if wish is True and set(given) == {"accept", "charger"} and isinstance(given["charger"], str):
        return given["charger"]
    if wish is False and set(given) <= {"accept", "charger"}:
        return None
    seen = json.dumps(given, ensure_ascii=False)
    allowed = '{"accept": true, "charger": "carport"} or {"accept": false}'
    raise BadParameterError("accept", seen, allowed)


def _said(error: Exception, status: int) -> Response:
    """Answer with the sentence of an error; a LookupError of Python's own shows its key in quotes otherwise."""
    sentence = str(error.args[0]) if isinstance(error, LookupError) and error.args else str(error)
    return json_answer({"error": sentence}, status)
