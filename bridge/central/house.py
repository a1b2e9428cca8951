"""What the central-system side needs of the bridge around it, and who may come to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bridge.central.options import CentralOptions
from bridge.central.secret import Secret
from bridge.engine.board import Board
from bridge.engine.recorder import Recorder
from bridge.ports import Clock, StoreDesk


@dataclass(frozen=True, slots=True)
class CentralHouse:
    """What stations, their books and the server share; one for all of them."""

    options: CentralOptions
    desk: StoreDesk
    recorder: Recorder
    board: Board
    clock: Clock
    data_dir: Path
    """where uploads of stations go, in a folder `uploads` of its own"""


@dataclass(frozen=True, slots=True)
class Member:
    """A station that may come in, and the charger that it is."""

    identity: str
    charger: str
    where: str
    """how errors name it, such as `carport (config.yaml:12)`"""
    security_profile: int = 0
    """what it has to come with [spec: 0 none, 1 password, 2 TLS and password, 3 TLS and its certificate]"""
    secret: Secret | None = None
    """opens the profiles 1 and 2"""
    was_accepted: bool = False
    """by the owner from the waiting list, and not in the config"""
