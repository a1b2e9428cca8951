"""What an error between two OCPP peers means, and how each version spells it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from bridge.types.ocpp.payload_error import PayloadError, ProblemKind
from bridge.types.ocpp.version import OcppVersion


class ErrorCode(StrEnum):
    """The meaning of a CALLERROR; the value is the spelling of OCPP 2.x, `spelt` gives that of a version [spec]."""

    NOT_IMPLEMENTED = "NotImplemented"
    """the action is not known here"""
    NOT_SUPPORTED = "NotSupported"
    """the action is known and not offered here"""
    INTERNAL_ERROR = "InternalError"
    """the receiver failed while it worked on the call"""
    PROTOCOL_ERROR = "ProtocolError"
    """the payload is incomplete, or the call does not belong into this moment"""
    SECURITY_ERROR = "SecurityError"
    """a security issue keeps the receiver from working on the call"""
    FORMAT_VIOLATION = "FormatViolation"
    """the payload is not of the form that the action has: an unknown field, for one"""
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    """a field has the right type and a value that is not allowed"""
    OCCURRENCE_CONSTRAINT_VIOLATION = "OccurrenceConstraintViolation"
    """a field is there too often or, much more often, missing"""
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"
    """a field has the wrong type: a number where a string belongs"""
    GENERIC_ERROR = "GenericError"
    """anything else"""
    RPC_FRAMEWORK_ERROR = "RpcFrameworkError"
    """the frame around the payload is broken; a word of 2.x, FormationViolation in 1.6"""
    MESSAGE_TYPE_NOT_SUPPORTED = "MessageTypeNotSupported"
    """no such message type; a word of 2.x, where 1.6 wants such a message ignored"""


_IN_V16: Final = {
    ErrorCode.FORMAT_VIOLATION: "FormationViolation",
    ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION: "OccurenceConstraintViolation",  # sic, with one r
    ErrorCode.RPC_FRAMEWORK_ERROR: "FormationViolation",
    ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED: "GenericError",
}
_READ: Final = {
    "formationviolation": ErrorCode.FORMAT_VIOLATION,
    "occurenceconstraintviolation": ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION,
    **{code.value.lower(): code for code in ErrorCode},
}
_OF_KIND: Final = {
    ProblemKind.MISSING: ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION,
    ProblemKind.UNKNOWN_FIELD: ErrorCode.FORMAT_VIOLATION,
    ProblemKind.TYPE: ErrorCode.TYPE_CONSTRAINT_VIOLATION,
    ProblemKind.VALUE: ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
}


def spelt(code: ErrorCode, version: OcppVersion) -> str:
    """Return the word that a version of OCPP has for a meaning; 1.6-J misspells two and lacks two."""
    return _IN_V16.get(code, code.value) if version is OcppVersion.V16 else code.value


def code_of(word: str) -> ErrorCode | None:
    """Read the code of a CALLERROR in any version's spelling, upper and lower case alike; None for a foreign word."""
    return _READ.get(word.lower())


def code_of_problem(error: PayloadError) -> ErrorCode:
    """Return the code that tells a sender what is wrong with its payload: that of the first problem."""
    return _OF_KIND[error.kind]
