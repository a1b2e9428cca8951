"""Access point of a cellular network, part of a network profile."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from bridge.types.ocpp.base import OcppWord, Whole
from bridge.types.ocpp.provisioning.edition import Sent
from bridge.types.ocpp.provisioning.extensible import Extensible


def _pin(value: Any, handler: ValidatorFunctionWrapHandler) -> int | None:
    """Refuse what is no PIN without showing it: an error of another field shows the number that was seen."""
    try:
        checked: int | None = handler(value)
    except ValidationError:
        raise ValueError("a PIN is a whole number") from None
    return checked


class APNAuthentication(OcppWord):
    """How the station makes itself known to the access point [spec]."""

    CHAP = "CHAP"
    NONE = "NONE"
    PAP = "PAP"
    AUTO = "AUTO"
    """CHAP, then PAP, then none"""


class APN(Extensible):
    """Access point of a cellular network [spec]; the secrets are not shown by `repr()`."""

    apn: Annotated[str, Field(max_length=2000), Sent(min_length=1, max_length=512)]
    """name of the access point"""
    apn_authentication: APNAuthentication
    apn_user_name: Annotated[str | None, Field(max_length=50), Sent(max_length=20)] = None
    apn_password: Annotated[str | None, Field(max_length=64, repr=False), Sent(max_length=20)] = None
    sim_pin: Annotated[Whole | None, WrapValidator(_pin), Field(repr=False), Sent(ge=0)] = None
    """PIN of the SIM card as a number: leading zeros are lost in OCPP itself"""
    preferred_network: Annotated[str | None, Field(max_length=6)] = None
    """MCC and MNC in one, such as `20404`"""
    use_only_preferred_network: bool | None = None
    """do not dial in elsewhere; None means that it may"""
