from __future__ import annotations

import pytest

from bridge.ocppj.codes import ErrorCode, code_of, code_of_problem, spelt
from bridge.types.ocpp.payload_error import PayloadError, Problem, ProblemKind
from bridge.types.ocpp.version import OcppVersion


def test_the_misspellings_of_1_6_are_kept() -> None:
    """1.6-J says FormationViolation and Occurence with one r; 2.x says both otherwise."""
    assert spelt(ErrorCode.FORMAT_VIOLATION, OcppVersion.V16) == "FormationViolation"
    assert spelt(ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, OcppVersion.V16) == "OccurenceConstraintViolation"
    for version in (OcppVersion.V201, OcppVersion.V21):
        assert spelt(ErrorCode.FORMAT_VIOLATION, version) == "FormatViolation"
        assert spelt(ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, version) == "OccurrenceConstraintViolation"


def test_1_6_hears_only_words_that_it_has() -> None:
    """A meaning that came with 2.x is told in the ten words of 1.6."""
    words = {spelt(code, OcppVersion.V16) for code in ErrorCode}
    assert words == {
        "NotImplemented",
        "NotSupported",
        "InternalError",
        "ProtocolError",
        "SecurityError",
        "FormationViolation",
        "PropertyConstraintViolation",
        "OccurenceConstraintViolation",
        "TypeConstraintViolation",
        "GenericError",
    }


@pytest.mark.parametrize("version", [OcppVersion.V201, OcppVersion.V21])
def test_2_x_has_a_word_of_its_own_for_every_meaning(version: OcppVersion) -> None:
    """What 2.x is told is read back as what was meant."""
    assert [code_of(spelt(code, version)) for code in ErrorCode] == list(ErrorCode)


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("FormationViolation", ErrorCode.FORMAT_VIOLATION),
        ("FormatViolation", ErrorCode.FORMAT_VIOLATION),
        ("OccurenceConstraintViolation", ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION),
        ("OccurrenceConstraintViolation", ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION),
        ("internalerror", ErrorCode.INTERNAL_ERROR),
        ("OutOfCoffee", None),
        ("", None),
    ],
)
def test_a_code_is_read_in_any_spelling(word: str, code: ErrorCode | None) -> None:
    """Peers mix the spellings of the versions; a word of their own has no meaning."""
    assert code_of(word) is code


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (ProblemKind.MISSING, ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION),
        (ProblemKind.UNKNOWN_FIELD, ErrorCode.FORMAT_VIOLATION),
        (ProblemKind.TYPE, ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        (ProblemKind.VALUE, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
    ],
)
def test_the_first_problem_of_a_payload_says_the_code(kind: ProblemKind, code: ErrorCode) -> None:
    """A CALLERROR has one code, so the first problem gives it."""
    error = PayloadError("Sort", [Problem("a", kind, "is wrong"), Problem("b", ProblemKind.TYPE, "is wrong")])
    assert code_of_problem(error) is code
