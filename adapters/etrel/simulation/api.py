"""The local web API: paths, methods, tokens and what each endpoint answers; no fault is known here but its own."""

from __future__ import annotations

from collections.abc import Callable

from adapters.etrel.simulation.options import FaultKind, SimulatorOptions
from adapters.etrel.simulation.profile import ProfileQuery, QueryError, write_profile
from adapters.etrel.simulation.session_log import LogQuery, write_log
from adapters.etrel.simulation.status import write_information, write_status
from adapters.etrel.simulation.ticks import to_ticks
from adapters.etrel.simulation.tokens import Tokens
from adapters.etrel.simulation.wishes import REBOOT, fulfil
from adapters.etrel.simulation.world import World
from adapters.simulation.answer import Answer, refusal, write_json
from adapters.simulation.faults import Faults
from adapters.simulation.wishes import Given

LOGIN = "/api/webOperatorLogin"
STATUS = "/api/generalStatus"
SESSIONS = "/api/chargingSession"
PROFILE = "/api/powerProfile"
INFORMATION = "/api/systemInformation"
RESTART = "/api/restart"
_STRANGE_WORD = "Levitating"

Endpoint = Callable[[Given, int], Answer]


class Api:
    """Answers requests from a world. All instants in ticks."""

    def __init__(self, options: SimulatorOptions, world: World, faults: Faults[FaultKind]) -> None:
        self._options = options
        self._world = world
        self._faults = faults
        self._tokens = Tokens(options)
        self._holes = [(to_ticks(from_at), to_ticks(to_at)) for from_at, to_at in options.holes]
        self._endpoints: dict[str, dict[str, Endpoint]] = {
            LOGIN: {"POST": self._log_in},
            STATUS: {"GET": self._status},
            SESSIONS: dict.fromkeys(options.session_methods, self._sessions),
            PROFILE: {"GET": self._profile},
            INFORMATION: {"GET": self._information},
            RESTART: {"POST": self._restart},
        }

    def has(self, path: str) -> bool:
        """Tell whether there is such a path; without trailing slash."""
        return path in self._endpoints

    def answer(self, method: str, path: str, given: Given, authorization: str, now: int) -> Answer:
        """Answer one request; `given` holds the fields of query and form."""
        endpoint = self._endpoints.get(path)
        if endpoint is None:
            return refusal(404)
        if method not in endpoint:
            return refusal(405, (b"allow", ", ".join(endpoint).encode()))
        if path != LOGIN and not self._tokens.let_in(authorization, now):
            return refusal(401, (b"www-authenticate", b"Bearer"))
        self._world.advance(now)
        try:
            return endpoint[method](given, now)
        except QueryError as wrong:
            return Answer(write_json({"errorCode": 400, "errorMessage": str(wrong)}), 400)

    def _log_in(self, given: Given, now: int) -> Answer:
        email = given.get("email", "")
        refused = self._faults.take(LOGIN, FaultKind.REFUSED_LOGIN)
        token = None if refused else self._tokens.log_in(email, given.get("password", ""), now)
        if token is None:
            wrong = {"errorCode": 101, "errorMessage": "Wrong user name or password"}
            body = write_json({**wrong, "webOperator": None, "token": None})
            return Answer(body, self._options.refused_login_status)
        operator = {
            "operatorId": 1,
            "email": email,
            "password": None,
            "blocked": False,
            "operatorRole": "Administrator",
        }
        return Answer(write_json({"errorCode": 0, "errorMessage": "", "webOperator": operator, "token": token}))

    def _status(self, _given: Given, now: int) -> Answer:
        fault = self._faults.take(STATUS, FaultKind.UNKNOWN_STATUS)
        return Answer(write_status(self._world, self._options, now, (fault.word or _STRANGE_WORD) if fault else None))

    def _sessions(self, given: Given, now: int) -> Answer:
        query = LogQuery.parse(given)
        if query.page_number > 1 and self._faults.take(SESSIONS, FaultKind.SHIFTED_PAGE):
            self._world.note_failed_attempt(now)
        return Answer(write_log(self._world.sessions(now), query, now))

    def _profile(self, given: Given, now: int) -> Answer:
        return Answer(write_profile(self._world, ProfileQuery.parse(given), now, self._holes))

    def _information(self, _given: Given, _now: int) -> Answer:
        return Answer(write_information(self._options))

    def _restart(self, _given: Given, now: int) -> Answer:
        fulfil(self._world, REBOOT, {}, now)
        return Answer(write_json({"errorCode": 0, "errorMessage": ""}))
