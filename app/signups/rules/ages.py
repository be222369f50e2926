"""Youth or adult on the day on which an outing starts: looked at once more when that is another day, or a birth date is corrected."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from app.audit.rules import assign, record
from app.clock import now
from app.extensions import db
from app.families.models import Person, PersonKind
from app.identity.models import User
from app.outings.models import Outing
from app.signups.models import Participant, ParticipantState
from app.signups.rules.book import lock_outing, open_book

NO_RIDE = {"passengers_there": None, "passengers_back": None}


@dataclass(frozen=True)
class Held:
    """Coming outings that are locked, and the people whose age is to be corrected there."""

    outings: list[Outing]
    people: Collection[uuid.UUID]

    def follow(self, actor: User | None) -> None:
        """Give everybody the seat of the age that they have now, and the line what became free."""
        correct_ages(self.outings, self.people, actor)


def hold(people: Collection[uuid.UUID]) -> Held:
    """Lock the outings that any of these people is to come to, in the order of their ids."""
    if not people:
        return Held([], [])
    on_it = (Participant.person_id.in_(people), Participant.state != ParticipantState.CANCELLED)
    coming = select(Participant.outing_id).join(Participant.outing).where(*on_it, Outing.starts_at > now()).distinct()
    return Held([lock_outing(outing_id) for outing_id in sorted(db.session.scalars(coming))], people)


def correct_ages(outings: Iterable[Outing], people: Collection[uuid.UUID], actor: User | None) -> list[Participant]:
    """After a birth date was corrected; the caller holds the locks. A seat is kept, even where there are not enough of the other kind.
    Returns whoever moved up.
    """
    moved = []
    for outing in outings:
        if outing.starts_at > now() and follow_ages(outing, actor, Participant.person_id.in_(people)):
            moved += open_book(outing).settle(actor, {})
    db.session.flush()
    return moved


def follow_ages(outing: Outing, actor: User | None, whose: ColumnElement[bool] | None = None) -> bool:
    """Whoever has a seat or waits takes that of the age that they will be; the caller holds the lock and opens the book after this.
    Returns whether that is another seat for anybody.
    """
    day = outing.starts_at.astimezone(outing.zone).date()
    live = (Participant.outing_id == outing.id, Participant.state != ParticipantState.CANCELLED)
    rows = (
        select(Participant)
        .join(Participant.person)
        .where(*live, Person.birth_date.is_not(None) if whose is None else whose)
        .options(joinedload(Participant.person, innerjoin=True))
        .execution_options(populate_existing=True)
    )
    others = [(row, kind) for row in db.session.scalars(rows) if row.kind != (kind := row.person.kind_on(day))]
    for row, kind in others:
        # No child drives.
        changes = assign(row, {"kind": kind.value} | (NO_RIDE if kind == PersonKind.YOUTH else {}))
        row.version += 1
        record(actor, "counted by age", row, changes=changes, unit_id=outing.unit_id, outing_id=outing.id)
    db.session.flush()
    return bool(others)
