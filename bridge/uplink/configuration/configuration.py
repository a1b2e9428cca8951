"""The settings of one station: read, judged and changed; what is kept is handed in and out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import SecretStr

from bridge.types.ocpp.configuration import ConfigurationStatus, GetConfigurationResponse, KeyValue
from bridge.uplink.configuration.core_keys import KEYS_AT_MOST
from bridge.uplink.configuration.further_keys import standard_keys
from bridge.uplink.configuration.key import Access, FeatureProfile, Key, custom_key
from bridge.uplink.configuration.later_keys import later_keys
from bridge.uplink.configuration.settings import Settings, settings_of
from bridge.uplink.configuration.sorts import Text
from bridge.uplink.configuration.station_facts import StationFacts

NAME_AT_MOST: Final = 50
"""characters of a name [spec: OCPP 1.6 CiString50]"""

_NAME: Final = Text(1, NAME_AT_MOST)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of a change; nothing that can be printed shows a value, which may be a secret."""

    status: ConfigurationStatus
    key: str = field(repr=False)
    """in the setting's own spelling; where nobody knows it, as it was asked, which may be anything"""
    value: str | None = field(repr=False)
    """to be kept and in force, in its one form; None where the change is not taken"""
    reason: str
    """a sentence for a person"""
    needs_reconnect: bool = False
    """taken, and in effect with the next connection"""

    @property
    def is_taken(self) -> bool:
        """Whether there is a value to be kept."""
        return self.value is not None


