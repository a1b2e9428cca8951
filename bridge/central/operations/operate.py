"""Having a connected station do something: one operation of the catalogue, sent once, its answer judged."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final, Protocol

from bridge.central.operations.catalogue import kind_of
from bridge.central.operations.outcome import Verdict, judge
from bridge.central.operations.redaction import redacted, redacted_text
from bridge.central.operations.wish import Terms, Wish, Wording
from bridge.central.operations.wording import wish_of
from bridge.central.reports import Reports
from bridge.central.talk import CallRefusedError, NotSentError, SilentError
from bridge.errors import ChargerUnreachableError, ChargerUnsupportedError
from bridge.ocppj.codes import ErrorCode, code_of
from bridge.ocppj.frames import CallError
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.ocpp.version import OcppVersion
from bridge.types.operation import OperationResult
from bridge.types.words import CommandStatus

ANSWER_LIMIT_S: Final = 30.0
REPORT_LIMIT_S: Final = 30.0
"""of silence between two parts of a report"""
_UNKNOWN_HERE: Final = (ErrorCode.NOT_IMPLEMENTED, ErrorCode.NOT_SUPPORTED)
_SHOWN: Final = 200
_LONGEST_INFO: Final = 512

_log = logging.getLogger(__name__)


class AskedStation(Protocol):
    """A station that is connected, as operations need it."""

    @property
    def where(self) -> str:
        """How errors name it."""

    @property
    def version(self) -> OcppVersion:
        """Which it speaks on the connection that stands."""

    @property
    def connectors(self) -> ConnectorNumbers:
        """Those that it has told of."""

    @property
    def reports(self) -> Reports:
        """Where the parts of its reports arrive."""

    def transaction_id(self, connector_id: int) -> str | None:
        """Return the id of the transaction that runs at a connector; None where none does."""

    def upload_url(self) -> str | None:
        """Return the address of a folder on this computer for one upload of it; None where none is set up."""

    async def call(self, action: str, payload: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
        """Send a call and return its answer, as `bridge.central.talk.Talk.call` does, with its errors."""


async def operate(station: AskedStation, operation: str, arguments: Mapping[str, Any]) -> OperationResult:
    """Have a station do something once, and tell what became of it.

    `operation` is a name or an alias of the catalogue, `arguments` are in the shape of 1.6 or of 2.x. A no is a result,
    and so is silence. Raises LookupError for an operation unknown, PayloadError for arguments that make no sense,
    ChargerUnreachableError where nothing was sent, ChargerUnsupportedError where the version or the station has nothing
    like it. No secret is in the result.
    """
    kind = kind_of(operation)
    secrets: list[str] = []
    wish = wish_of(kind.name, arguments, _terms(station, secrets))
    doing = _Doing(station, kind.name, tuple(secrets))
    try:
        return await doing.one(wish)
    except _UnknownActionError as error:
        if wish.otherwise is not None:
            return await doing.one(wish.otherwise)
        seen = f"it does not know {error.action} ({error.code})"
        raise ChargerUnsupportedError(station.where, seen, meanwhile="It has not changed anything") from None


def _terms(station: AskedStation, secrets: list[str]) -> Terms:
    def upload_url() -> str | None:
        url = station.upload_url()
        if url is not None:
            secrets.append(url.rstrip("/").rpartition("/")[2])
        return url

    return Terms(
        where=station.where,
        version=station.version,
        connectors=station.connectors,
        transaction_id=station.transaction_id,
        new_id=station.reports.new_id,
        now=station.reports.clock.now(),
        upload_url=upload_url,
    )


class _UnknownActionError(Exception):
    """The station does not know an action, and nothing was done before."""

    def __init__(self, action: str, code: str) -> None:
        super().__init__(action, code)
        self.action = action
        self.code = code


class _Stopped(Exception):  # noqa: N818 -- not a fault: what is known so far is the result
    """Nothing more is sent: what the station did is not known, or it refused."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict)
        self.verdict = verdict


