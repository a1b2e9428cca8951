"""The seam between the server and the one who stands for a station, connected or not."""

from __future__ import annotations

from typing import Protocol

from bridge.central.talk import Answering, Talk


class Attached(Protocol):
    """Who stands for a member; one per member, across its connections.

    At most one talk is attached at a time: where the station connects again, the old one is detached before.
    """

    @property
    def answering(self) -> Answering:
        """Who answers it; it is asked one question at a time, also across connections."""

    def attach(self, talk: Talk, local_host: str) -> None:
        """Take a connection that stands; its questions are answered after this.

        `local_host` is this computer's address, as the station reaches it.
        """

    def detach(self, talk: Talk, why: str) -> None:
        """Let go of it: the line is gone, or about to be, and `talk` takes no further calls."""
