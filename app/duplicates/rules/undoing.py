"""A merge taken back: both rows and all that pointed to them as before, unless something has changed that makes it impossible."""

import uuid

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.audit.rules import record
from app.clock import now
from app.duplicates.access import merge_for
from app.duplicates.models import UNDO_LIVES, PersonMerge
from app.duplicates.rules.rows import Change, Difference, Row, current, insert, pointing, put_back, remove, table_of
from app.duplicates.rules.seats import lock_outings, lock_unit
from app.errors import Conflict, RuleBroken
from app.extensions import Base, db
from app.families.health.answers import Answers
from app.families.health.models import HealthNote
from app.families.health.notes import opened
from app.families.health.vault import keyring
from app.families.models import Person
from app.identity import vault
from app.identity.models import User
from app.members.following import follow
from app.outings.models import Outing
from app.signups.models import Participant, ParticipantState
from app.signups.rules.book import open_book
from app.units.models import Unit

TOO_LATE = (
    "What this merge changed is not kept any longer: it was made more than 30 days ago, or notes on health that belonged to it have been "
    "removed since, as no outing needs them."
)
SEALED = {"sealed", "flags", "key_id"}
GONE = "The person who was kept is not here any more, so there is nothing to part again."
WORDS = {
    "people": "details of the person", "memberships": "a place in a unit", "positions": "a position", "participants": "a sign-up",
    "guardians": "a guardian", "health_notes": "the answers on food and health", "emergency_contacts": "an emergency contact",
    "trainings": "a training", "collectors": "who may collect the child",
}  # fmt: skip


def is_late(merge: PersonMerge) -> bool:
    """Whether what an undo needs is gone."""
    return merge.sealed is None or merge.at < now() - UNDO_LIVES


def undo(actor: User, unit: Unit, merge_id: uuid.UUID) -> tuple[PersonMerge, bool]:
    """Make two of one again. Returns the merge and whether this call did it: twice is once.

    Raises:
        NotFound: none of this unit, or the actor does not administer every unit that the person lives in.
        RuleBroken: it was too long ago. Conflict: something has changed since that makes it impossible; the sentence says what.
    """
    found = merge_for(actor, unit, merge_id)
    outings = lock_outings([found.kept_id])
    lock_unit(unit)
    db.session.scalars(select(Person).where(Person.id == found.kept_id).with_for_update()).all()
    found = merge_for(actor, unit, merge_id, lock=True)
    if found.undone_at is not None:
        return found, False
    if is_late(found):
        raise RuleBroken(TOO_LATE)
    text = vault.unseal(found.sealed or "")
    if text is None:
        raise RuleBroken("What this merge changed was sealed with a key that is gone, so it cannot be taken back.")
    kept = db.session.get(Person, found.kept_id)
    if kept is None or kept.anonymised_at is not None:
        raise Conflict(GONE)
    was = Difference.from_json(text)
    check_untouched(was)
    check_guardians(was, found.kept_id)
    refuse_lost_keys(was)
    restore(found, was, outings)
    found = merge_for(actor, unit, merge_id, lock=True)
    found.undone_at, found.sealed = now(), None
    for person_id in (found.kept_id, found.gone_id):
        record(actor, "merge taken back", db.session.get_one(Person, person_id), unit_id=unit.id)
    db.session.flush()
    return found, True


def check_untouched(was: Difference) -> None:
    """What the merge wrote still stands as it wrote it. A row that is gone since has nothing to go back.

    Raises:
        Conflict: naming what is not.
    """
    for change in was.changed:
        there = current(change.table, change.key)
        after = {column: values[1] for column, values in change.columns.items()}
        if there and not is_same(change.table, there, after):
            raise Conflict(because(change.table))
    for table, row in was.added:
        if (there := current(table, {c.name: row[c.name] for c in table_of(table).primary_key})) and not is_same(
            table, there, row
        ):
            raise Conflict(because(table))


