"""How a simulated charger is set up, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from adapters.simulation.faults import Fault, Strike
from adapters.simulation.options import Options


class FaultKind(StrEnum):
    """What can go wrong between the charger and who asks it; see `Strike` for what has no words here."""

    UNAUTHORIZED = Strike.UNAUTHORIZED
    REFUSED_LOGIN = "refused_login"
    """the login answers HTTP 200 with an errorCode that is not 0"""
    SERVER_ERROR = Strike.SERVER_ERROR
    NOT_FOUND = Strike.NOT_FOUND
    UNAVAILABLE = Strike.UNAVAILABLE
    TOO_MANY = Strike.TOO_MANY
    SLOW = Strike.SLOW
    RESET = Strike.RESET
    TRUNCATED = Strike.TRUNCATED
    INVALID_JSON = Strike.INVALID_JSON
    HTML = Strike.HTML
    UNKNOWN_STATUS = "unknown_status"
    """generalStatus says `word` as the state of every connector"""
    SHIFTED_PAGE = "shifted_page"
    """a new session appears in the log just before a page after the first is read"""
    WRONG_DATE = Strike.WRONG_DATE


@dataclass
class SimulatorOptions(Options):
    """A charger to be simulated. With neither token nor account it lets everybody in."""

    connectors: int = 1
    connectors_per_evse: int = 1
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
    faults: Sequence[Fault[FaultKind]] = ()
    """what is wrong from the start"""

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated with a ValueError."""
        super().__post_init__()
        if self.connectors < 1 or self.connectors_per_evse < 1:
            raise ValueError("a charger has connectors and connectors_per_evse at least 1")
        if (self.email is None) != (self.password is None):
            raise ValueError("email and password come together")
