from __future__ import annotations

import pytest

from bridge.types.ocpp.translate.setting_places import OWN_COMPONENT, PLACES, Aspect, key_of, named_place, place_of


@pytest.mark.parametrize("key", sorted(PLACES))
def test_a_key_leads_to_its_place_and_back(key: str) -> None:
    """Case does not count; what 2.x tells as a limit leads nowhere back: its value is another."""
    place = place_of(key)
    assert place == PLACES[key] == place_of(key.upper())
    assert place is not None
    back = key_of(place.component.lower(), place.variable.upper(), place.instance)
    assert back == key if place.aspect is Aspect.VALUE else back != key


def test_no_two_keys_tell_the_same_of_a_place() -> None:
    """So each of them has one meaning in 2.x, but for the two lists that 2.x has once."""
    told: dict[tuple[str, Aspect], list[str]] = {}
    for key, place in PLACES.items():
        told.setdefault((str(place), place.aspect), []).append(key)
    assert [keys for keys in told.values() if len(keys) > 1] == []


def test_a_place_is_known_by_its_name() -> None:
    """As people are told of it: component, variable, and the instance in brackets."""
    for name in ("Acme.Mode", "OCPPCommCtrlr.MessageTimeout[Default]"):
        place = named_place(name)
        assert place is not None
        assert str(place) == name
        assert place_of(name) == place
    for name in ("Mode", "", "a.b.c", "a.b[", "a b.c", ".b", "ä.b"):
        assert named_place(name) is None
    assert place_of("AcmeMode") is None
    assert key_of("Acme", "Mode") is None


def test_what_2_x_has_no_variable_for_stands_at_our_own_component() -> None:
    """Under its own name."""
    assert str(PLACES["NumberOfConnectors"]) == f"{OWN_COMPONENT}.NumberOfConnectors"
