"""Arguments as strangers might give them: right in places, wrong in others, and never too orderly."""

from __future__ import annotations

from hypothesis import strategies as st

from bridge.everest.interface import Command

TEXTS = st.text(max_size=60) | st.sampled_from(["", "x" * 51, "x" * 501, "x" * 2501, "colour", "\x00", "\u202e", "€"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_PLACES = st.fixed_dictionaries(
    {
        "component": st.fixed_dictionaries(
            {"name": TEXTS}, optional={"instance": TEXTS, "evse": st.fixed_dictionaries({"id": st.integers(-1, 3)})}
        ),
        "variable": st.fixed_dictionaries({"name": TEXTS}, optional={"instance": TEXTS}),
    }
)
_ATTRIBUTES = st.sampled_from(["Actual", "Target", "MinSet", "MaxSet", "actual"])
_READS = st.fixed_dictionaries({"component_variable": _PLACES}, optional={"attribute_type": _ATTRIBUTES | VALUES})
_WRITES = st.fixed_dictionaries(
    {"component_variable": _PLACES, "value": TEXTS}, optional={"attribute_type": _ATTRIBUTES}
)
_EVENTS = st.fixed_dictionaries(
    {"type": TEXTS}, optional={"info": TEXTS, "critical": st.booleans(), "timestamp": TEXTS}
)
_REQUESTS = st.fixed_dictionaries(
    {"vendor_id": TEXTS}, optional={"message_id": TEXTS, "data": TEXTS, "custom_data": VALUES}
)
_AVAILABILITIES = st.fixed_dictionaries(
    {"operational_status": st.sampled_from(["Operative", "Inoperative", "operative"])},
    optional={"evse": st.fixed_dictionaries({"id": st.integers(-1, 2**40)}, optional={"connector_id": st.integers()})},
)
_ORDERLY: dict[str, st.SearchStrategy[object]] = {
    "keys": st.lists(TEXTS, max_size=3) | st.just(["k"] * 1001),
    "requests": st.lists(_READS, max_size=3) | st.lists(_WRITES, max_size=3),
    "component_variables": st.lists(_PLACES, max_size=3),
    "event": _EVENTS,
    "request": _REQUESTS | _AVAILABILITIES,
}


def arguments_of(command: Command) -> st.SearchStrategy[object]:
    """Return arguments for a command: mostly with its own names, and with values of every kind."""
    names = list(command.arguments.model_fields)
    near = st.fixed_dictionaries({name: _ORDERLY.get(name, TEXTS) for name in names})
    off = st.fixed_dictionaries({}, optional={name: _ORDERLY.get(name, TEXTS) | VALUES for name in names})
    return near | off | st.dictionaries(st.sampled_from([*names, "x"]), VALUES, max_size=3) | VALUES
