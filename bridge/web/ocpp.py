"""`/api/v1/ocpp/{charger}/…`: EVerest's interfaces of the stations of a charger, and their dead letters.

`{charger}/{implementation}/{name}` is a command or a variable of an interface, named as over MQTT;
`{charger}/{name}` is one of `ocpp_1_6_charge_point`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bridge.ocppj.json_text import NotJsonError, read_json
from bridge.ports import ChargePointInterface, SetAside
from bridge.types.facts import to_rfc3339
from bridge.web.answers import GATEWAY_TIMEOUT, NOT_FOUND, json_answer
from bridge.web.body import json_object
from bridge.web.question import BadParameterError, Question
from bridge.web.sources import Sources
from bridge.web.uplinks import uplinks_of

if TYPE_CHECKING:
    from bridge.everest.interface import Interface

_CALL_PARTS: Final = 4
"""of a CALL as OCPP-J writes it: 2, id, action, payload"""
_SHOWN = 80
_UNNAMED: Final = "ocpp_1_6_charge_point"


async def stations_of(sources: Sources, request: Request) -> Response:
    """Answer the stations of a charger with their state; raises HTTPException (404)."""
    charger = request.path_params["charger"]
    Question(request, (), now=sources.clock.now(), zone=sources.zone)
    _of_charger(sources, charger)
    return json_answer({"charger": charger, "stations": uplinks_of(sources.board, charger)})


async def read_variable(sources: Sources, request: Request) -> Response:
    """Answer the last value of a variable, null where it never had one; raises HTTPException (404)."""
    station, interface = _station(sources, request), _interface(request)
    name = request.path_params["variable"]
    if name not in interface.variables:
        known = [*interface.variables, *([] if "implementation" in request.path_params else ["dead_letters"])]
        raise HTTPException(NOT_FOUND, _no("variable", name, known))
    return json_answer({"result": interface.side(station).variables().get(name)})


async def run(sources: Sources, request: Request) -> Response:
    """Run a command and answer its result; raises PayloadError, HTTPException (400, 404, 413) and the station's own."""
    from bridge.everest.interface import CommandTimeoutError, run_command  # noqa: PLC0415 -- as in `_interface`

    station, interface = _station(sources, request), _interface(request)
    name = request.path_params["command"]
    if name not in interface.commands:
        known = [*interface.commands, *([] if "implementation" in request.path_params else ["replay"])]
        raise HTTPException(NOT_FOUND, _no("command", name, known))
    arguments = await json_object(request)
    try:
        result = await run_command(interface, station, name, arguments)
    except CommandTimeoutError as error:
        return json_answer({"error": str(error)}, GATEWAY_TIMEOUT)
    return json_answer({"result": result})


async def dead_letters(sources: Sources, request: Request) -> Response:
    """Answer what the central system refused for good, oldest first; raises HTTPException (404) and StoreError."""
    station = _station(sources, request)
    return json_answer({"result": [_letter(letter) for letter in await station.dead_letters()]})


async def replay(sources: Sources, request: Request) -> Response:
    """Let a dead letter be told again; the result is false where there is none or it can be told no more.

    Raises HTTPException (400, 404, 413) and StoreError.
    """
    station = _station(sources, request)
    given = await json_object(request)
    number = given.get("number")
    if set(given) != {"number"} or not isinstance(number, int) or isinstance(number, bool):
        raise BadParameterError("number", _shown(json.dumps(given)), "the number of a dead letter and nothing else")
    return json_answer({"result": await station.replay(number)})


def _of_charger(sources: Sources, charger: str) -> Mapping[str, ChargePointInterface]:
    """Return the stations of a charger by their central systems; raises HTTPException (404)."""
    found = {csms: station for (owner, csms), station in sources.stations.items() if owner == charger}
    if not found:
        known = ", ".join(dict.fromkeys(owner for owner, _ in sources.stations))
        has = f"there are stations of {known}" if known else "no charger has one, see ocpp under chargers in the config"
        raise HTTPException(NOT_FOUND, f"the charger «{_shown(charger)}» has no station; {has}")
    return found


def _station(sources: Sources, request: Request) -> ChargePointInterface:
    """Return the station that is meant: that of `csms`, else the one that may command, else the first."""
    charger = request.path_params["charger"]
    question = Question(request, ("csms",), now=sources.clock.now(), zone=sources.zone)
    found = _of_charger(sources, charger)
    wanted = question.one("csms")
    if wanted is None:
        cards = sources.board.uplinks
        commanding = [csms for csms in found if (card := cards.get((charger, csms))) is not None and card.control]
        return found[commanding[0] if commanding else next(iter(found))]
    if wanted not in found:
        raise BadParameterError("csms", wanted, ", ".join(found))
    return found[wanted]


def _interface(request: Request) -> Interface:
    """Return the interface that is meant, that of 1.6 where none is named; raises HTTPException (404)."""
    from bridge.everest.interfaces import INTERFACES  # noqa: PLC0415 -- types that only those pay who have a station

    name = request.path_params.get("implementation", _UNNAMED)
    if name not in INTERFACES:
        raise HTTPException(NOT_FOUND, _no("interface", name, INTERFACES))
    return INTERFACES[name]


def _no(sort: str, name: str, known: Collection[str]) -> str:
    *others, last = known or ("none",)
    listed = f"are {', '.join(others)}, and {last}" if others else f"is {last}"
    return f"there is no {sort} «{_shown(name)}»; there {listed}"


def _letter(letter: SetAside) -> dict[str, object]:
    kept = _parsed(letter.payload)
    message = kept.get("message") if isinstance(kept, dict) else kept
    action = None
    if isinstance(message, list) and len(message) == _CALL_PARTS:
        _, _, action, message = message
    return {
        "number": letter.number,
        "at": to_rfc3339(letter.at),
        "reason": letter.reason,
        "action": action,
        "message": message,
    }


def _parsed(payload: str) -> Any:
    """Return what a letter keeps; its text where that is no JSON."""
    try:
        return read_json(payload)
    except NotJsonError:
        return payload


def _shown(name: str) -> str:
    return name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"
