"""Loads the config: file, environment and flags, the secrets they name, and everything wrong with them at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pydantic import SecretStr, ValidationError

from bridge.central.options import CentralOptions
from bridge.config.checks import (
    bad_addresses,
    contradictions,
    empty_settings,
    twice_used_brokers,
    twice_used_names,
    twice_used_stations,
)
from bridge.config.credentials import SecretReader
from bridge.config.document import Document, Place, parse_document
from bridge.config.environment import misspelt_variables, put_environment, put_flags
from bridge.config.explain import explain
from bridge.config.files import UnreadableFileError, read_small_file
from bridge.config.model import BridgeOptions, HealthOptions
from bridge.config.problems import BrokenConfigError, PlacedConfigError, Position
from bridge.engine.site_limit.options import SiteLimitOptions
from bridge.everest.options import MqttOptions
from bridge.sinks.options import InfluxOptions
from bridge.types.charger_options import ChargerOptions, HttpChargerOptions
from bridge.types.options import Credentials
from bridge.types.station_options import OcppOptions
from bridge.web.options import WebOptions

SIZE_LIMIT_BYTES = 1 << 20
_PEM_FILES = ("ca_file", "certificate_file", "key_file")
_CENTRAL_PEM_FILES = ("certificate_file", "key_file", "client_ca_file")
NO_FLAGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ConfiguredStation:
    """One central system of a charger, with what opens it."""

    options: OcppOptions
    where: str
    """how errors name it, such as `garage → employer (config.yaml:21)`"""
    password: SecretStr | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class ConfiguredCharger:
    """One charger of the config, with what opens it."""

    options: ChargerOptions
    """of the subclass of its vendor"""
    where: str
    """how errors name it, such as `garage (config.yaml:12)`"""
    credentials: Credentials
    stations: tuple[ConfiguredStation, ...] = ()


@dataclass(frozen=True, slots=True)
class ConfiguredInflux:
    """One InfluxDB of the config, with what opens it."""

    options: InfluxOptions
    token: SecretStr | None


@dataclass(frozen=True, slots=True)
class ConfiguredMqtt:
    """One MQTT broker of the config, with what opens it."""

    options: MqttOptions
    where: str
    """how errors name it, such as `mqtt mqtt://127.0.0.1:1883 (config.yaml:90)`"""
    password: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class ConfiguredCentral:
    """The OCPP server of the config."""

    options: CentralOptions
    """with the certificates where they were found"""
    where: str
    """how errors name it, such as `central (config.yaml:30)`"""


@dataclass(frozen=True, slots=True)
class Config:
    """A config that can be used. `str()` and `repr()` show no secret."""

    path: Path
    site: str
    zone: ZoneInfo
    data_dir: Path
    """absolute where the config's own path is"""
    web: WebOptions
    web_token: SecretStr | None
    chargers: tuple[ConfiguredCharger, ...]
    influx: tuple[ConfiguredInflux, ...]
    health: HealthOptions
    readings_retention_s: float
    warnings: tuple[str, ...]
    """what a person should know; each begins with its place"""
    mqtt: tuple[ConfiguredMqtt, ...] = ()
    central: ConfiguredCentral | None = None
    site_limit: SiteLimitOptions | None = None


def load_config(path: Path, environ: Mapping[str, str], flags: Mapping[str, str] = NO_FLAGS) -> Config:
    """Return the config, or raise BrokenConfigError with everything that is wrong with it.

    `flags` are texts by place, such as `web.port`. Defaults give way to the file, the file to the environment
    (`CHARGEBRIDGE_WEB_PORT`), and that to the flags.
    """
    document = _read(path)
    put_environment(document, environ)
    put_flags(document, flags)
    problems = [
        *document.problems,
        *empty_settings(document),
        *twice_used_names(document),
        *twice_used_stations(document),
    ]
    try:
        options = BridgeOptions.model_validate(document.root)
    except ValidationError as error:
        raise BrokenConfigError([*problems, *explain(error, document)]) from None
    problems += [*bad_addresses(document, options), *twice_used_brokers(document, options)]
    secrets = SecretReader(document, path.parent, environ)
    config = _join(path, document, options, secrets)
    problems += secrets.problems
    if problems:
        raise BrokenConfigError(problems)
    return config