class Configuration:
    """The settings of one station towards one central system.

    `stored` are the changes that were taken earlier, by key; one that is no longer taken is passed over and the default
    holds, as is a custom setting that cannot be one: `problems` has a sentence on each. Nothing here raises.
    """

    def __init__(
        self,
        facts: StationFacts,
        stored: Mapping[str, str] | None = None,
        custom: Mapping[str, str] | None = None,
    ) -> None:
        self._problems: list[str] = []
        self._keys = _named(facts)
        for name, default in (custom or {}).items():
            self._declare(name, default)
        self._overrides: dict[str, str] = {}
        for name, value in (stored or {}).items():
            self._restore(name, value)
        self.reboot()

    @property
    def keys(self) -> tuple[Key, ...]:
        """All settings of the station that OCPP 1.6 has a name for, by group."""
        return tuple(key for key in self._keys.values() if key.profile is not FeatureProfile.LATER)

    @property
    def all_keys(self) -> tuple[Key, ...]:
        """All settings of the station, those of OCPP 2.x alone included."""
        return tuple(self._keys.values())

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences on what was stored or configured and is not taken."""
        return tuple(self._problems)

    @property
    def overrides(self) -> Mapping[str, str]:
        """All changes that hold, by the setting's own spelling, as they are to be kept; secrets are among them."""
        return dict(self._overrides)

    @property
    def settings(self) -> Settings:
        """What is in effect now."""
        return self._settings

    @property
    def authorization_key(self) -> SecretStr | None:
        """The password that a central system set; None where the config's holds."""
        secret = self._overrides.get("AuthorizationKey")
        return None if secret is None else SecretStr(secret)

    def value_of(self, key: str) -> str | None:
        """Return the value of a setting that may be read; None where it is unknown, unset or a secret."""
        known = self._keys.get(_folded(key))
        return None if known is None or known.access is Access.WRITE_ONLY else self._value(known)

    def get(self, keys: Iterable[str] = ()) -> GetConfigurationResponse:
        """Return these settings, all of them when none is named; each once, in the order asked.

        Of more than GetConfigurationMaxKeys names the rest is answered neither as known nor as unknown. An unknown name
        is told as it was asked, cut to what OCPP can say.
        """
        asked = dict.fromkeys(keys)
        wanted = list(asked)[:KEYS_AT_MOST] if asked else [key.name for key in self.keys]
        known = dict.fromkeys(key for name in wanted if (key := self._known(name, later=False)) is not None)
        unknown = dict.fromkeys(_sayable(name) for name in wanted if self._known(name, later=False) is None)
        return GetConfigurationResponse(
            configuration_keys=tuple(self._told(key) for key in known),
            unknown_keys=tuple(unknown),
        )

    def judge(self, key: str, value: str, *, later: bool = False) -> Judgement:
        """Tell what becomes of a central system's change, and change nothing.

        The settings of OCPP 2.x alone are known only when `later` is said: 1.6 has no name for them.
        """
        known = self._known(key, later=later)
        if known is None:
            return Judgement(ConfigurationStatus.NOT_SUPPORTED, key, None, "there is no setting of this name")
        if known.access is Access.READ_ONLY:
            return Judgement(ConfigurationStatus.REJECTED, known.name, None, f"{known.name} is read-only")
        kept = known.sort.normalised(value)
        if kept is None:
            return Judgement(ConfigurationStatus.REJECTED, known.name, None, f"{known.name} takes {known.sort.takes}")
        if known.only_rises and int(kept) < int(self._value(known) or 0):
            return Judgement(ConfigurationStatus.REJECTED, known.name, None, f"{known.name} may only rise")
        if known.needs_reboot:
            reason = f"{known.name} is in effect after a reboot"
            return Judgement(ConfigurationStatus.REBOOT_REQUIRED, known.name, kept, reason)
        reason = f"{known.name} is in effect with the next connection" if known.needs_reconnect else "taken"
        return Judgement(ConfigurationStatus.ACCEPTED, known.name, kept, reason, known.needs_reconnect)

    def judge_custom(self, key: str, value: str) -> Judgement:
        """Tell what becomes of a change that comes from the house itself: custom settings only [spec: seed 003]."""
        known = self._keys.get(_folded(key))
        if known is not None and known.profile is not FeatureProfile.CUSTOM:
            reason = f"{known.name} is a standard setting, which only a central system may change"
            return Judgement(ConfigurationStatus.REJECTED, known.name, None, reason)
        if known is None:
            return Judgement(ConfigurationStatus.REJECTED, key, None, "there is no custom setting of this name")
        return self.judge(key, value)

    def apply(self, key: str, value: str, *, later: bool = False) -> Judgement:
        """Change a setting as a central system wishes; what `is_taken` is to be stored by the caller."""
        return self._applied(self.judge(key, value, later=later))

    def apply_custom(self, key: str, value: str) -> Judgement:
        """Change a custom setting as the house itself wishes; what `is_taken` is to be stored by the caller."""
        return self._applied(self.judge_custom(key, value))

    def reboot(self) -> None:
        """Bring into effect what waited for a restart of the station's OCPP side."""
        self._waiting: dict[str, str] = {}
        self._settings = settings_of(self._values())

    def adapt(self, facts: StationFacts) -> None:
        """Take other facts, such as a further connector; what waits for a reboot goes on waiting."""
        custom = {name: key for name, key in self._keys.items() if key.profile is FeatureProfile.CUSTOM}
        self._keys = _named(facts) | custom
        self._settings = settings_of(self._values() | self._waiting)

    def _applied(self, judgement: Judgement) -> Judgement:
        if judgement.value is not None:
            if judgement.status is ConfigurationStatus.REBOOT_REQUIRED:
                self._waiting.setdefault(judgement.key, self._values()[judgement.key])
            self._overrides[judgement.key] = judgement.value
            self._settings = settings_of(self._values() | self._waiting)
        return judgement

    def _declare(self, name: str, default: str) -> None:
        key = custom_key(name, default)
        if _NAME.normalised(name) is None:
            self._problems.append(f"a custom setting is left out: its name must have {_NAME.takes}")
        elif _folded(name) in self._keys:
            self._problems.append(f"the custom setting {name} is left out: there is one of this name already")
        elif key.sort.normalised(default) is None:
            self._problems.append(f"the custom setting {name} is left out: its default must have {key.sort.takes}")
        else:
            self._keys[_folded(name)] = key

    def _restore(self, name: str, value: str) -> None:
        judgement = self.judge(name, value, later=True)
        if judgement.value is not None:
            self._overrides[judgement.key] = judgement.value
            return
        self._problems.append(
            f"the stored value of {_sayable(judgement.key)} is passed over and the default holds: {judgement.reason}"
        )

    def _known(self, name: str, *, later: bool) -> Key | None:
        key = self._keys.get(_folded(name))
        return None if key is None or (key.profile is FeatureProfile.LATER and not later) else key

    def _value(self, key: Key) -> str | None:
        return self._overrides.get(key.name, key.default)

    def _values(self) -> dict[str, str]:
        return {key.name: value for key in self.all_keys if (value := self._value(key)) is not None}

    def _told(self, key: Key) -> KeyValue:
        value = None if key.access is Access.WRITE_ONLY else self._value(key)
        return KeyValue(key=key.name, read_only=key.access is Access.READ_ONLY, value=value)


def _named(facts: StationFacts) -> dict[str, Key]:
    return {_folded(key.name): key for key in (*standard_keys(facts), *later_keys(facts))}


def _folded(name: str) -> str:
    return name.casefold()


def _sayable(name: str) -> str:
    """Return a name that may be anything as OCPP can say it."""
    return name.encode("utf-8", "replace").decode("utf-8")[:NAME_AT_MOST]
