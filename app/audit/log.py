"""Reading the trail: newest first, a page at a time by the entry that the last page ended with."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Select, Uuid, and_, any_, case, cast, column, func, or_, select, table, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from app.audit.models import AuditEntry
from app.audit.wording import Change, changes_in_words
from app.extensions import db
from app.identity.models import User

PAGE_SIZE = 50
# Tables of later rooms; the log knows of them only how people call what is in them.
UNITS = table("units", column("id"), column("name"))
OUTINGS = table("outings", column("id"), column("title"))
PATROLS = table("patrols", column("id"), column("name"))
PEOPLE = table("people", column("id"), column("first_name"), column("preferred_name"), column("last_name"))
PARTICIPANTS = table("participants", column("id"), column("person_id"))
MERGES = table("person_merges", column("kept_id"), column("gone_id"), column("undone_at"))
MOVED_UP = "moved up from the waiting list"
CALLED = func.coalesce(PEOPLE.c.preferred_name, PEOPLE.c.first_name) + " " + PEOPLE.c.last_name


@dataclass(frozen=True)
class Wanted:
    """Which entries: texts are parts of a name, in any case; moments include the first and leave out the last."""

    who: str = ""
    action: str = ""
    unit: str = ""
    outing: str = ""
    since: datetime | None = None
    until: datetime | None = None
    unit_id: uuid.UUID | None = None
    subject_id: uuid.UUID | None = None
    # And where that person came, waited or was taken off.
    with_places: bool = False
    before: uuid.UUID | None = None
    # Actions of which only that they were done is for whoever reads.
    untold: frozenset[str] = frozenset()
    # And what other entries say nothing of.
    untold_fields: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    id: uuid.UUID
    at: datetime
    actor: str
    action: str
    subject: str
    unit: str
    outing: str
    reason: str
    changes: list[Change] = field(default_factory=list)


def entries(wanted: Wanted, *, for_family: bool = False, zone: tzinfo = UTC) -> tuple[list[Entry], uuid.UUID | None]:
    """A page, and the entry that the next one goes on after, if there is one. One statement. ``for_family`` and ``zone``: as
    ``changes_in_words``.
    """
    rows = db.session.execute(statement(wanted)).all()
    found = [
        Entry(
            id=entry.id,
            at=entry.at,
            actor=actor_of(entry, actor, for_family=for_family),
            action=entry.action,
            subject=subject or "",
            unit=unit or "",
            outing=outing or "",
            reason=entry.reason or "",
            changes=[]
            if entry.action in wanted.untold
            else changes_of(entry, wanted, for_family=for_family, zone=zone),
        )
        for entry, actor, subject, unit, outing in rows[:PAGE_SIZE]
    ]
    return found, found[-1].id if len(rows) > PAGE_SIZE else None


def actor_of(entry: AuditEntry, name: str | None, *, for_family: bool) -> str:
    """Who did it. Whose giving a place back moved somebody else up is nothing for that family."""
    if for_family and entry.action == MOVED_UP:
        return "the waiting list"
    return name or ("a former account" if entry.actor_id else "the system")


def changes_of(entry: AuditEntry, wanted: Wanted, *, for_family: bool, zone: tzinfo) -> list[Change]:
    """In words. Of a place on an outing a family reads where the person stands, and not what a leader wrote."""
    told = {name: pair for name, pair in entry.changes.items() if name not in wanted.untold_fields}
    if for_family and entry.subject_type == PARTICIPANTS.name:
        told = {"state": told["state"]}
    return changes_in_words(told, for_family=for_family, zone=zone)


def statement(wanted: Wanted) -> Select[*tuple[Any, ...]]:
    """Entries with the names of whom and what they tell."""
    return (
        select(AuditEntry, User.name, subject_name(), lookup(UNITS, UNITS.c.name, AuditEntry.unit_id),
               lookup(OUTINGS, OUTINGS.c.title, AuditEntry.outing_id))
        .outerjoin(User, User.id == AuditEntry.actor_id)
        .where(*conditions(wanted))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(PAGE_SIZE + 1)
    )  # fmt: skip


def lookup(source: Any, name: Any, key: Any) -> ColumnElement[str]:
    """One name by its key, for the rows that are shown only."""
    return select(name).where(source.c.id == key).correlate(AuditEntry).scalar_subquery()


def subject_name() -> ColumnElement[str]:
    """What people call the thing that the entry is about; nothing when it is gone."""
    key = AuditEntry.subject_id
    going = (
        select(CALLED)
        .select_from(PARTICIPANTS.join(PEOPLE, PEOPLE.c.id == PARTICIPANTS.c.person_id))
        .where(PARTICIPANTS.c.id == key)
        .correlate(AuditEntry)
        .scalar_subquery()
    )
    account = select(User.name).where(User.id == key).correlate(AuditEntry).scalar_subquery()
    return case(
        (AuditEntry.subject_type == "people", lookup(PEOPLE, CALLED, key)),
        (AuditEntry.subject_type == "users", account),
        (AuditEntry.subject_type == "participants", going),
        (AuditEntry.subject_type == "patrols", lookup(PATROLS, PATROLS.c.name, key)),
    )


def is_place_of(id: uuid.UUID) -> ColumnElement[bool]:
    """Whether an entry says that this person has a place on an outing, waits for one, or no longer comes."""
    places = select(PARTICIPANTS.c.id).where(PARTICIPANTS.c.person_id == id)
    return and_(
        AuditEntry.subject_id == any_(func.array(places.scalar_subquery(), type_=ARRAY(Uuid()))),
        AuditEntry.subject_type == PARTICIPANTS.name,
        AuditEntry.changes.has_key("state"),
    )


def is_about(subject_id: Any, id: uuid.UUID) -> ColumnElement[bool]:
    """Whether ``subject_id`` names this row, or one that was found to be the same person and merged into it."""
    merged = select(MERGES.c.gone_id).where(MERGES.c.kept_id == id, MERGES.c.undone_at.is_(None))
    # An array, so that the index on the subject still serves.
    return subject_id == any_(func.array_append(func.array(merged.scalar_subquery()), cast(id, Uuid)))


def conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    """What makes an entry one of those that are asked for."""
    found: list[ColumnElement[bool]] = []
    if wanted.unit_id:
        found.append(AuditEntry.unit_id == wanted.unit_id)
    if wanted.subject_id:
        about = is_about(AuditEntry.subject_id, wanted.subject_id)
        found.append(or_(about, is_place_of(wanted.subject_id)) if wanted.with_places else about)
    if wanted.who:
        named = User.name.icontains(wanted.who, autoescape=True) | User.email.icontains(wanted.who, autoescape=True)
        found.append(AuditEntry.actor_id.in_(select(User.id).where(named)))
    if wanted.action:
        found.append(AuditEntry.action.icontains(wanted.action, autoescape=True))
    for text, source, name, key in (
        (wanted.unit, UNITS, UNITS.c.name, AuditEntry.unit_id),
        (wanted.outing, OUTINGS, OUTINGS.c.title, AuditEntry.outing_id),
    ):
        if text:
            found.append(key.in_(select(source.c.id).where(name.icontains(text, autoescape=True))))
    if wanted.since:
        found.append(AuditEntry.at >= wanted.since)
    if wanted.until:
        found.append(AuditEntry.at < wanted.until)
    if wanted.before:
        last = select(AuditEntry.at, AuditEntry.id).where(AuditEntry.id == wanted.before).subquery()
        found.append(tuple_(AuditEntry.at, AuditEntry.id) < select(last.c.at, last.c.id).scalar_subquery())
    return found
