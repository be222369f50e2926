"""What was said about health for outings that are over, and how it goes: a few people at a time, so that nobody waits for a lock.

Source: domain.md, "Health: hold little"; docs/decisions/0023-what-is-purged.md says what belongs to an outing and what to a member.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update

from app.audit.rules import record
from app.audit.wording import OF_HEALTH
from app.clock import now, today
from app.duplicates.models import PersonMerge
from app.extensions import db
from app.families.health.models import HealthNote
from app.families.health.notes import Papers, answers_in
from app.families.health.rules import said, seal_into
from app.families.health.states import ANSWERED_AT
from app.families.health.vault import Unreadable
from app.families.models import Person
from app.members.models import Membership
from app.outings.models import Outing, OutingState
from app.signups.models import Participant, ParticipantState

AT_ONCE = 200
NO_PAPERS = Papers()
Due = Select[Person, HealthNote | None]


@dataclass
class Removed:
    """How many people lost what."""

    notes: int = 0
    medications: int = 0
    unreadable: int = 0

    def sentences(self, before: datetime, *, dry: bool) -> Iterator[str]:
        """The report."""
        done, day = "Would remove" if dry else "Removed", f"{before:%b} {before.day}, {before.year}"
        yield (
            f"{done} the health notes, swim class and form dates of {self.notes:,} people who are in no unit and were on no "
            f"outing since {day}."
        )
        yield f"{done} the medication at camp of {self.medications:,} members whose last outing ended before {day}."
        if self.unreadable:
            yield f"{self.unreadable:,} health notes open with no key that is set and stay as they are: flask doctor."


def purge(kept: timedelta, *, dry: bool = False) -> Removed:
    """Remove what is due, ``kept`` after the last outing of each person. Who looked stays on record.

    Commits each batch; it may be cut off, run twice or be left out for a day. With ``dry`` nothing is changed.
    """
    removed, before = Removed(), now() - kept
    for statement, remove in ((of_former_people(before), forget), (of_members(before), forget_medications)):
        after = uuid.UUID(int=0)
        while batch := locked(statement, after):
            for person, note in still_due(statement, batch):
                remove(person, note, removed, dry=dry)
            after = batch[-1]
            if dry:
                db.session.rollback()
            else:
                db.session.commit()
    return removed


def locked(statement: Due, after: uuid.UUID) -> list[uuid.UUID]:
    """The next people, locked as a guardian who saves locks them."""
    found = statement.with_only_columns(Person.id).where(Person.id > after).order_by(Person.id).limit(AT_ONCE)
    return list(db.session.scalars(found.with_for_update(of=Person)))


def still_due(statement: Due, people: list[uuid.UUID]) -> list[tuple[Person, HealthNote | None]]:
    """Those of them, read once more: a statement sees what was there when it began, and whoever it waited for may have saved a note."""
    found = statement.where(Person.id.in_(people)).order_by(Person.id)
    rows = db.session.execute(found.execution_options(populate_existing=True))
    return [(person, note) for person, note in rows]


def of_former_people(before: datetime) -> Due:
    """Who is in no unit, and was on no outing and said nothing since: nobody takes them along."""
    papers = or_(*(getattr(Person, name) != value for name, value in told(NO_PAPERS)))
    return (
        select(Person, HealthNote)
        .outerjoin(HealthNote, HealthNote.person_id == Person.id)
        .where(or_(HealthNote.person_id.is_not(None), papers), ~is_member(), quiet_since(before))
    )


def told(papers: Papers) -> list[tuple[str, Any]]:
    """The columns of the papers, with what each holds when it says nothing."""
    return [(name, getattr(papers, name)) for name in Papers.__dataclass_fields__]


def of_members(before: datetime) -> Due:
    """Members who were on an outing, but on none since, and said nothing since: the next one may need other medication."""
    return (
        select(Person, HealthNote)
        .join(HealthNote, HealthNote.person_id == Person.id)
        .where(HealthNote.sealed.is_not(None), is_member(), last_outing().is_not(None), quiet_since(before))
    )


def is_member() -> ColumnElement[bool]:
    """Today, of any unit."""
    return exists().where(
        Membership.person_id == Person.id, or_(Membership.until.is_(None), Membership.until >= today())
    )


def last_outing() -> ColumnElement[Any]:
    """When the last outing ends on which somebody has a place or waits for one; one that is still ahead counts, too."""
    return (
        select(func.max(Outing.ends_at))
        .join(Participant, Participant.outing_id == Outing.id)
        .where(
            Participant.person_id == Person.id,
            Participant.state != ParticipantState.CANCELLED,
            Outing.state != OutingState.CANCELLED,
        )
        .correlate(Person)
        .scalar_subquery()
    )


def quiet_since(before: datetime) -> ColumnElement[bool]:
    """No outing, and no word of a guardian."""
    return and_(func.coalesce(last_outing() < before, True), func.coalesce(before > ANSWERED_AT, True))


def forget(person: Person, note: HealthNote | None, removed: Removed, *, dry: bool) -> None:
    """Everything about one person."""
    removed.notes += 1
    if dry:
        return
    if note is not None:
        db.session.delete(note)
    for name, nothing in told(NO_PAPERS):
        setattr(person, name, nothing)
    forget_copies(person)
    record(None, "health notes removed, as no outing needs them", person)


def forget_medications(person: Person, note: HealthNote | None, removed: Removed, *, dry: bool) -> None:
    """What is given at camp; all else that a member's family said stays."""
    if note is None:
        return
    try:
        answers = answers_in(note)
    except Unreadable:
        removed.unreadable += 1
        return
    if not answers.medications:
        return
    removed.medications += 1
    if not dry:
        seal_into(note, replace(answers, medications=()))
        forget_copies(person)
        gone = {"medications": said(answers.medications, ())}
        record(None, OF_HEALTH, person, changes=gone, reason="the outing is over")


def forget_copies(person: Person) -> None:
    """What a merge kept for its undo says the same once more. Without it the merge cannot be taken back; the notes stay gone."""
    kept = update(PersonMerge).where(PersonMerge.kept_id == person.id, PersonMerge.sealed.is_not(None))
    db.session.execute(kept.values(sealed=None))
