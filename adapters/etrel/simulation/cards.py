"""The charger's own list of cards and the users they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Card:
    """What identifies a driver, and whom the charger's list gives it to; no user for a card that has none."""

    identification_id: int
    code: str
    number: str | None = None
    type: str = "RfidCard"
    source: str = "ChargerLocal"
    user_id: int | None = None
    first_name: str = ""
    last_name: str = ""

    def identification(self) -> dict[str, Any]:
        """Return the `userIdentification` object of a session."""
        return {
            "userIdentificationId": self.identification_id,
            "userId": self.user_id,
            "userIdentificationType": self.type,
            "userIdentificationSource": self.source,
            "userIdentificationStatus": "Active",
            "identificationCode": self.code,
            "number": self.number,
            "expirationDate": None,
            "whiteListVersion": None,
            "insertedTime": "2022-04-14T13:31:19Z",
            "insertedByOperatorId": None,
            "deletedTime": None,
            "deletedByOperatorId": None,
            "deleted": False,
        }

    def user(self) -> dict[str, Any] | None:
        """Return the `user` object, which alone is in PascalCase [seed]."""
        if self.user_id is None:
            return None
        return {
            "UserId": self.user_id,
            "FirstName": self.first_name,
            "LastName": self.last_name,
            "Blocked": False,
            "InsertedTime": "2022-04-14T13:31:02Z",
            "InsertedByOperatorId": None,
            "DeletedTime": None,
            "DeletedByOperatorId": None,
            "Deleted": False,
        }


CARDS = (
    Card(1, "74592454", "0055", user_id=2, first_name="Parkplatz", last_name="13"),
    Card(2, "1D2C8F03", "0056", user_id=3, first_name="Parkplatz", last_name="14"),
    Card(3, "0A77E41B", "0057", user_id=4, first_name="Besuch", last_name="Süd"),
    Card(4, "5B10C9D2", "0058"),
    Card(5, "04A2B7116F5C80", None, source="OcppCache"),
)
WEB_START = Card(6, "WEB", None, type="Remote")
"""what a start without a card is noted as [guess]"""


def find_card(code: str) -> Card:
    """Return the card of that code; one the charger's list lacks has neither number nor user."""
    known = next((card for card in CARDS if card.code == code), None)
    return known or Card(100 + sum(code.encode()) % 900, code, source="OcppCache")
