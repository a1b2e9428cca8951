"""All addresses of the local page and API, and what stands before them."""

from __future__ import annotations

from functools import partial

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from bridge.errors import BridgeError
from bridge.types.ocpp.payload_error import PayloadError
from bridge.web.access import TokenCheck, TokenGuard
from bridge.web.answers import bad_parameter, bridge_error, http_error, payload_error, unexpected_error
from bridge.web.assets import ChartLibrary, Page, PageFiles, read_page
from bridge.web.attempts import Attempts
from bridge.web.central import answer_waiting, operate, overview
from bridge.web.chargers import chargers
from bridge.web.guard import HostGuard, SecurityHeaders, WriteGuard
from bridge.web.health import health
from bridge.web.login import Login
from bridge.web.ocpp import dead_letters, read_variable, replay, run, stations_of
from bridge.web.options import WebOptions, is_loopback
from bridge.web.power import power
from bridge.web.question import BadParameterError
from bridge.web.sessions import sessions
from bridge.web.sources import Sources


def build_site(options: WebOptions, sources: Sources, token: SecretStr | None) -> ASGIApp:
    """Join routes and middleware; without a token there is no login and everything is open."""
    chart = ChartLibrary()
    routes: list[BaseRoute] = [
        Route("/", Page(chart.path).answer),
        Route("/api/v1/chargers", partial(chargers, sources)),
        Route("/api/v1/power", partial(power, sources)),
        Route("/api/v1/sessions", partial(sessions, sources)),
        Route("/api/v1/ocpp/{charger}", partial(stations_of, sources)),
        Route("/api/v1/ocpp/{charger}/dead_letters", partial(dead_letters, sources)),
        Route("/api/v1/ocpp/{charger}/replay", partial(replay, sources), methods=["POST"]),
        Route("/api/v1/ocpp/{charger}/{variable}", partial(read_variable, sources)),
        Route("/api/v1/ocpp/{charger}/{command}", partial(run, sources), methods=["POST"]),
        Route("/api/v1/ocpp/{charger}/{implementation}/{variable}", partial(read_variable, sources)),
        Route("/api/v1/ocpp/{charger}/{implementation}/{command}", partial(run, sources), methods=["POST"]),
        Route("/api/v1/central", partial(overview, sources)),
        Route("/api/v1/central/waiting/{identity:path}", partial(answer_waiting, sources), methods=["POST"]),
        Route("/api/v1/central/{charger}/{operation}", partial(operate, sources), methods=["POST"]),
        Route("/health", partial(health, sources)),
        Route(chart.path, chart.answer),
    ]
    guards: list[Middleware] = []
    if is_loopback(options.host):
        guards.append(Middleware(HostGuard, names=options.names))
    if token is not None:
        check, attempts = TokenCheck(token), Attempts(sources.clock)
        login = Login(read_page("login.html"), check, attempts)
        routes.append(Route("/login", login.show))
        routes.append(Route("/login", login.take, methods=["POST"]))
        guards.append(Middleware(TokenGuard, check=check, attempts=attempts))
    guards.append(Middleware(WriteGuard, names=options.names))
    routes.append(Mount("/static", PageFiles()))
    site = Starlette(
        routes=routes,
        middleware=guards,
        exception_handlers={
            BadParameterError: bad_parameter,
            PayloadError: payload_error,
            BridgeError: bridge_error,
            HTTPException: http_error,
            Exception: unexpected_error,
        },
    )
    # Outside of Starlette, so that its own answer to an unexpected error carries the headers too.
    return SecurityHeaders(site)
