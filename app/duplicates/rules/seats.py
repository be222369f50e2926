"""Places on outings of two rows for one human: never two seats for one. Outings are locked first, as always."""

import uuid
from collections.abc import Collection

from sqlalchemy import select, update

from app.audit.rules import assign
from app.errors import Conflict
from app.extensions import db
from app.families.models import PersonKind
from app.identity.models import User
from app.outings.models import Outing
from app.signups.models import Participant, ParticipantState
from app.signups.rules.book import Book, load_of, lock_outing, open_book
from app.units.models import Unit

MEANWHILE = "One of the two was signed up at this moment. Look again."


def outings_of(people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Where any of these people is, was or waits."""
    return set(db.session.scalars(select(Participant.outing_id).where(Participant.person_id.in_(people))))


def lock_outings(people: Collection[uuid.UUID]) -> dict[uuid.UUID, Outing]:
    """All of them, in the order of their ids."""
    return {outing_id: lock_outing(outing_id) for outing_id in sorted(outings_of(people))}


def lock_unit(unit: Unit) -> None:
    """After the outings and before the people, as an import locks both: one that is under way is over, one that comes finds who stayed."""
    db.session.execute(select(Unit.id).where(Unit.id == unit.id).with_for_update(key_share=True))


def refuse_new(people: Collection[uuid.UUID], locked: Collection[uuid.UUID]) -> None:
    """Once the people are locked, too, nobody can be added; whoever came between the two locks is seen here.

    Raises:
        Conflict: somebody was signed up between.
    """
    if outings_of(people) - set(locked):
        raise Conflict(MEANWHILE)


def rank(row: Participant, kept: uuid.UUID) -> tuple[bool, int, bool, bool]:
    """The better of two places comes first: a seat before the line, the place further ahead, a family's own, for which permission was
    given, then that of the one who is kept."""
    return row.state != ParticipantState.CONFIRMED, row.queue_no or 0, row.signup.by_leader, row.person_id != kept


def take_over(actor: User, book: Book, stays: Participant, spare: Participant) -> None:
    """What was said with the other place only: the ride that somebody offers, whom a guest belongs to, what a leader wrote."""
    names = ["guest_troop", "guest_patrol"]
    names += ["passengers_there", "passengers_back"] if stays.kind == PersonKind.ADULT else []
    names += ["patrol_id"] if stays.unit_id == spare.unit_id else []
    values = {name: getattr(spare, name) for name in names if getattr(stays, name) is None}
    if spare.note and spare.note not in (stays.note or ""):
        values["note"] = "\n".join(note for note in (stays.note, spare.note) if note)
    before = load_of(stays)
    if not (changes := assign(stays, values)):
        return
    stays.version += 1
    book.log(actor, "took over what the other row said", stays, changes)
    if stays.state == ParticipantState.CONFIRMED:
        book.used = book.used.minus(before).plus(load_of(stays))
    else:
        book.leave(stays)
        book.queue(stays, stays.signup.together, stays.queue_no or book.end_of_line())


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
        stays, spare = sorted(rows, key=lambda row: rank(row, kept))
        take_over(actor, book, stays, spare)
        book.cancel(actor, spare)
        db.session.flush()
        moved += book.settle(actor, {row.id: row for row in rows})
    db.session.flush()
    db.session.execute(update(Participant).where(Participant.person_id == gone).values(person_id=kept))
    db.session.expire_all()
    return moved
