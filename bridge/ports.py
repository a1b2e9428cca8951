"""The protocols at which rooms meet: small, so that a fake of one fits on a page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from bridge.types.charger import ChargerIdentity, ConnectorReading, Outcome, Snapshot
from bridge.types.command import Command
from bridge.types.journal import Entry, EntryKind
from bridge.types.operation import ChargingTraits, OperationKind, OperationResult
from bridge.types.series import CellState, Interval, IntervalBatch
from bridge.types.session import ChargingSession
from bridge.types.transaction import StationTransaction, TransactionPhase
from bridge.types.words import Ability, ConnectorStatus

if TYPE_CHECKING:  # several hundred kB that only those pay who have a central system
    from bridge.types.ocpp.change_availability import ChangeAvailabilityRequest, ChangeAvailabilityResponse
    from bridge.types.ocpp.component_variable import ComponentVariable
    from bridge.types.ocpp.configuration import ConfigurationStatus, GetConfigurationResponse
    from bridge.types.ocpp.data_transfer import DataTransferRequest, DataTransferResponse
    from bridge.types.ocpp.security_event import SecurityEvent
    from bridge.types.ocpp.variable_access import (
        GetVariableRequest,
        GetVariableResult,
        SetVariableRequest,
        SetVariableResult,
    )

T = TypeVar("T")


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """Return this instant, aware, in UTC."""

    def monotonic_s(self) -> float:
        """Return seconds that never go back."""

    async def sleep(self, delay_s: float) -> None:
        """Wait that many seconds of the monotonic clock."""


# --- towards a charger -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A whole answer: any status; the body is bounded and complete (a cut-off one is an error instead)."""

    status: int
    headers: Mapping[str, str]
    """names in lower case"""
    body: bytes


class Http(Protocol):
    """One charger's HTTP address: one request at a time, kept alive, no proxy, no redirect.

    Nothing is repeated, except a GET whose kept-alive connection turns out to be dead before it was answered, and
    that only where it is not asked for `once`.
    """

    where: str
    """how errors name this charger, such as `garage (config.yaml:12)`"""

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        bearer: str | None = None,
        timeout_s: float | None = None,
        once: bool = False,
    ) -> HttpAnswer:
        """Send one request and read the whole answer; `once` is for a GET that is a command.

        Raises ChargerUnreachableError, ChargerTlsError, or ChargerAnswerError for what is not HTTP.
        """

    async def aclose(self) -> None:
        """Close the connection."""


class Charger(Protocol):
    """What an adapter makes of a charger. Every method asks the box; errors are `ChargerError`s."""

    @property
    def abilities(self) -> frozenset[Ability]:
        """What it can be asked to do beyond being read; it may change with what a charger tells."""

    keeps_session_log: bool
    """whether `sessions` is the charger's own log; where it has none, the engine notes the sessions that it sees"""
    tells_itself: bool
    """whether its sessions and rows are kept as it tells them (OCPP): then there is nothing to fetch or to note"""

    async def identify(self) -> ChargerIdentity:
        """Ask who the box is."""

    async def snapshot(self) -> Snapshot:
        """Ask how it is."""

    def sessions(self, from_at: datetime, to_at: datetime) -> AsyncIterator[Sequence[ChargingSession]]:
        """Yield the log page by page: every session that started in [from_at, to_at), newest first."""

    async def intervals(self, measures: Sequence[str], from_s: int, to_s: int) -> IntervalBatch:
        """Return the rows that the charger's history holds in [from_s, to_s), at most a day at a time."""

    async def measures(self) -> Sequence[str]:
        """Return the measures this charger can give a series of, such as connector1, building, cluster."""

    async def execute(self, command: Command) -> Outcome:
        """Send a command once, and never again; `done` only where the box's answer or a look at it confirms it.

        Raises ChargerUnsupportedError for a command outside of `abilities`. Silence after the sending is the outcome
        `unconfirmed` and no error.
        """

    async def aclose(self) -> None:
        """Let go of the connection."""


