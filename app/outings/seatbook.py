"""What outings need to know of their sign-ups, turned round: rooms import only earlier ones, and sign-ups come later.

The sign-ups room brings the one book there is (``use``) when the app is built; outings read it through this page.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import CTE, ColumnElement

from app.identity.models import User
from app.outings.models import Outing


@dataclass(frozen=True)
class Taken:
    """Seats of one outing that are taken, and how many people wait."""

    youth: int = 0
    adults: int = 0
    waiting: int = 0

    @property
    def total(self) -> int:
        """Everybody who has a seat."""
        return self.youth + self.adults


@dataclass(frozen=True)
class OwnPlace:
    """Where one person of the reader's family stands: in, or waiting at ``place_in_line`` (1 is next)."""

    first_name: str
    place_in_line: int | None

    @property
    def is_in(self) -> bool:
        """Has a seat."""
        return self.place_in_line is None


class SeatBook(Protocol):
    """Who keeps the seats. Each method takes a fixed number of statements."""

    def taken(self, outing_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Taken]:
        """Seats taken, for each outing that has any."""

    def standing(
        self, user_id: uuid.UUID, outing_ids: Collection[uuid.UUID]
    ) -> tuple[dict[uuid.UUID, Taken], dict[uuid.UUID, list[OwnPlace]]]:
        """The same, and the family's confirmed and waiting people, for each outing where there are any."""

    def columns(self, outing_id: Any, own: CTE, family: CTE) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """For a statement that lists outings, as JSON: ``[youth, adults, waiting]``, and ``[[first name, place in line], ...]``
        of the ``family`` or null. ``own`` has its rows among the participants.
        """

    def permission_asked(self, user_id: uuid.UUID, outing: Outing) -> str:
        """Why the account is asked for permission for a child who has a seat, in a sentence; empty when it is not."""

    def units_with_people(self, outing_id: uuid.UUID) -> set[uuid.UUID]:
        """The units that anybody who has a seat or waits comes with."""

    def seats_changed(self, outing: Outing, actor: User) -> list[str]:
        """Work the waiting list off after an edit, under the lock that the caller holds; names of those who moved up.

        Raises:
            RuleBroken: fewer seats than confirmed people and no ``overbook_reason`` on the outing.
        """


_book: SeatBook | None = None


def use(book: SeatBook) -> None:
    """Read from this book from now on."""
    global _book
    _book = book


def seatbook() -> SeatBook:
    """The book in use."""
    assert _book is not None, "the sign-ups room has not moved in"
    return _book
