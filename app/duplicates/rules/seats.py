"""Places on outings of two rows for one human: never two seats for one. Outings are locked first, as always."""

import uuid
from collections.abc import Collection

from sqlalchemy import select, update

from app.errors import Conflict
from app.extensions import db
from app.identity.models import User
from app.outings.models import Outing
from app.signups.models import Participant, ParticipantState
from app.signups.rules.book import lock_outing, open_book

MEANWHILE = "One of the two was signed up at this moment. Look again."


def outings_of(people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Where any of these people is, was or waits."""
    return set(db.session.scalars(select(Participant.outing_id).where(Participant.person_id.in_(people))))


def lock_outings(people: Collection[uuid.UUID]) -> dict[uuid.UUID, Outing]:
    """All of them, in the order of their ids."""
    return {outing_id: lock_outing(outing_id) for outing_id in sorted(outings_of(people))}


def refuse_new(people: Collection[uuid.UUID], locked: Collection[uuid.UUID]) -> None:
    """Once the people are locked, too, nobody can be added; whoever came between the two locks is seen here.

    Raises:
        Conflict: somebody was signed up between.
    """
    if outings_of(people) - set(locked):
        raise Conflict(MEANWHILE)


def rank(row: Participant, kept: uuid.UUID) -> tuple[bool, int, bool]:
    """The better of two places comes first: a seat before the line, the place further ahead, then that of the one who is kept."""
    return row.state != ParticipantState.CONFIRMED, row.queue_no or 0, row.person_id != kept


def move_seats(actor: User, kept: uuid.UUID, gone: uuid.UUID, outings: dict[uuid.UUID, Outing]) -> list[Participant]:
    """Both rows' places under one person. Where both have one on an outing the better stays; the line moves up into the other.

    Returns whoever moved up.
    """
    live = (Participant.person_id.in_((kept, gone)), Participant.state != ParticipantState.CANCELLED)
    by_outing: dict[uuid.UUID, list[Participant]] = {}
    for row in db.session.scalars(select(Participant).where(*live), execution_options={"populate_existing": True}):
        by_outing.setdefault(row.outing_id, []).append(row)
    moved = []
    for outing_id, rows in sorted(by_outing.items()):
        if len(rows) < 2:
            continue
        book = open_book(outings[outing_id])
        spare = max(rows, key=lambda row: rank(row, kept))
        book.cancel(actor, spare)
        db.session.flush()
        moved += book.settle(actor, {row.id: row for row in rows})
    db.session.flush()
    db.session.execute(update(Participant).where(Participant.person_id == gone).values(person_id=kept))
    db.session.expire_all()
    return moved