class Commander(Protocol):
    """The only way down to the chargers: one command at a time per charger, stored before and after."""

    def abilities(self, charger: str) -> frozenset[Ability]:
        """Return what this charger can be asked to do."""

    async def execute(self, charger: str, command: Command, origin: str) -> Outcome:
        """Store the wish, send it once, store what became of it, and look at the charger.

        `origin` names who wishes, such as `ocpp employer`. Whatever the charger lacks or a fault prevents is an
        outcome (refused, unconfirmed) and no error. Raises StoreError when the wish could not be stored: then
        nothing was sent.
        """

    async def look(self, charger: str, max_age_s: float) -> Snapshot:
        """Return a snapshot not older than this, asking the charger where needed. Raises ChargerError."""


# --- towards a charger that connects by itself ----------------------------------------------------------------


class OcppStation(Protocol):
    """A charger that speaks OCPP, as the central-system side knows it, connected or not; see `bridge.central`."""

    where: str
    """how errors name it, such as `carport (config.yaml:12)`"""

    @property
    def abilities(self) -> frozenset[Ability]:
        """What it can be asked to do, as far as it has told."""

    @property
    def identity(self) -> ChargerIdentity | None:
        """Who it said it is when it booted; None where it never did."""

    @property
    def charging_traits(self) -> ChargingTraits:
        """What it said of its smart charging."""

    def snapshot(self) -> Snapshot:
        """Return what it told last, without asking it; `read_at` is when it was last heard.

        Raises ChargerUnreachableError while it is not connected or has told nothing yet.
        """

    def transaction_id(self, connector_id: int) -> str | None:
        """Return the id of the transaction that runs at a connector; None where none does."""

    async def operate(self, operation: str, arguments: Mapping[str, Any]) -> OperationResult:
        """Have it do something; see `CentralSystem.operate`. Stores nothing."""


class CentralSystem(Protocol):
    """The central-system side, for the page, the API and the command line."""

    def operations(self) -> Sequence[OperationKind]:
        """Return what can be asked of stations, in the order in which a person would look for it."""

    def read_arguments(self, text: str) -> dict[str, Any]:
        """Read the arguments of an operation as people write them: JSON, also with comments and single quotes.

        Raises PayloadError, or ValueError that says in which line and column something cannot be read.
        """

    async def operate(self, charger: str, operation: str, arguments: Mapping[str, Any], origin: str) -> OperationResult:
        """Journal the wish, have the station do it once, journal what became of it.

        `operation` and `arguments` may be those of OCPP 1.6 or of 2.x, whichever version the station speaks.
        A no of the station is a result; so is silence (unconfirmed). Raises LookupError for a charger that is no OCPP
        station or an operation unknown, PayloadError for arguments that make no sense, ChargerUnreachableError while it
        is not connected, ChargerUnsupportedError where its version has nothing like it, StoreError.
        """

    async def accept(self, identity: str, charger: str) -> None:
        """Take a station from the waiting list: from now on it is the charger of this id.

        Raises LookupError where it does not wait, ValueError for an id that cannot be or is taken, StoreError.
        """

    async def turn_away(self, identity: str) -> None:
        """Take a station off the waiting list; it may come back. Raises LookupError where it does not wait."""


# --- towards a central system ------------------------------------------------------------------------------

VariableListener = Callable[[str, object], None]
"""Takes the name of a variable and its new value in JSON (EVerest's spelling)."""


