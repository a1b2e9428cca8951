"""Joins the parts of a station; imported only where a central system is configured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from bridge.engine.board import ChargerCard, UplinkCard
from bridge.types.charger_options import SupplyOptions
from bridge.types.ocpp.translate.transactions import ID_TAG_AT_MOST
from bridge.types.station_options import OcppOptions
from bridge.uplink.charge_point import ChargePoint
from bridge.uplink.house import House
from bridge.uplink.line.address import Address
from bridge.uplink.smart_charging.layout import Supply
from bridge.uplink.speech import speech_of
from bridge.uplink.station import Station
from bridge.uplink.uplink import Uplink

_START_APART_S = 0.2
"""between the first connections of two stations: a central system must not meet two hundred at once"""
_START_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class StationPlan:
    """One station of the config."""

    options: OcppOptions
    where: str
    id_tag: str
    supply: SupplyOptions
    password: SecretStr | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class BuiltStation:
    """A station that can be run."""

    uplink: Uplink
    charge_point: ChargePoint


def new_card(plan: StationPlan, charger: str) -> UplinkCard:
    """Return the card on which a station tells how it stands."""
    options = plan.options
    address = _address(plan)
    return UplinkCard(
        charger, options.name, address.full_url, options.identity, options.version, control=options.control
    )


def build_station(plan: StationPlan, charger: ChargerCard, card: UplinkCard, house: House, number: int) -> BuiltStation:
    """Return a station; `number` counts all of the site, so that they start one after the other."""
    supply = plan.supply
    station = Station(
        plan.options,
        plan.id_tag[:ID_TAG_AT_MOST],
        Supply(supply.voltage_v, supply.phases, supply.max_current_a),
        charger,
        card,
        house,
        speech_of(plan.options.versions[0]),
    )
    start_after_s = min(number * _START_APART_S, _START_WITHIN_S)
    uplink = Uplink(station, _address(plan), speech_of, start_after_s=start_after_s)
    house.bell.add(charger.charger, station.following.wake)
    return BuiltStation(uplink, ChargePoint(uplink))


def _address(plan: StationPlan) -> Address:
    return Address(
        where=plan.where,
        url=plan.options.url,
        identity=plan.options.identity,
        subprotocols=tuple(version.subprotocol for version in plan.options.versions),
        password=plan.password,
        ca_file=plan.ca_file,
        certificate_file=plan.certificate_file,
        key_file=plan.key_file,
    )