class _Doing:
    """One wish on its way."""

    def __init__(self, station: AskedStation, operation: str, hidden: tuple[str, ...]) -> None:
        self._station = station
        self._operation = operation
        self._hidden = hidden
        self._notes: list[str] = []
        self._sent: list[Wording] = []

    async def one(self, wish: Wish) -> OperationResult:
        """Send the wish and judge what came."""
        self._notes.extend(wish.notes)
        answers: list[dict[str, Any]] = []
        try:
            for wording in wish.wordings:
                answers.append(await self._ask(wording, len(answers), len(wish.wordings)))
                if wish.ends_at_no and answers[-1].get("status") != "Accepted":
                    break
        except _Stopped as stopped:
            return self._result(wish, self._read(wish, answers, whole=False), stopped.verdict)
        answer = self._read(wish, answers, whole=True)
        action = wish.wordings[0].action if wish.wordings else self._operation
        return self._result(wish, answer, judge(action, answer, wish.follows))

    async def _ask(self, wording: Wording, done: int, count: int) -> dict[str, Any]:
        reports, request_id = self._station.reports, wording.payload.get("requestId")
        if not wording.is_reported or not isinstance(request_id, int):
            return await self._call(wording, done, count)
        reports.begin(request_id)
        try:
            answer = await self._call(wording, done, count)
            if answer.get("status") != "Accepted":
                return answer
            report = await reports.collect(request_id, REPORT_LIMIT_S)
        finally:
            reports.end(request_id)
        self._notes.extend(report.notes)
        return {**answer, **report.content}

    async def _call(self, wording: Wording, done: int, count: int) -> dict[str, Any]:
        so_far = f" after {done} of {count} messages were answered" if done else ""
        self._sent.append(wording)
        try:
            return await self._station.call(wording.action, wording.payload, ANSWER_LIMIT_S)
        except NotSentError:
            self._sent.pop()
            if done:
                raise _Stopped(_unconfirmed(f"The connection was lost{so_far}.")) from None
            seen = "the connection was lost before anything was sent"
            raise ChargerUnreachableError(self._station.where, seen, todo="Try again when it is back") from None
        except SilentError:
            said = f"No answer to {wording.action} came in time{so_far}; whether the charger did it is not known."
            raise _Stopped(_unconfirmed(said)) from None
        except CallRefusedError as refused:
            return self._refused(wording, refused.error, done, count)
        except PayloadError as error:
            seen = redacted_text(error.seen, self._hidden)
            raise _Stopped(_unconfirmed(f"The charger's answer is not what OCPP says ({seen}).")) from None

    def _refused(self, wording: Wording, error: CallError, done: int, count: int) -> dict[str, Any]:
        """Take a CALLERROR: of several messages the others are sent nevertheless."""
        description = redacted_text(error.description, self._hidden)[:_SHOWN]
        if code_of(error.code) in _UNKNOWN_HERE and not done:
            self._sent.pop()
            raise _UnknownActionError(wording.action, error.code)
        if count > 1:
            info = {"reasonCode": error.code, "additionalInfo": description[:_LONGEST_INFO]}
            return {"status": "Rejected", "statusInfo": info}
        said = f"The charger refused {wording.action}: {error.code}" + (f" ({description})." if description else ".")
        raise _Stopped(Verdict(CommandStatus.REFUSED, said))

    def _read(self, wish: Wish, answers: list[dict[str, Any]], *, whole: bool) -> dict[str, Any]:
        if wish.read is None:
            return dict(answers[0]) if answers else {}
        return wish.read(answers) if answers or (whole and not wish.wordings) else {}

    def _result(self, wish: Wish, answer: dict[str, Any], verdict: Verdict) -> OperationResult:
        outcome, detail = verdict
        result = OperationResult(
            operation=wish.wordings[0].action if wish.wordings else self._operation,
            version=self._station.version,
            outcome=outcome,
            detail=redacted_text(detail, self._hidden),
            sent=_shown(self._sent, self._hidden),
            answer=redacted(answer, self._hidden),
            notes=tuple(redacted_text(note, self._hidden) for note in self._notes),
        )
        _log.debug("%s: %s is %s. %s", self._station.where, result.operation, result.outcome, result.detail)
        return result


def _shown(wordings: list[Wording], hidden: tuple[str, ...]) -> dict[str, Any]:
    """Return the payload that was sent; of several messages the list of them under `messages`."""
    payloads = [redacted(wording.payload, hidden) for wording in wordings]
    return payloads[0] if len(payloads) == 1 else {"messages": payloads} if payloads else {}


def _unconfirmed(said: str) -> Verdict:
    return Verdict(CommandStatus.UNCONFIRMED, said)