class OcppInterface(Protocol):
    """EVerest's interfaces `ocpp` and `ocpp_data_transfer` of one station, whatever version it speaks.

    [doc: EVerest's interfaces/ocpp.yaml and ocpp_data_transfer.yaml as of 2026.02; types: seed 004.] Towards a
    central system of 1.6 the name of a variable is the configuration key, and the component has no meaning.
    """

    charger: str
    csms: str

    async def stop(self) -> bool:
        """Close the connection and store and send nothing until `restart`; False when it was stopped already."""

    async def restart(self) -> bool:
        """Connect and boot again after `stop`; False without one before."""

    async def security_event(self, event: SecurityEvent) -> None:
        """Journal a security event; what is critical is told to the CSMS, however late."""

    async def get_variables(self, requests: Sequence[GetVariableRequest]) -> Sequence[GetVariableResult]:
        """Return a result for each request, in their order."""

    async def set_variables(self, requests: Sequence[SetVariableRequest], source: str) -> Sequence[SetVariableResult]:
        """Set custom settings and return a result for each request, in their order; standard ones are Rejected.

        `source` names who wishes it, for the log.
        """

    async def change_availability(self, request: ChangeAvailabilityRequest) -> ChangeAvailabilityResponse:
        """Take the charger or a connector out of service or back; Accepted only where the charger did it."""

    async def monitor_variables(self, component_variables: Sequence[ComponentVariable]) -> None:
        """Publish `event_data` from now on when one of these changes; extends earlier calls."""

    async def data_transfer(self, request: DataTransferRequest) -> DataTransferResponse:
        """Send a vendor's message and wait for the answer; `Offline` without a connection or an answer in time."""

    def variables(self) -> Mapping[str, object]:
        """Return the present values of `charging_schedules` and `is_connected`, and the last of the others."""

    def subscribe(self, listener: VariableListener) -> Callable[[], None]:
        """Call `listener` on every change of a variable; return what ends that."""


class ChargePointInterface(Protocol):
    """EVerest's interface `ocpp_1_6_charge_point` [doc: seed 003] of one station, and its dead letters."""

    charger: str
    csms: str

    @property
    def generic(self) -> OcppInterface:
        """The same station by those of EVerest's interfaces that are the same for all versions."""

    async def stop(self) -> bool:
        """Close the connection and store and send nothing until `restart`; False when it was stopped already."""

    async def restart(self) -> bool:
        """Connect and boot again after `stop`; False without one before."""

    async def data_transfer(self, request: DataTransferRequest) -> DataTransferResponse:
        """Send a vendor's message and wait for the answer; `Offline` without a connection or an answer in time."""

    async def get_configuration_key(self, keys: Sequence[str]) -> GetConfigurationResponse:
        """Return these settings, all of them for an empty list."""

    async def set_custom_configuration_key(self, key: str, value: str) -> ConfigurationStatus:
        """Set a custom key; standard keys and unknown ones are Rejected."""

    async def monitor_configuration_keys(self, keys: Sequence[str]) -> None:
        """Publish `configuration_key` from now on when the CSMS changes one of these; extends earlier calls."""

    async def security_event(self, event: SecurityEvent) -> None:
        """Journal a security event and tell it to the CSMS, however late."""

    def variables(self) -> Mapping[str, object]:
        """Return the present values of `charging_schedules` and `is_connected`, and the last of the others."""

    def subscribe(self, listener: VariableListener) -> Callable[[], None]:
        """Call `listener` on every change of a variable; return what ends that."""

    async def dead_letters(self) -> list[SetAside]:
        """Return the messages that the CSMS refused for good, oldest first. Raises StoreError."""

    async def replay(self, number: int) -> bool:
        """Tell a dead letter again, in its order; False where there is no such letter or it can be told no more."""


# --- the store ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One connector at one moment, as kept."""

    at: datetime
    connector_id: int
    status: ConnectorStatus | None
    power_w: float | None
    current_a: float | None
    session_energy_wh: float | None
    current_l2_a: float | None = None
    current_l3_a: float | None = None
    current_offered_a: float | None = None
    voltage_l1_v: float | None = None
    voltage_l2_v: float | None = None
    voltage_l3_v: float | None = None
    register_wh: float | None = None


