"""Commands → what is to be set, and what the box must show afterwards; pure.

Settings are absolute (`amp=16`, `frc=1`): setting one twice is the same as setting it once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.go_e.wire import SettingsWire
from adapters.go_e.words import name_reason
from bridge.types.command import LimitCurrent, StartCharging, StopCharging

NEUTRAL, OFF, ON = 0, 1, 2
"""values of `frc` [doc]"""
OPEN, WAIT = 0, 1
"""values of `acs` [doc]"""
LOWEST_A = 6
"""IEC 61851-1 [spec]; the box refuses less: "exceeds range 6 to 32" [issue 153]"""
HIGHEST_A = 32
_VARIANTS_A = {11: 16, 22: 32}


class ImpossibleError(Exception):
    """A wish that this box cannot be asked for; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is sent in one request, and by what it is known to have been done."""

    values: Mapping[str, int]
    """keys and their values; the box must show these afterwards"""
    allowed: bool | None = None
    """what `alw` must show afterwards; None where that is not for this command to say"""

    @property
    def query(self) -> dict[str, str]:
        """The keys as the box wants them: values in JSON [doc]."""
        return {key: str(value) for key, value in self.values.items()}

    def disagreement(self, wire: SettingsWire) -> str | None:
        """Return what the box shows differently, as the end of a sentence; None when all is as wished."""
        for key, value in self.values.items():
            shown = getattr(wire, key)
            if shown != value:
                return f"{key} is {'not told' if shown is None else shown} instead of {value}"
        if self.allowed is not None and wire.alw is not self.allowed:
            reason = name_reason(wire.model_status)
            said = {True: "it lets the car charge", False: "it does not let the car charge", None: "alw is not told"}
            return said[wire.alw] + (f" ({reason})" if reason is not None else "")
        return None


def setting_for(command: StartCharging | StopCharging | LimitCurrent, now: SettingsWire) -> Setting:
    """Return what fulfils a command, given what the box shows now; ImpossibleError where nothing does.

    - Start lets the box charge (`frc` neutral). Where it waits for a card, it also starts a transaction without one
      (`trx=0`) [doc: issue 218]; the box ends that by itself when the car leaves. It cannot be told an id token.
    - Stop is `frc` off. The box goes back to neutral by itself when the car leaves [doc: issue 117].
    - A limit of 0 is `frc` off too, so a later limit ends a pause of either kind: whoever limits must know whether
      the charging session was stopped, and then not send a limit other than 0. A limit below what the box can
      offer in whole ampere is rounded down; one above its own maximum becomes that maximum.

    A person who forced charging on (`frc` on) keeps that through Start and limits: neutral would be less.
    """
    free = ON if now.frc == ON else NEUTRAL
    if isinstance(command, StartCharging):
        waits = now.acs == WAIT and now.trx is None
        return Setting({"frc": free, "trx": 0} if waits else {"frc": free}, allowed=True)
    if isinstance(command, StopCharging) or command.limit_a == 0:
        return Setting({"frc": OFF}, allowed=False)
    return Setting({"amp": _amp(command.limit_a, _highest_a(now)), "frc": free})


def _amp(limit_a: float | None, highest_a: int | None) -> int:
    if limit_a is None:
        if highest_a is None:
            raise ImpossibleError("The charger tells neither ama nor var, so its own maximum is not known.")
        return highest_a
    if limit_a < LOWEST_A:
        raise ImpossibleError(f"No charger can offer {limit_a:g} A: less than {LOWEST_A} A is a pause, asked for by 0.")
    return min(math.floor(limit_a), HIGHEST_A if highest_a is None else highest_a)


def _highest_a(now: SettingsWire) -> int | None:
    if now.ama is not None and LOWEST_A <= now.ama <= HIGHEST_A:
        return now.ama
    return None if now.var is None else _VARIANTS_A.get(now.var)
