"""What a corrected birth date changes on outings, turned round: rooms import only earlier ones, and sign-ups come later.

The sign-ups room says how outings are held (``use``) when the app is built; whoever changes a birth date does so through this page.
"""

import uuid
from collections.abc import Callable, Collection
from typing import Any, Protocol

from app.families.models import Person
from app.identity.models import User

# These say whether somebody is a youth or an adult.
OF_AGE = ("birth_date", "kind")


class Held(Protocol):
    """The coming outings that some people are on, locked until the transaction ends."""

    def follow(self, actor: User | None) -> None:
        """Give everybody the seat of the age that they have now, and the line what became free."""


Hold = Callable[[Collection[uuid.UUID]], Held]
_hold: Hold | None = None


def use(hold: Hold) -> None:
    """Lock outings with this from now on."""
    global _hold
    _hold = hold


def hold(people: Collection[uuid.UUID]) -> Held:
    """Lock the coming outings of these people, before the people themselves: in that order, as everybody does who locks both."""
    assert _hold is not None, "the sign-ups room has not moved in"
    return _hold(people)


def hold_for(person: Person | None, wanted: dict[str, Any]) -> Held:
    """The same for one, if what is ``wanted`` says another age of them than what is known."""
    is_corrected = person and any(name in wanted and wanted[name] != getattr(person, name) for name in OF_AGE)
    return hold([person.id] if person and is_corrected else [])