@dataclass(frozen=True, slots=True)
class CursorPosition:
    """How far a reader is: everything up to `seq` was delivered, everything up to `settled_seq` long enough ago."""

    seq: int
    settled_seq: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """What a sink refused for good."""

    number: int
    """names it as long as it is there"""
    sink: str
    at: datetime
    reason: str
    payload: str


@dataclass(frozen=True, slots=True)
class CellCounts:
    """How many intervals of one measure are in which state; they add up to `expected`."""

    expected: int
    polled: int
    filled: int
    absent: int
    missing: int

    @property
    def present(self) -> int:
        """Intervals with a value."""
        return self.polled + self.filled


class Store(Protocol):
    """What is kept. All calls are synchronous and belong to one thread; all raise StoreError.

    Every writing call is one commit of its own unless it happens inside `transaction()`. Everything is
    idempotent: writing the same thing again changes nothing and adds nothing to the journal.
    """

    def transaction(self) -> AbstractContextManager[None]:
        """Make everything inside one commit; nested use joins it, and what fails inside that is undone alone."""

    # what chargers said
    def put_identity(self, charger: str, identity: ChargerIdentity, at: datetime) -> bool:
        """Keep who a charger is; True when that is new."""

    def identity(self, charger: str) -> ChargerIdentity | None:
        """Return who a charger was when it last said so."""

    def put_intervals(self, charger: str, batch: IntervalBatch, state: CellState, at: datetime) -> int:
        """Keep intervals and journal the range; return how many cells were new or changed."""

    def put_absent(self, charger: str, measures: Sequence[str], from_s: int, to_s: int) -> None:
        """Note that the charger's history has nothing for what is still missing in [from_s, to_s)."""

    def intervals(self, charger: str, measure: str, from_s: int, to_s: int) -> list[Interval]:
        """Return the intervals that have a value, ascending."""

    def power(self, charger: str, measure: str, from_s: int, to_s: int) -> list[tuple[int, float]]:
        """Return (start, W) of the intervals that have a value, ascending: `intervals` for who reads very many."""

    def mean_power(
        self, charger: str, measure: str, from_s: int, to_s: int, bucket_s: int
    ) -> list[tuple[int, float, float, int]]:
        """Return (bucket start, mean W, highest W, intervals with a value) per bucket that has any.

        `bucket_s` is a multiple of 300; buckets are aligned to multiples of it.
        """

    def holes(
        self,
        charger: str,
        measures: Collection[str],
        from_s: int,
        to_s: int,
        *,
        absent_since_s: int | None = None,
    ) -> list[tuple[int, int]]:
        """Return the ranges [a, b) in which some measure is missing, ascending.

        Cells known to be absent do not count, except those at or after `absent_since_s`.
        """

    def counts(self, charger: str, measure: str, from_s: int, to_s: int) -> CellCounts:
        """Count the cells of [from_s, to_s) by state."""

    def measures(self, charger: str) -> list[str]:
        """Return the measures that were ever kept of a charger, connectors first."""

    def chargers(self) -> list[str]:
        """Return the ids of all chargers ever kept."""

    def put_sessions(self, charger: str, sessions: Iterable[ChargingSession], at: datetime) -> int:
        """Insert or update sessions by their key, journal each that changed; return how many did."""

    def sessions(
        self,
        charger: str | None = None,
        from_at: datetime | None = None,
        to_at: datetime | None = None,
        *,
        overlapping: bool = True,
    ) -> list[tuple[str, ChargingSession]]:
        """Return (charger, session) that overlap [from_at, to_at), or that began in it, newest start first.

        Those that began in it are counted once, whatever ranges follow each other (the months of a bill).
        Each belongs at least to the range in which it began, also one whose end lies before its start.
        """

    def session(self, charger: str, session_id: str, started_at: datetime) -> ChargingSession | None:
        """Return one session by its key."""

    def open_sessions(self, charger: str) -> list[ChargingSession]:
        """Return the sessions without an end, oldest first."""

    def put_readings(self, charger: str, rows: Sequence[tuple[datetime, ConnectorReading]], at: datetime) -> None:
        """Keep readings and journal their range."""

    def readings(self, charger: str, from_at: datetime, to_at: datetime) -> list[ReadingRow]:
        """Return readings of [from_at, to_at), ascending."""

    def last_reading(self, charger: str, connector_id: int, from_at: datetime, to_at: datetime) -> ReadingRow | None:
        """Return a connector's last reading of [from_at, to_at); None where there is none."""

    def drop_readings(self, before: datetime) -> int:
        """Delete readings older than this; return how many."""

    def put_damaged_blocks_aside(self) -> int:
        """Set every day that cannot be read aside, so that it counts as missing; return how many there were."""

    # the journal and its readers
    def append(self, kind: EntryKind, charger: str, at: datetime, body: Mapping[str, Any]) -> int:
        """Add an entry; return its seq."""

    def journal(self, after_seq: int, limit: int, kinds: Collection[EntryKind] | None = None) -> list[Entry]:
        """Return the next entries, of these kinds or of all, ascending."""

    def latest(self, kind: EntryKind, charger: str) -> list[Entry]:
        """Return the newest entry of a kind for a charger: one per connector where the kind tells of connectors."""

    def last_seq(self) -> int:
        """Return the newest seq, 0 when the journal is empty."""

    def compact_journal(self, before: datetime) -> int:
        """Join old entries that only point at what is kept elsewhere; return how many went."""

    def cursor(self, name: str) -> CursorPosition:
        """Return where a reader is; a new one stands at 0."""

    def put_cursor(self, name: str, position: CursorPosition, at: datetime) -> None:
        """Move a reader."""

    def put_aside(self, sink: str, at: datetime, reason: str, payloads: Sequence[str]) -> None:
        """Keep what a sink refused for good; a payload already there is not kept twice."""

    def set_aside(self, sink: str) -> list[SetAside]:
        """Return what was set aside, oldest first, at most 1000."""

    def count_set_aside(self, sink: str) -> int:
        """Count what was set aside."""

    def take_from_aside(self, sink: str, number: int) -> SetAside | None:
        """Return one thing that was set aside and set it aside no longer; None where there is none."""

    # what stations told
    def put_transaction(self, station: str, transaction: StationTransaction) -> None:
        """Keep how far a transaction is."""

    def drop_transaction(self, station: str, session_id: str, started_at: datetime) -> None:
        """Forget a transaction: its session goes by another key now."""

    def transactions(
        self, station: str, *phases: TransactionPhase, limit: int = -1, after: StationTransaction | None = None
    ) -> list[StationTransaction]:
        """Return the transactions in these phases, or all that are not told to the end, oldest start first.

        `after` begins behind that one.
        """

    def count_transactions(self, station: str) -> dict[TransactionPhase, int]:
        """Count the transactions that are not told to the end, by phase."""

    def transactions_of_session(self, station: str, session_id: str) -> list[StationTransaction]:
        """Return the transactions of all sessions that the charger gave this id, oldest start first."""

    def transaction_by_number(self, station: str, transaction_id: str) -> StationTransaction | None:
        """Return the newest transaction to which the central system gave this number."""

    # small things
    def setting(self, key: str) -> str | None:
        """Return a small thing kept by name."""

    def put_setting(self, key: str, value: str) -> None:
        """Keep a small thing by name."""

    def drop_setting(self, key: str) -> None:
        """Forget a small thing."""

    def settings(self, prefix: str) -> dict[str, str]:
        """Return the small things whose names begin so, by the rest of their names."""


class StoreDesk(Protocol):
    """The asynchronous way to the store: work is done in the store's own thread, in the order given."""

    async def run(self, work: Callable[[Store], T]) -> T:
        """Do `work` there and return what it returns."""
