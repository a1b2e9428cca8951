"""Meter values as a station tells them → samples: which meter, which phases, which unit. Pure.

The rules, and what they rest on:
- The meter at the outlet is meant, which is the default [spec]. The one at the inlet, where the station itself draws,
  is taken for a quantity that no moment of the message tells at the outlet: there are stations with one meter that
  call it so [guess]. Cable, body, vehicle and building are other meters and never taken; but the state of charge may
  come from wherever, and the temperature is the station's own.
- A total goes before phases. Phases are summed where they are named alike (L1.. or L1-N..) and none is missing that
  another quantity of the same moment tells; else there is no total.
- A power that is negative stays so: import is positive, so the vehicle gives back, or the meter is mounted the wrong
  way round; both are for a person to see. Where no import is told, or 0, an export counts as negative import.
- Without a power the phases' volts times amperes are summed, and the sample says that it was derived. Each phase needs
  both, save that no current is no power. A current and a voltage without a phase are not multiplied: whether they
  are of one phase or of three is not said.
- Volts between two lines are not used: divided by √3 they would be right in most nets and wrong in those without
  neutral.
- Of a current or a voltage without a phase it is not said how many it is of; it is kept as that of the first.
- Plain values go before those read from signed data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from bridge.central.told.sample import Sample
from bridge.central.told.scales import SCALES, NotBelievedError, scaled
from bridge.types.ocpp.meter_value import Location, Measurand, MeterValue, Phase, ReadingContext, SampledValue

_REGISTER: Final = Measurand.ENERGY_ACTIVE_IMPORT_REGISTER
_OUTLET: Final = frozenset({None, Location.OUTLET})
_PLACES: Final[Mapping[Measurand, frozenset[Location | None]]] = {
    Measurand.SOC: frozenset({None, *Location}),
    Measurand.TEMPERATURE: frozenset({None, Location.OUTLET, Location.BODY}),
}
"""where else than at the outlet a quantity may be measured"""

_LINES: Final = (Phase.L1, Phase.L2, Phase.L3)
_TO_NEUTRAL: Final = (Phase.L1_N, Phase.L2_N, Phase.L3_N)
_BETWEEN_LINES: Final = frozenset({Phase.L1_L2, Phase.L2_L3, Phase.L3_L1})
_NUMBERS: Final = {phase: number for phases in (_LINES, _TO_NEUTRAL) for number, phase in enumerate(phases)}
"""a phase → 0, 1 or 2"""
_SHOW_PHASES: Final = (_REGISTER, Measurand.POWER_ACTIVE_IMPORT, Measurand.CURRENT_IMPORT)
"""what a station tells of every phase that it has, or of none"""

_Phases = dict[Phase | None, float]
_Three = tuple[float | None, float | None, float | None]


def samples_of(values: Sequence[MeterValue]) -> tuple[list[Sample], list[str]]:
    """Return the moments of one message about one connector, ascending, and what could not be used.

    Values of the same moment are one sample, however many meter values they came in; a moment that tells nothing of
    what a sample has is none. The notes are sentences for a person, each once, without anything that the station wrote.
    """
    notes: dict[str, None] = {}
    moments: dict[datetime, _Moment] = {}
    for value in values:
        moment = moments.get(value.timestamp)
        if moment is None:
            moment = moments[value.timestamp] = _Moment()
        moment.take(value.sampled_value, notes)
    at_outlet = {measurand for moment in moments.values() for measurand in moment.outlet}
    samples = []
    for at in sorted(moments):
        moment = moments[at]
        moment.fall_back(at_outlet)
        sample = moment.sample(at, notes)
        if sample is not None:
            samples.append(sample)
    used = at_outlet.union(*(moment.outlet for moment in moments.values()))
    for measurand in sorted({measurand for moment in moments.values() for measurand in moment.elsewhere} - used):
        notes[f"{measurand} was told for other places than the outlet only and is left out"] = None
    return samples, list(notes)


class _Moment:
    """What is told of one moment, before it is weighed."""

    __slots__ = ("context", "elsewhere", "incomplete", "inlet", "outlet")

    def __init__(self) -> None:
        self.context: ReadingContext | None = None
        self.outlet: dict[Measurand, _Phases] = {}
        self.inlet: dict[Measurand, _Phases] = {}
        self.elsewhere: set[Measurand] = set()
        self.incomplete: set[Measurand] = set()
        """of what a phase was left out"""

    def take(self, values: Iterable[SampledValue], notes: dict[str, None]) -> None:
        """Sort values by what they are of; the first of each wins."""
        signed = []
        for value in values:
            if value.signed_meter_value is None:
                self._take(value, notes)
            else:
                signed.append(value)
        for value in signed:
            self._take(value, notes)

    def _take(self, value: SampledValue, notes: dict[str, None]) -> None:
        measurand = value.measurand or _REGISTER
        if measurand not in SCALES:
            return
        if value.location in _PLACES.get(measurand, _OUTLET):
            place = self.outlet
        elif value.location is Location.INLET:
            place = self.inlet
        else:
            self.elsewhere.add(measurand)
            return
        try:
            number = scaled(value.value, measurand, value.unit_of_measure)
        except NotBelievedError as error:
            notes[str(error)] = None
            if value.phase is not None:
                self.incomplete.add(measurand)
            return
        place.setdefault(measurand, {}).setdefault(value.phase, number)
        if self.context is None:
            self.context = value.context

    def fall_back(self, at_outlet: set[Measurand]) -> None:
        """Take what the inlet tells for what the outlet does not tell in this message."""
        for measurand, phases in self.inlet.items():
            if measurand not in at_outlet:
                self.outlet[measurand] = phases

    def sample(self, at: datetime, notes: dict[str, None]) -> Sample | None:
        """Return what all this comes to; None for nothing."""
        currents, voltages = self._phases(Measurand.CURRENT_IMPORT), self._phases(Measurand.VOLTAGE)
        if any(voltages.keys() & _BETWEEN_LINES) and _three(voltages) == (None, None, None):
            notes["Voltage was told between lines only and is left out"] = None
        power_w = self._power(notes)
        derived_w = None
        if power_w is None and Measurand.CURRENT_IMPORT not in self.incomplete:
            derived_w = _derived(currents, voltages)
        offered = self._phases(Measurand.CURRENT_OFFERED) or self._phases(Measurand.CURRENT_IMPORT_OFFERED)
        amperes, volts = _three(currents), _three(voltages)
        sample = Sample(
            at=at,
            context=self.context,
            register_wh=self._whole(_REGISTER, notes),
            power_w=derived_w if power_w is None else power_w,
            is_power_derived=derived_w is not None,
            current_a=amperes[0],
            current_l2_a=amperes[1],
            current_l3_a=amperes[2],
            voltage_l1_v=volts[0],
            voltage_l2_v=volts[1],
            voltage_l3_v=volts[2],
            current_offered_a=offered.get(None, next(iter(offered.values()), None)),
            soc_percent=next(iter(self._phases(Measurand.SOC).values()), None),
            temperature_c=next(iter(self._phases(Measurand.TEMPERATURE).values()), None),
        )
        return None if sample == Sample(at=at, context=self.context) else sample

    def _phases(self, measurand: Measurand) -> _Phases:
        return self.outlet.get(measurand, {})

    def _power(self, notes: dict[str, None]) -> float | None:
        import_w = self._whole(Measurand.POWER_ACTIVE_IMPORT, notes)
        if import_w:
            return import_w
        export_w = self._whole(Measurand.POWER_ACTIVE_EXPORT, notes)
        return import_w if export_w is None else 0.0 - export_w

    def _whole(self, measurand: Measurand, notes: dict[str, None]) -> float | None:
        """Return the total of a quantity, or the sum of its phases where these are all there are."""
        phases = self._phases(measurand)
        if not phases or None in phases:
            return phases.get(None)
        numbers = _numbers(phases)
        alike = phases.keys() <= set(_LINES) or phases.keys() <= set(_TO_NEUTRAL)
        whole = alike and measurand not in self.incomplete
        if whole and all(_numbers(self._phases(other)) <= numbers for other in _SHOW_PHASES):
            return sum(phases.values())
        notes[f"{measurand} was told for some phases only: no total is made of them"] = None
        return None


def _numbers(phases: _Phases) -> set[int]:
    return {_NUMBERS[phase] for phase in phases if phase in _NUMBERS}


def _three(phases: _Phases) -> _Three:
    """Return the values of the three phases, against neutral where that is told."""
    if not phases:
        return None, None, None
    first, second, third = (
        phases.get(neutral, phases.get(line)) for neutral, line in zip(_TO_NEUTRAL, _LINES, strict=True)
    )
    if first is second is third is None:
        first = phases.get(None)
    return first, second, third


def _derived(currents: _Phases, voltages: _Phases) -> float | None:
    """Return volts times amperes of all phases that have a current; None where a voltage is missing."""
    by_phase: _Phases = {phase: current for phase, current in currents.items() if phase in _NUMBERS}
    if not by_phase:
        return 0.0 if currents.get(None) == 0.0 else None
    power_w = 0.0
    by_voltage: _Phases = {phase: voltage for phase, voltage in voltages.items() if phase is not None}
    for current, voltage in zip(_three(by_phase), _three(by_voltage), strict=True):
        if current:
            if voltage is None:
                return None
            power_w += current * voltage
    return power_w
