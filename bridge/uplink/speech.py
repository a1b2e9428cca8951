"""The versions of OCPP that a station can speak, each imported where it is spoken."""

from __future__ import annotations

from typing import NamedTuple

from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.answer import Answers
from bridge.uplink.dialect import Dialect


class Speech(NamedTuple):
    """What a station says and answers in one version."""

    dialect: Dialect
    answers: Answers


def speech_of(version: OcppVersion) -> Speech:
    """Return the words of a version; the schemas of one are 10 MB, so none is imported in vain."""
    if version is OcppVersion.V16:
        from bridge.uplink.v16.answers import AnswersV16  # noqa: PLC0415 -- see above
        from bridge.uplink.v16.dialect import DialectV16  # noqa: PLC0415

        return Speech(DialectV16(), AnswersV16())
    from bridge.uplink.v2.answers import AnswersV2  # noqa: PLC0415
    from bridge.uplink.v2.dialect import DialectV2  # noqa: PLC0415

    return Speech(DialectV2(version), AnswersV2(version))