def check_guardians(was: Difference, kept_id: uuid.UUID) -> None:
    """Whoever was a guardian by both rows still is one, and was not detached since.

    Raises:
        Conflict: they were, and would come back.
    """
    for table, row in was.removed:
        if table == "guardians" and current(table, {"user_id": row["user_id"], "person_id": str(kept_id)}) is None:
            raise Conflict(because(table))


def is_same(table: str, there: Row, row: Row) -> bool:
    """Whether a row says what ``row`` says. Answers on health may have been sealed anew since: what they say is compared.

    Raises:
        Unreadable: the key of one of them is missing.
    """
    differ = {column for column in row if there[column] != row[column]}
    if table == HealthNote.__tablename__ and differ & SEALED:
        person_id = uuid.UUID(there["person_id"])
        return not differ - SEALED and answers_of(there, person_id) == answers_of(there | row, person_id)
    return not differ


def answers_of(row: Row, person_id: uuid.UUID) -> Answers:
    """What a health note says, out of JSON, where bytes are written as ``\\x00ff``."""
    sealed = row["sealed"]
    return opened(person_id, bytes.fromhex(sealed[2:]) if sealed else None, row["diet"], row["allergies"])


def refuse_lost_keys(was: Difference) -> None:
    """What families wrote must still open once it is back.

    Raises:
        Conflict: it was sealed with a key that the site no longer has.
    """
    names = [row["key_id"] for table, row in was.removed if table == "health_notes"]
    names += [change.columns["key_id"][0] for change in was.changed if "key_id" in change.columns]
    if any(name and name not in keyring() for name in names):
        raise Conflict(
            "This cannot be taken back, because the answers on food and health were sealed with a key that is gone since."
        )


def because(table: str) -> str:
    """The sentence."""
    return f"This cannot be taken back, because {WORDS.get(table, 'something that was moved')} has been changed since."


def restore(found: PersonMerge, was: Difference, outings: dict[uuid.UUID, Outing]) -> None:
    """Everything back, parents before their children; each table's changes before what was removed, so that no key is taken twice.

    Raises:
        Conflict: a seat or a number that would go back is somebody else's by now.
    """
    refuse_lost_seats(was, outings)
    tables, people = [table.name for table in Base.metadata.sorted_tables], pointing()
    try:
        for name in tables:
            # What goes back to the other person makes room for what stays.
            of_table = [change for change in was.changed if change.table == name]
            for change in sorted(of_table, key=lambda change: not change.columns.keys() & people.get(name, ())):
                put_back(change)
            for row in [row for table, row in was.removed if table == name]:
                insert(name, row)
            for row in [row for table, row in was.added if table == name]:
                remove(name, row)
    except IntegrityError as collision:
        raise Conflict(
            "This cannot be taken back, because something that would go back, such as a member number, is somebody else's by now."
        ) from collision
    db.session.expire_all()
    follow([found.kept_id, found.gone_id])


def refuse_lost_seats(was: Difference, outings: dict[uuid.UUID, Outing]) -> None:
    """Seats that the merge gave away must still be free. Places in line go back behind the same number.

    Raises:
        Conflict: the seat is somebody else's by now.
    """
    for change in was.changed:
        if change.table != "participants" or "state" not in change.columns:
            continue
        row = db.session.get(Participant, uuid.UUID(change.key["id"]))
        if row is None or row.outing_id not in outings:
            continue
        book = open_book(outings[row.outing_id])
        before = change.columns["state"][0]
        if (
            before == ParticipantState.CONFIRMED
            and book.promotes()
            and not book.fits(row)
            and not was_overbooked(change)
        ):
            raise Conflict(
                f"This cannot be taken back, because the seat on {outings[row.outing_id].title} is somebody else's by now."
            )


def was_overbooked(change: Change) -> bool:
    """A leader had put them there past the limits."""
    found: Row = {name: values[0] for name, values in change.columns.items()}
    return bool(found.get("overbook_reason"))
