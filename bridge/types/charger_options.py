"""What every charger has in the config."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from bridge.types.options import ChargerId, DurationS, LoginOptions, Options, parse_date
from bridge.types.station_options import IdTag, OcppOptions


class SupplyOptions(Options):
    """What the wires to a charger can give; limits are worked out with it."""

    voltage_v: Annotated[float, Field(ge=100, le=300)] = Field(default=230.0, alias="voltage")
    """between a phase and neutral, 100 to 300 V"""
    phases: Annotated[int, Field(ge=1, le=3)] = 3
    """how many phases are wired, 1 to 3"""
    max_current_a: Annotated[float, Field(ge=6, le=80)] = Field(default=32.0, alias="max_current")
    """of each phase, 6 to 80 A; what holds where no charging profile says less"""


class ChargerOptions(Options):
    """What every charger has in the config; an adapter adds its own keys in a subclass."""

    id: ChargerId
    """what it is called in every database; it stays for ever"""
    type: str
    """the vendor, by the word that the config has for it"""
    poll_s: Annotated[DurationS, Field(ge=1, le=3600)] = Field(default=10.0, alias="poll")
    """how often it is asked, 1s to 1h"""
    history_since: Annotated[date, BeforeValidator(parse_date)] | None = None
    """how far back the first backfill goes; a year when not given"""
    ocpp: Annotated[tuple[OcppOptions, ...], Field(max_length=10)] = ()
    """central systems to which this charger is told as an OCPP station; none is needed"""
    id_token: IdTag | None = None
    """told as the driver's tag where the charger names none; its `id`, or 20 characters of it, when not given"""
    supply: SupplyOptions = Field(default_factory=SupplyOptions)
    """what the wires to the charger give"""

    @model_validator(mode="after")
    def _one_commander(self) -> Self:
        in_control = [index for index, station in enumerate(self.ocpp) if station.control]
        if len(in_control) > 1:
            seen = f"only one central system may command a charger, and «{self.ocpp[in_control[0]].name}» does already"
            todo = "Leave control: true with one of them."
            context = {"seen": seen, "at": ("ocpp", in_control[1], "control"), "todo": todo}
            raise PydanticCustomError("unknown", "{seen}", context)
        return self

    @property
    def address(self) -> str:
        """Where the charger is reached; empty for one that connects by itself."""
        return ""


class HttpChargerOptions(ChargerOptions):
    """What every charger has that is asked over HTTP."""

    url: Annotated[str, Field(pattern=r"^https?://[^/?#@\s]+/?$")]
    """scheme, host and port only"""
    login: LoginOptions | None = None
    """the account on the charger, where it has one"""
    token_file: str | None = None
    """file that holds a token of the charger, instead of a login"""
    token_env: str | None = None
    """environment variable that holds that token instead of a file"""
    timeout_s: Annotated[DurationS, Field(ge=1, le=300)] = Field(default=100.0, alias="timeout")
    """for one whole answer; some answers of real chargers take very long"""
    tls_fingerprint: Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$")] | None = None
    """SHA-256 of the charger's own certificate"""
    verify: bool = True
    """False takes any certificate"""

    @property
    def address(self) -> str:
        """Where the charger is reached."""
        return self.url

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        given = [n for n in ("login", "token_file", "token_env") if getattr(self, n) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} exclude each other")
        return self