def _read(path: Path) -> Document:
    try:
        text = read_small_file(path, SIZE_LIMIT_BYTES).text
    except UnreadableFileError as error:
        todo = "Copy config.example.yaml there, or name another file." if error.missing else ""
        problem = PlacedConfigError(Position(0, 0, str(path)), f"the config {error.seen}", todo=todo)
        raise BrokenConfigError([problem]) from None
    return parse_document(text, path.name)


def _join(path: Path, document: Document, options: BridgeOptions, secrets: SecretReader) -> Config:
    chargers = tuple(
        ConfiguredCharger(
            options=charger,
            where=f"{charger.id} ({document.source}:{document.value_position(('chargers', index)).line})",
            credentials=_credentials(("chargers", index), charger, secrets),
            stations=_stations(("chargers", index, "ocpp"), charger, document, secrets),
        )
        for index, charger in enumerate(options.chargers)
    )
    influx = tuple(
        ConfiguredInflux(sink, secrets.read(("influx", index), sink.token_file, sink.token_env, key="token"))
        for index, sink in enumerate(options.influx)
    )
    mqtt = tuple(
        ConfiguredMqtt(
            broker,
            f"mqtt {broker.url} ({document.source}:{document.value_position(('mqtt', index)).line})",
            secrets.read(("mqtt", index), broker.password_file, broker.password_env, key="password"),
        )
        for index, broker in enumerate(options.mqtt)
    )
    web_token = secrets.read(("web",), options.web.token_file, options.web.token_env, key="token")
    return Config(
        path=path,
        site=options.site,
        zone=ZoneInfo(options.timezone),
        data_dir=path.parent / options.data_dir,
        web=options.web,
        web_token=web_token,
        chargers=chargers,
        influx=influx,
        health=options.health,
        readings_retention_s=options.readings_retention_s,
        warnings=(
            *contradictions(document, options),
            *secrets.warnings,
            *misspelt_variables(secrets.environ, secrets.used_variables),
        ),
        mqtt=mqtt,
        central=None if options.central is None else _central(options.central, document, secrets),
        site_limit=options.site_limit,
    )


def _central(options: CentralOptions, document: Document, secrets: SecretReader) -> ConfiguredCentral:
    place: Place = ("central",)
    found = {key: secrets.find(place, key, getattr(options, key)) for key in _CENTRAL_PEM_FILES}
    where = f"central ({document.source}:{document.key_position(place).line})"
    return ConfiguredCentral(options.model_copy(update={key: str(file) for key, file in found.items() if file}), where)


def _stations(
    place: Place, charger: ChargerOptions, document: Document, secrets: SecretReader
) -> tuple[ConfiguredStation, ...]:
    stations = []
    for index, options in enumerate(charger.ocpp):
        at = (*place, index)
        line = document.value_position(at).line
        stations.append(
            ConfiguredStation(
                options,
                f"{charger.id} → {options.name} ({document.source}:{line})",
                secrets.read(at, options.password_file, options.password_env, key="password"),
                *(secrets.find(at, key, getattr(options, key)) for key in _PEM_FILES),
            )
        )
    return tuple(stations)


def _credentials(place: Place, charger: ChargerOptions, secrets: SecretReader) -> Credentials:
    if not isinstance(charger, HttpChargerOptions):
        password_file, password_env = getattr(charger, "password_file", None), getattr(charger, "password_env", None)
        return Credentials(password=secrets.read(place, password_file, password_env, key="password"))
    login = charger.login
    if login is None:
        return Credentials(token=secrets.read(place, charger.token_file, charger.token_env, key="token"))
    password = secrets.read((*place, "login"), login.password_file, login.password_env, key="password")
    return Credentials(email=login.email, password=password)
