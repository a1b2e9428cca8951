from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.central.operations.text import DEEPEST, LONGEST, ArgumentTextError, parse_arguments
from tests.types.ocpp.seed_documents import seed_document

LAWFUL = settings(max_examples=80, deadline=None, derandomize=True)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**20), 10**20),
        st.floats(allow_nan=False, allow_infinity=False),
        TEXTS,
        st.sampled_from(
            ["NO", "2025-03-03", "12:30", "0x1F", "~", "<<", "*a", "&a", "1_000", "# no comment", "// none"]
        ),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=10,
)
OBJECTS = st.dictionaries(TEXTS, JSON, max_size=4)


@LAWFUL
@given(OBJECTS, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_any_json_object_comes_back(value: dict[str, Any], ascii_only: bool, indent: Any) -> None:  # noqa: FBT001 -- hypothesis calls it
    """However it is written: nothing becomes a date, a switch or a number that was a text."""
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    read = parse_arguments(text)
    assert read == value
    assert json.dumps(read) == json.dumps(value)


def single_quoted(value: Any) -> str:
    """Write as Python does, with single quotes always."""
    if isinstance(value, str):
        inner = json.dumps(value, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
        return f"'{inner}'"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{single_quoted(k)}: {single_quoted(v)}" for k, v in value.items()) + ",}"
    if isinstance(value, list):
        return "[" + "".join(f"{single_quoted(item)}, # one of them\n" for item in value) + "]"
    return repr(value)


@LAWFUL
@given(OBJECTS)
def test_the_form_of_the_notes_means_the_same(value: dict[str, Any]) -> None:
    """Single quotes, Python's words, commas after the last and comments change nothing."""
    written = single_quoted(value).replace("{,}", "{}")
    assert parse_arguments(f"// what is sent\n{written} # and no more") == value


def error_of(text: str) -> ArgumentTextError | None:
    """Return what is wrong with a text."""
    try:
        parse_arguments(text)
    except ArgumentTextError as error:
        return error
    return None


@LAWFUL
@given(st.text(st.sampled_from("{}[]'\":,\\ \n/#01e-.tunAz\u00e4\ud83d"), max_size=30))
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    """A line and a column that are in the text, and no other error."""
    error = error_of(text)
    if error is not None:
        lines = text.split("\n")
        assert 1 <= error.line <= len(lines)
        assert 1 <= error.column <= len(lines[error.line - 1]) + 1


@pytest.mark.parametrize("text", ["", "  \n", "null", "None", "{}", "{ // nothing\n}", "# only this"])
def test_nothing_is_no_arguments(text: str) -> None:
    """As the notes have it: an empty message asks for all settings."""
    assert parse_arguments(text) == {}


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("{'a': 1", 1, 8, "the text ends here; a comma or } is expected here"),
        ("{'a' 1}", 1, 6, "a colon is expected after a"),
        ("{'a': 1 'b': 2}", 1, 9, "a comma or } is expected here"),
        ("{\n  'a': [1, 2\n}", 3, 1, "a comma or ] is expected here"),
        ("{'a': }", 1, 7, "a value is expected here"),
        ("{'a': yes}", 1, 7, "a value is expected here: a text in quotes, a number, true, false, null, { or ["),
        ("{'validFrom': DateTime[0....1]}", 1, 15, "a value is expected here"),
        ("{'a': 2025-03-03}", 1, 7, "this is not a number as JSON writes one"),
        ("{'a': 12:30}", 1, 7, "this is not a number"),
        ("{'a': 007}", 1, 7, "this is not a number"),
        ("{'a': 1e999}", 1, 7, "this number is too large"),
        ("{'a': NaN}", 1, 7, "a value is expected here"),
        ("{'a': 1, 'a': 2}", 1, 10, "a stands here twice"),
        ('{"a: [\n1]}', 1, 2, 'this text is not closed with " on its line'),
        ("{'a': '\\x'}", 1, 8, "this backslash begins an escape that does not exist"),
        ("{'a': '\\ud800'}", 1, 7, "half of a character"),
        ("{'a': '\t'}", 1, 8, "the character U+0009 may not stand in a text"),
        ("{\u201ca\u201d: 1}", 1, 2, "is a typographic quotation mark"),
        ("{'a': 1} {}", 1, 10, "nothing more is expected"),
        ("# first\n[1]", 2, 1, "the arguments are an object: { is expected here"),
        ("{1: 2}", 1, 2, "a name in quotes is expected here, or }"),
        ("{'a': " + "[" * (DEEPEST + 2), 1, 47, f"nested deeper than {DEEPEST} levels"),
        ("{" + " " * LONGEST, 1, 1, "the text has 262,145 characters"),
    ],
)
def test_an_error_says_where_and_what_was_expected(text: str, line: int, column: int, said: str) -> None:
    """So that a person finds the place."""
    with pytest.raises(ArgumentTextError) as raised:
        parse_arguments(text)
    assert (raised.value.line, raised.value.column) == (line, column)
    assert f"Line {line}, column {column}: " in str(raised.value)
    assert said in str(raised.value)


def test_surrogate_pairs_are_one_character() -> None:
    """JSON writes what lies beyond the first plane as two escapes."""
    assert parse_arguments('{"a": "\\ud83d\\ude97"}') == {"a": "\U0001f697"}


def test_names_may_do_without_quotes() -> None:
    """As JavaScript has it; their values may not."""
    assert parse_arguments("{connectorId: 1, _a1: 'x'}") == {"connectorId": 1, "_a1": "x"}


def test_the_samples_of_the_notes_are_read_as_they_are_printed() -> None:
    """All blocks but the first, in which placeholders stand for values and a quotation mark is missing."""
    document = seed_document("000")
    if document is None:
        pytest.skip("the seed documents are not here; the printed samples are tested in test_seed_samples")
    blocks: list[str] = []
    for line in document.splitlines():
        if line.startswith("{"):
            blocks.append("")
        if blocks and (line.startswith(("{", " ", "}"))):
            blocks[-1] += line + "\n"
    with pytest.raises(ArgumentTextError, match=r"is expected here|is not closed"):
        parse_arguments(blocks[0])
    assert [parse_arguments(block) for block in blocks[1:]]
    assert parse_arguments(blocks[1])["csChargingProfiles"]["chargingSchedule"]["duration"] == 10000
