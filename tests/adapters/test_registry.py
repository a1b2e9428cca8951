from __future__ import annotations

import subprocess
import sys

import pytest

from adapters.registry import VENDORS, build, options_model
from bridge.ports import HttpAnswer
from bridge.types.charger_options import HttpChargerOptions
from bridge.types.options import Credentials
from tests.clock import FakeClock


class NobodyThere:
    """An address that must not be asked."""

    where = "garage (config.yaml:1)"

    async def request(self, method: str, path: str, **_: object) -> HttpAnswer:
        """Fail: building a charger asks nothing."""
        raise AssertionError(f"{method} {path}")

    async def aclose(self) -> None:
        """Close nothing."""


ASKED = [word for word in VENDORS if issubclass(options_model(word), HttpChargerOptions)]


@pytest.mark.parametrize("vendor_type", ASKED)
def test_each_vendor_has_options_of_its_type_and_builds_a_charger(vendor_type: str) -> None:
    """The word in the registry is the word that the options accept, and building asks nothing."""
    model = options_model(vendor_type)
    assert issubclass(model, HttpChargerOptions)
    options = model.model_validate({"id": "garage", "type": vendor_type, "url": "http://127.0.0.1"})
    charger = build(options, NobodyThere(), Credentials(), FakeClock())
    assert isinstance(charger.abilities, frozenset)


def test_who_is_not_asked_over_http_connects_by_itself() -> None:
    """That is OCPP alone."""
    assert set(VENDORS) - set(ASKED) == {"ocpp"}


def test_an_unknown_type_is_a_key_error() -> None:
    """The config answers unknown types before anybody asks; asking anyway is a mistake of the program."""
    with pytest.raises(KeyError):
        options_model("nobody")


def test_no_vendor_is_imported_before_it_is_asked_for() -> None:
    """A bridge with one vendor pays for one."""
    program = "import sys, adapters.registry; print([m for m in sys.modules if m.startswith('adapters.')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == "['adapters.registry']"
