from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from adapters.registry import VENDORS
from bridge.config.schema import config_schema

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"


class EditorLoader(yaml.SafeLoader):
    """Reads YAML as editors do: dates stay text."""


EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def as_an_editor_reads(text: str) -> Any:
    """Return YAML as the data that an editor checks."""
    return yaml.load(text, Loader=EditorLoader)


def errors(text: str) -> list[str]:
    """Return what an editor would underline."""
    validator = jsonschema.Draft202012Validator(config_schema())
    return [error.message for error in validator.iter_errors(as_an_editor_reads(text))]


def test_the_schema_is_a_schema() -> None:
    """Draft 2020-12, with every reference inside."""
    schema = config_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    names = set(re.findall(r"#/\$defs/(\w+)", str(schema)))
    assert names <= set(schema["$defs"])


def test_the_example_is_valid() -> None:
    """An editor underlines nothing in the example."""
    assert errors(EXAMPLE.read_text()) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("port: 8484", "prot: 8484"),
        ("port: 8484", "port: 99999"),
        ("type: etrel", "type: nobody"),
        ("poll: 10s", "poll: soon"),
        ("    poll: 10s", "    polll: 10s"),
        ("timezone: Europe/Zurich", ""),
        ("control: true", "contrl: true"),
        ('version: "1.6"', "version: 2.0"),
        ("security_profile: 2", "security_profile: 4"),
        ("      voltage: 230", "      voltge: 230"),
        ("url: wss://csms", "url: https://csms"),
    ],
)
def test_a_mistake_is_seen_by_the_schema(old: str, new: str) -> None:
    """An editor underlines misspelt keys and wrong values."""
    assert errors(EXAMPLE.read_text().replace(old, new)) != []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('version: "1.6"', "version: 1.6"),
        ('version: "1.6"', "version: 2.0.1"),
        ('version: "1.6"', "version: 2.1"),
        ('version: "1.6"', "version: auto"),
        ('#custom_keys: {ParkingSpace: "13"}', "custom_keys: {ParkingSpace: 13, IsCovered: true}"),
    ],
)
def test_what_the_bridge_takes_is_not_underlined(old: str, new: str) -> None:
    """An editor reads numbers and truth where the bridge reads texts."""
    assert old in EXAMPLE.read_text()
    assert errors(EXAMPLE.read_text().replace(old, new)) == []


def test_every_vendor_is_offered() -> None:
    """The entries of chargers are the options of all vendors, told apart by their type."""
    schema = config_schema()
    chargers = schema["$defs"]["BridgeOptions"]["properties"]["chargers"]
    assert len(chargers["items"]["oneOf"]) == len(VENDORS)


def test_a_key_carries_the_words_of_its_model() -> None:
    """What the source says about an option is what the editor shows, inherited options included."""
    definitions = config_schema()["$defs"]
    assert "UTC" in definitions["BridgeOptions"]["properties"]["timezone"]["description"]
    assert "whole answer" in definitions["EtrelOptions"]["properties"]["timeout"]["description"]


@pytest.mark.parametrize("name", ["EtrelOptions", "GoEOptions", "OcppOptions", "SupplyOptions"])
def test_every_key_of_a_charger_and_its_stations_is_explained(name: str) -> None:
    """Whoever adds a key there says what it means."""
    properties = config_schema()["$defs"][name]["properties"]
    assert [key for key, words in properties.items() if not words.get("description")] == []
