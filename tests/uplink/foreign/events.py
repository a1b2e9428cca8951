"""What the foreign central system says on its stdout, and what a test may ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Params = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CsmsTls:
    """What the central system shows and asks for in the TLS handshake (1.2 or newer)."""

    key: Path
    cert: Path
    ca: Path | None = None
    """who must have signed a station's certificate; None for the authorities that Node knows"""
    client_certificate: bool = False
    """whether a station must show one: security profile 3"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CsmsOptions:
    """What kind of central system it is; the defaults are security profile 0 and everybody welcome."""

    protocols: tuple[str, ...] = ("ocpp1.6",)
    stations: Mapping[str, str | bytes | None] | None = field(default=None, repr=False)
    """identity → password, None for a station without; other identities get 404. None: everybody is welcome"""
    tls: CsmsTls | None = None
    boot_interval_s: int = 300
    tags: Mapping[str, str] = field(default_factory=dict)
    """idTag → status for those that are not Accepted; in 1.6 a start with such a tag gets transactionId 0"""
    repeated_start: Literal["same", "concurrent"] = "same"
    """in 1.6: a repeated StartTransaction gets the id of the first again, or 0 and ConcurrentTx"""
    call_concurrency: int = 1
    """how many calls to one station may be under way at a time"""
    ping_interval_s: float | None = None
    """a station that leaves one unanswered until the next is cut off; None for no pings"""
    port: int = 0
    """0 for a free one"""

    def as_json(self) -> Params:
        """Return what csms.mjs takes."""
        stations = None
        if self.stations is not None:
            stations = {name: None if word is None else _hex(word) for name, word in self.stations.items()}
        tls = None
        if self.tls is not None:
            tls = {
                "key": str(self.tls.key),
                "cert": str(self.tls.cert),
                "ca": None if self.tls.ca is None else str(self.tls.ca),
                "clientCertificate": self.tls.client_certificate,
            }
        return {
            "port": self.port,
            "protocols": list(self.protocols),
            "stations": stations,
            "tls": tls,
            "callConcurrency": self.call_concurrency,
            "pingIntervalMs": round(1000 * (self.ping_interval_s or 0)),
            "memory": {
                "bootIntervalS": self.boot_interval_s,
                "tags": dict(self.tags),
                "repeatedStart": self.repeated_start,
            },
        }


def _hex(password: str | bytes) -> str:
    return (password.encode() if isinstance(password, str) else password).hex()


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a station that kept to the schema."""

    identity: str
    method: str
    params: Params
    message_id: str
    in_flight: int
    """how many earlier calls on this connection were to be answered still; only a delayed answer can show any"""
    booted: bool
    """whether the last BootNotification of this identity, on any connection, had been answered Accepted"""


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that OCPP or its schemas forbid."""

    identity: str
    by: Literal["station", "csms"]
    """whoever did it; where the test told the foreign side to send what is wrong, it was not sent"""
    kind: Literal["call", "answer", "frame", "story"]
    """story: in 2.x, events of a transaction that do not follow each other"""
    method: str | None
    params: Any
    result: Any
    message: str


@dataclass(frozen=True, slots=True)
class Connect:
    """A handshake that was completed."""

    identity: str
    number: int
    """1 for the first connection to this central system"""
    protocol: str
    password: bool
    """whether a password was shown with the right user name"""
    certificate: str | None
    """the common name of the certificate that the station showed"""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """The end of a connection; code 1006 when there was no close frame."""

    identity: str
    number: int
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A handshake that was refused."""

    identity: str | None
    """None when it was refused in TLS"""
    status: int | None
    """of HTTP; 101 when it was completed and closed at once for want of a common subprotocol; None below HTTP"""
    message: str


@dataclass(frozen=True, slots=True)
class Stray:
    """An answer that nobody waits for: a late one, or one to a raw frame."""

    identity: str
    frame: list[Any]


@dataclass(frozen=True, slots=True)
class Transaction:
    """What the central system knows of a transaction at the end of the day."""

    identity: str
    transaction_id: int
    starts: int
    """how often its StartTransaction came"""
    stops: int
    start: Params
    stop: Params | None
    """as the first one came"""
    meter_values: list[Params]
    """the payloads in the order in which they came, those after the stop not among them"""
    meter_values_after_stop: int


@dataclass(frozen=True, slots=True)
class Story:
    """What the central system was told of a transaction in OCPP 2.x."""

    identity: str
    transaction_id: str
    events: list[Params]
    """in the order in which they came, each once"""
    repeats: int
    """how many came again"""

    @property
    def start(self) -> Params:
        """The first event."""
        return self.events[0]

    @property
    def end(self) -> Params | None:
        """The last event, if it tells the end."""
        return self.events[-1] if self.events[-1]["eventType"] == "Ended" else None

    def said(self, event_type: str) -> list[Params]:
        """Return the events of one type."""
        return [event for event in self.events if event["eventType"] == event_type]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The memory of the central system."""

    transactions: list[Transaction]
    """in 1.6, of all stations, in the order in which they began"""
    orphans: list[tuple[str, str, Params]]
    """in 1.6: identity, method and payload of what named a transaction that this station has not"""
    stories: list[Story]
    """in 2.x, likewise in order"""


FailureKind = Literal["answered", "bad answer", "not sent", "timeout", "gone", "refused"]


class ForeignProgramError(Exception):
    """A foreign program did not start, ended, or did not understand the test."""


class ForeignCallError(ForeignProgramError):
    """A call to the other side had no good answer.

    `kind` says why: `answered` with CALLERROR, its `code` as it came; `bad answer`, against the schema, also among the
    violations; `not sent`, because the call itself is against the schema; `timeout`; `gone`, the connection ended.
    """

    def __init__(self, kind: FailureKind, code: str, message: str, details: Params) -> None:
        super().__init__(f"{kind}: {code}: {message}")
        self.kind = kind
        self.code = code
        self.message = message
        self.details = details
