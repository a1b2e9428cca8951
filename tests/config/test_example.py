from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from adapters.registry import VENDORS, options_model
from bridge.config.document import parse_document
from bridge.config.keys import inner_model, keys_of
from bridge.config.load import load_config
from bridge.config.model import BridgeOptions

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
Place = tuple[str, ...]


def every_key(text: str) -> dict[str, Any]:
    """Return the example with all that is switched off switched on."""
    return parse_document(re.sub(r"^( *)#(?=(?:- )?[a-z_]+:)", r"\1", text, flags=re.MULTILINE), EXAMPLE.name).root


def places_of_data(data: Any, place: Place = ()) -> dict[Place, Any]:
    """Return every key at any depth; the entries of a list count as one, and keys that people make up are a value."""
    if place[-1:] in (("custom_keys",), ("priorities",)):
        return {}
    if isinstance(data, dict):
        inner = {(*place, key): value for key, value in data.items()}
        return inner | {p: v for at, value in inner.items() for p, v in places_of_data(value, at).items()}
    if isinstance(data, list):
        return {p: v for value in data for p, v in places_of_data(value, place).items()}
    return {}


def places_of_models(model: type[BaseModel] = BridgeOptions, place: Place = ()) -> dict[Place, FieldInfo]:
    """Return every key that the models have; a charger has those of all vendors."""
    found: dict[Place, FieldInfo] = {}
    for key, field in keys_of(model).items():
        found[*place, key] = field
        inner = inner_model(field.annotation)
        inners = [options_model(vendor) for vendor in VENDORS] if key == "chargers" else [inner]
        for each in filter(None, inners):
            found |= places_of_models(each, (*place, key))
    return found


def test_the_example_has_every_key_and_no_other() -> None:
    """Whoever adds an option adds it to the example, and whoever takes one away does too."""
    assert set(places_of_data(every_key(EXAMPLE.read_text()))) == set(places_of_models())


def test_what_is_switched_off_shows_its_default() -> None:
    """A line that begins with # has the value that holds without it."""
    shown = places_of_data(every_key(EXAMPLE.read_text()))
    active = places_of_data(parse_document(EXAMPLE.read_text(), EXAMPLE.name).root)
    compared = 0
    for place, field in places_of_models().items():
        default = field.get_default(call_default_factory=True, validated_data={})
        if place in active or field.is_required() or default in (None, (), {}):
            continue
        adapter: TypeAdapter[object] = TypeAdapter(Annotated[field.annotation, place, *field.metadata])  # type: ignore[arg-type]  # made at run time
        assert adapter.validate_python(shown[place]) == default, place
        compared += 1
    assert compared >= 4


def test_what_the_example_sets_outside_of_its_lists_is_the_default() -> None:
    """The active lines for page, health and retention can be taken out without any effect."""
    options = BridgeOptions.model_validate(parse_document(EXAMPLE.read_text(), EXAMPLE.name).root)
    bare = BridgeOptions(timezone="UTC", chargers=options.chargers)
    for name in ("site", "data_dir", "web", "health", "readings_retention_s"):
        assert getattr(options, name) == getattr(bare, name)


def test_the_example_can_be_used_once_its_secrets_are_there(tmp_path: Path) -> None:
    """Copied beside its secret files it loads without a warning."""
    copy = tmp_path / "config.yaml"
    copy.write_text(EXAMPLE.read_text())
    for name in ("garage.password", "refund.password", "influx.token"):
        (tmp_path / name).write_text("secret\n")
        (tmp_path / name).chmod(0o600)
    config = load_config(copy, {})
    assert config.warnings == ()
    line = EXAMPLE.read_text().splitlines().index("  - id: garage") + 1
    assert config.chargers[0].where == f"garage (config.yaml:{line})"
    assert [sink.options.name for sink in config.influx] == ["home"]
    assert [(station.options.name, station.options.control) for station in config.chargers[0].stations] == [
        ("employer", True),
        ("refund", False),
    ]


def test_the_example_can_be_used_with_every_entry_of_its_lists(tmp_path: Path) -> None:
    """The chargers, the OCPP server and the broker that are switched off are right as they stand."""
    switched_on = every_key(EXAMPLE.read_text())
    switched_on["chargers"][0] = {key: switched_on["chargers"][0][key] for key in ("id", "type", "url")}
    del switched_on["influx"], switched_on["web"]
    del switched_on["mqtt"][0]["password_env"]
    copy = tmp_path / "config.yaml"
    switched_on["site_limit"]["shares"] = "priority"
    del switched_on["chargers"][2]["password_file"], switched_on["chargers"][2]["password_env"]
    for name, text in (
        ("mqtt.password", "secret"),
        ("central.pem", "-----BEGIN CERTIFICATE-----"),
        ("central.key", "-----BEGIN PRIVATE KEY-----"),
        ("chargers-ca.pem", "-----BEGIN CERTIFICATE-----"),
    ):
        (tmp_path / name).write_text(f"{text}\n")
        (tmp_path / name).chmod(0o600)
    copy.write_text(json.dumps(switched_on))
    config = load_config(copy, {})
    assert [charger.options.type for charger in config.chargers] == ["etrel", "go-e", "ocpp"]
    assert config.central is not None
    assert config.central.options.certificate_file == str(tmp_path / "central.pem")
    assert [(broker.options.host, broker.options.prefix) for broker in config.mqtt] == [("127.0.0.1", "everest")]


@pytest.mark.parametrize("key", ["token_env", "token_file", "password_env"])
def test_the_example_names_each_other_way_to_a_secret(key: str) -> None:
    """Files and variables are both shown."""
    assert f"#{key}: " in EXAMPLE.read_text()
