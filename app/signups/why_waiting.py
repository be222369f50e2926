"""Why a family waits while places are free, in words."""

import uuid
from collections.abc import Mapping, Sequence

from app.families.models import PersonKind
from app.signups.models import Participant, ParticipantState
from app.signups.rules.book import Book
from app.signups.rules.seats import Waiting, sum_of


def why_waiting(book: Book, live: Mapping[uuid.UUID, Participant]) -> str | None:
    """Why the family's waiting people have no seat although some are free, in a sentence."""
    own = {row.id: row.kind for row in live.values() if row.state == ParticipantState.WAITING}
    party = [waiting for waiting in book.line if waiting.id in own]
    left = {kind: book.limits.left(book.used, kind) or 0 for kind in PersonKind}
    if party and lacks_only_cars(book, party):
        return "There is no seat in a car for you yet. You move up when somebody drives who can take you."
    if not party or not any(left.values()):
        return None
    # A place for an adult is of no use to two children.
    free = max(left[PersonKind(kind)] for kind in own.values())
    if party[0].together and len(party) > 1 and free:
        seats = "1 place is" if free == 1 else f"{free} places are"
        return (
            f"You wait together for {len(party)} places and {seats} free. Take what fits, and somebody may get in now."
        )
    return "A place is free but does not fit you, or is held for those who came before you."


def lacks_only_cars(book: Book, party: Sequence[Waiting]) -> bool:
    """Whether the first of them, or all who stay together, would be in if nobody needed a ride."""
    load = sum_of(person.load for person in (party if party[0].together else party[:1]))
    without_cars = book.limits._replace(there=None, back=None)
    return without_cars.allow(book.used, load) and not book.limits.allow(book.used, load)
