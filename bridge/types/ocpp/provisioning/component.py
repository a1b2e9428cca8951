"""Names in the device model: a variable of a component, which may stand at an EVSE or at one of its connectors."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import Whole
from bridge.types.ocpp.provisioning.edition import Sent
from bridge.types.ocpp.provisioning.extensible import Extensible

Name = Annotated[str, Field(max_length=50)]
"""Of a component, a variable or an instance of one; read without regard to upper and lower case [spec]."""


class EVSE(Extensible):
    """An EVSE of the station, or one connector of it [spec]."""

    id: Annotated[Whole, Sent(ge=0)]
    """counts from 1; 0 is the station as a whole where a message allows it"""
    connector_id: Annotated[Whole | None, Sent(ge=0)] = None
    """counts from 1 on each EVSE; None means the EVSE as a whole"""


class Component(Extensible):
    """A part of the station, real or logical, such as `OCPPCommCtrlr` or `Connector` [spec]."""

    name: Name
    instance: Name | None = None
    """which one, where the station has several"""
    evse: EVSE | None = None
    """where it stands; None means at the station itself"""


class Variable(Extensible):
    """One setting or value of a component, such as `HeartbeatInterval` [spec]."""

    name: Name
    instance: Name | None = None
    """which one, where the component has several, such as `MessageTimeout` of `Default`"""


class ComponentVariable(Extensible):
    """A component, or one variable of it [spec]."""

    component: Component
    variable: Variable | None = None
    """None means every variable of the component"""
