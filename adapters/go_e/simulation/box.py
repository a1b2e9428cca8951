"""The charger itself: its settings, whether it lets the car charge, and its registers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from adapters.go_e.simulation.car import Car
from adapters.go_e.simulation.units import seconds
from adapters.simulation.wishes import WishError

NEUTRAL, OFF, ON = 0, 1, 2
OPEN, WAIT = 0, 1
IDLE, CHARGING, WAIT_CAR, COMPLETE, ERROR = 1, 2, 3, 4, 5
TRANSACTION_WAITS = seconds(60)
"""how long a transaction waits for a car [doc: issue 117]"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set."""

    amp: int
    frc: int = NEUTRAL
    acs: int = OPEN
    trx: int | None = None

    @property
    def allow(self) -> bool:
        """Whether a car may charge: force counts only once the access control is content [doc: issue 218]."""
        return self.frc != OFF and (self.acs == OPEN or self.trx is not None)


class Box:
    """State at one moment, which only `advance` moves; instants in µs, energies in mW times µs.

    Power is constant between two events (a step of the car's appetite, a setting that takes effect), so the
    registers are sums of whole numbers and do not depend on how often somebody asks.
    """

    def __init__(self, settings: Settings, at: int, *, phases: int, energy: int, lag: int = 0) -> None:
        self.phases = phases
        self.at = at
        self.settings = settings
        self.acted_on = settings
        """the settings by which it acts, `lag` behind those that were made"""
        self.err = 0
        self.car: Car | None = None
        self.total = energy
        """lifetime register"""
        self.since_plugged = 0
        """energy since the latest car was plugged in"""
        self.reboots = 1
        self.booted_at = at
        self._lag = lag
        self._acts_at: int | None = None
        self._transaction_ends_at: int | None = None
        self._has_charged = False

    # --- what is -------------------------------------------------------------------------------------------

    @property
    def allows(self) -> bool:
        """Whether a car may charge now."""
        return self.err == 0 and self.acted_on.allow

    @property
    def current_ma(self) -> int:
        """What flows in each phase that the car uses."""
        return self.car.current_ma(self.acted_on.amp) if self.car is not None and self.allows else 0

    @property
    def power_mw(self) -> int:
        """What flows in all phases together."""
        return self.car.power_mw(self.acted_on.amp, self.phases) if self.car is not None and self.allows else 0

    @property
    def car_state(self) -> int:
        """The key `car`; a pause after charging looks like Complete [issue 156]."""
        if self.err:
            return ERROR
        if self.car is None:
            return IDLE
        if self.power_mw:
            return CHARGING
        return COMPLETE if self._has_charged or self.car.is_full else WAIT_CAR

    def advance(self, at: int) -> None:
        """Let time pass; a clock that was set back stands still until it has caught up."""
        while self.at < at:
            power_mw = self.power_mw
            ends = [at, self._acts_at, self._transaction_ends_at]
            if self.car is not None and power_mw:
                ends.append(self.at - (-self.car.until_step() // power_mw))
            until = min(end for end in ends if end is not None)
            self._flow(power_mw * (until - self.at))
            self.at = until
            if self._acts_at == until:
                self._act()
            if self._transaction_ends_at == until:
                self._transaction_ends_at = None
                self.change(replace(self.settings, trx=None))

    def _flow(self, energy: int) -> None:
        if self.car is None or not energy:
            return
        energy = min(energy, self.car.wanted - self.car.taken)
        self.car.taken += energy
        self.total += energy
        self.since_plugged += energy
        self._has_charged = True

    # --- what is done to it --------------------------------------------------------------------------------

    def change(self, settings: Settings) -> None:
        """Take new settings; they show at once and are acted on after the lag."""
        if settings.trx != self.settings.trx:
            waits = settings.trx is not None and self.car is None
            self._transaction_ends_at = self.at + TRANSACTION_WAITS if waits else None
        self.settings = settings
        self._acts_at = self.at + self._lag
        if not self._lag:
            self._act()

    def _act(self) -> None:
        self._acts_at = None
        self.acted_on = self.settings

    def plug_in(self, car: Car) -> None:
        """Take a car; it charges at once where it may."""
        if self.car is not None:
            raise WishError("a car is plugged in; unplug it first")
        self.car = car
        self.since_plugged = 0
        self._has_charged = False
        self._transaction_ends_at = None

    def unplug(self) -> None:
        """Let the car go; the transaction ends and force goes back to neutral [doc: issue 117]."""
        if self.car is None:
            raise WishError("no car is plugged in")
        self.car = None
        self.change(replace(self.settings, frc=NEUTRAL, trx=None))

    def swipe(self, card: int) -> None:
        """Show the card with this index: begins a transaction, or ends that of the same card [guess]."""
        if self.settings.acs == OPEN:
            raise WishError("the charger asks for no card; set acs=1 first")
        self.change(replace(self.settings, trx=None if self.settings.trx == card + 1 else card + 1))

    def reboot(self, *, forget: bool) -> None:
        """Start anew; the settings and the lifetime register stay, the session's energy may be lost."""
        self.reboots += 1
        self.booted_at = self.at
        if forget:
            self.since_plugged = 0
