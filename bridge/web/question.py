"""What was asked: query parameters made into checked values, or a sentence that names the wrong one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request

from bridge.errors import Blame, BridgeError
from bridge.types.facts import from_epoch_s, to_epoch_s
from bridge.types.series import MEASURE_PATTERN

_SHOWN = 80
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+ -]\d{2}:\d{2})")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEARS = range(2000, 2100)
_INSTANT_RULE = "an instant such as 2022-10-06T20:06:24Z or a date such as 2022-10-06, from 2000 to 2099"


class BadParameterError(BridgeError):
    """A query parameter cannot be used; `where` is its name, `todo` what is allowed."""

    blame = Blame.OPERATOR

    def __init__(self, parameter: str, value: str, allowed: str) -> None:
        shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
        super().__init__(parameter, f"saw «{shown}»", todo=f"Allowed: {allowed}")
        self.value = shown
        self.allowed = allowed


class Question:
    """The query parameters of one request. Every method raises BadParameterError."""

    def __init__(self, request: Request, allowed: Collection[str], *, now: datetime, zone: ZoneInfo) -> None:
        self._values = request.query_params
        self._accept = request.headers.get("accept", "")
        self._now_s = to_epoch_s(now)
        self._zone = zone
        for name in self._values:
            if name not in allowed:
                raise BadParameterError(name, self._values[name], f"the parameters {', '.join(allowed)}")

    def one(self, name: str) -> str | None:
        """Return a parameter that may be given once; empty counts as not given."""
        given = self._values.getlist(name)
        if len(given) > 1:
            raise BadParameterError(name, " and ".join(given), "this parameter once")
        return given[0] if given and given[0] else None

    def chargers(self, known: Iterable[str]) -> list[str]:
        """Return the chargers asked for, all when none is named; given again or with commas between."""
        known = list(known)
        wanted = self._list("charger")
        for charger in wanted:
            if charger not in known:
                raise BadParameterError("charger", charger, ", ".join(known) or "none: no charger is known yet")
        return wanted or known

    def measures(self) -> list[str]:
        """Return the measures asked for; empty means all."""
        wanted = self._list("measure")
        for measure in wanted:
            if MEASURE_PATTERN.fullmatch(measure) is None:
                raise BadParameterError("measure", measure, "connector1 (2, 3, …), building, cluster")
        return wanted

    def span_s(self, default: timedelta) -> tuple[int, int]:
        """Return [from, to) in epoch seconds; `to` is now and `from` is `default` earlier when not given."""
        to_s = self._instant_s("to", self._now_s)
        from_s = self._instant_s("from", to_s - int(default.total_seconds()))
        if from_s >= to_s:
            end = from_epoch_s(to_s).isoformat()
            raise BadParameterError("from", self.one("from") or "nothing", f"an instant before to, which is {end}")
        return from_s, to_s

    def word(self, name: str, words: Sequence[str]) -> str:
        """Return a parameter that is one of some words; the first when not given."""
        wanted = self.one(name)
        if wanted is not None and wanted not in words:
            raise BadParameterError(name, wanted, ", ".join(words))
        return wanted or words[0]

    def wants_csv(self) -> bool:
        """Tell whether the answer shall be CSV: `format=csv`, or `Accept: text/csv` without a format."""
        wanted = self.one("format")
        if wanted is None:
            return "text/csv" in self._accept
        if wanted not in {"csv", "json"}:
            raise BadParameterError("format", wanted, "json, csv")
        return wanted == "csv"

    def _list(self, name: str) -> list[str]:
        words = [word for value in self._values.getlist(name) for word in value.split(",") if word]
        return list(dict.fromkeys(words))

    def _instant_s(self, name: str, otherwise: int) -> int:
        text = self.one(name)
        if text is None:
            return otherwise
        instant = self._parse(text)
        if instant is None or instant.year not in _YEARS:
            raise BadParameterError(name, text, _INSTANT_RULE)
        return to_epoch_s(instant)

    def _parse(self, text: str) -> datetime | None:
        """Return an aware instant; a blank before the offset is a `+` that the URL lost."""
        try:
            if _DATE.fullmatch(text):
                return datetime.fromisoformat(text).replace(tzinfo=self._zone)
            if _INSTANT.fullmatch(text):
                return datetime.fromisoformat(text.upper().replace(" ", "+"))
        except ValueError:
            pass
        return None
