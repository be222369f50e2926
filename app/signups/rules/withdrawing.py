"""People leave an outing because whoever answers for them leaves the site."""

import uuid
from collections.abc import Collection

from app.identity.models import User
from app.signups.models import Participant
from app.signups.queries import live_participants
from app.signups.rules.book import lock_outing, open_book


def withdraw_people(actor: User | None, outing_id: uuid.UUID, person_ids: Collection[uuid.UUID]) -> list[Participant]:
    """Take them off, whosever party they stand in, and let the line move up. Returns who was taken off.

    Raises:
        NotFound: there is no such outing.
    """
    book = open_book(lock_outing(outing_id))
    rows = live_participants(outing_id, person_ids)
    for row in rows:
        book.cancel(actor, row)
    book.settle(actor, {row.id: row for row in rows})
    return rows
