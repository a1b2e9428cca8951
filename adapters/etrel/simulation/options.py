"""How a simulated charger is set up, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal


class FaultKind(StrEnum):
    """What can go wrong between the charger and who asks it."""

    UNAUTHORIZED = "unauthorized"
    """401 whatever the token"""
    REFUSED_LOGIN = "refused_login"
    """the login answers HTTP 200 with an errorCode that is not 0"""
    SERVER_ERROR = "server_error"
    """500"""
    NOT_FOUND = "not_found"
    """404, as of a firmware without that endpoint"""
    UNAVAILABLE = "unavailable"
    """503 with Retry-After"""
    TOO_MANY = "too_many"
    """429 with Retry-After"""
    SLOW = "slow"
    """the answer comes after `delay_s` of the injected clock"""
    RESET = "reset"
    """the connection is reset instead of an answer"""
    TRUNCATED = "truncated"
    """the body is cut off half-way and the connection closed"""
    INVALID_JSON = "invalid_json"
    """a whole answer that is not JSON"""
    HTML = "html"
    """a login page in HTML with status 200"""
    UNKNOWN_STATUS = "unknown_status"
    """generalStatus says `word` as the state of every connector"""
    SHIFTED_PAGE = "shifted_page"
    """a new session appears in the log just before a page after the first is read"""
    WRONG_DATE = "wrong_date"
    """the Date header is `skew_s` ahead"""


@dataclass(slots=True)
class Fault:
    """One thing that is wrong, for the next `times` requests that it concerns, or until it is healed."""

    kind: FaultKind
    times: int | None = None
    path: str = ""
    """only requests whose path starts like this"""
    delay_s: float = 5.0
    """at most 600"""
    retry_after_s: int = 30
    skew_s: float = 3600.0
    word: str = "Levitating"


@dataclass(slots=True)
class SimulatorOptions:
    """A charger to be simulated. With neither token nor account it lets everybody in."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 takes a free one"""
    days: int = 14
    """how much history there is at the start"""
    since: datetime | None = None
    """when history begins, instead of `days` before the start: the same world after a restart of the simulator"""
    seed: int = 1
    connectors: int = 1
    connectors_per_evse: int = 1
    autonomous: bool = True
    """whether cars come by themselves after the start; otherwise every place is free at the start"""
    speed: float = 1.0
    """seconds of the simulated world for each second of the injected clock, counted from the start"""
    token: str | None = None
    """a fixed bearer token that is always good"""
    email: str | None = None
    password: str | None = None
    token_lifetime_s: float | None = None
    """how long a token from a login is good, in simulated seconds"""
    token_lifetime_requests: int | None = None
    """for how many requests a token from a login is good"""
    refused_login_status: Literal[200, 401] = 200
    status_words: Literal["ocpp", "modbus"] = "ocpp"
    """whose words generalStatus uses for the state of a connector"""
    session_methods: Sequence[str] = ("POST", "GET")
    """how the session log may be asked for; anything else is a 405"""
    central_system: str = "Disabled"
    load_guard: bool = True
    cluster: bool = True
    holes: Sequence[tuple[datetime, datetime]] = ()
    """half-open ranges for which the charger's own history has no rows"""
    reboot_s: float = 0.0
    """how long after a reboot every connection is reset, in simulated seconds"""
    faults: Sequence[Fault] = ()
    """what is wrong from the start"""
    keep_alive_s: int = 75

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated with a ValueError."""
        if self.days < 0 or self.connectors < 1 or self.connectors_per_evse < 1 or self.speed <= 0:
            raise ValueError("days is at least 0, connectors and connectors_per_evse at least 1, speed above 0")
        if (self.email is None) != (self.password is None):
            raise ValueError("email and password come together")
        if self.since is not None and self.since.tzinfo is None:
            raise ValueError("since needs a time zone")
