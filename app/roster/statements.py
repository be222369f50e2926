"""The SQL of the list. Each statement is built once: SQLAlchemy then finds its text again without a walk.

A list comes by one statement. It finds the rows that are shown, gathers what else is known about them, and hands all that may be
kept of a row over as one text, by which the printed row is found again (``printing.py``).
"""

import uuid
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.families.health.models import HealthNote
from app.families.models import Person
from app.members.models import Membership
from app.reading import Reading
from app.roster.details import OUTING_ID, acting_for, consents, consents_elsewhere, guardians, proposals
from app.signups.models import Participant, ParticipantState
from app.signups.rules.book import seats_as_text
from app.units.models import Patrol, Unit

HOST_ID: ColumnElement[uuid.UUID] = bindparam("host_id", type_=Unit.id.type)
PATTERN: ColumnElement[str] = bindparam("pattern")
CALLED = func.coalesce(Person.preferred_name, Person.first_name)
NAME = CALLED + " " + Person.last_name
WAITS = Participant.state == ParticipantState.WAITING
# Those with a seat by name, then the line, then who no longer comes.
ORDER = (
    Participant.state,
    Participant.queue_no,
    case((WAITS, Participant.signup_id)),
    func.lower(NAME),
    Participant.id,
)


def ids(name: str) -> ColumnElement[Any]:
    """A parameter for many ids, sent as one text such as ``{a,b}``: PostgreSQL reads it faster than an array's items."""
    return cast(bindparam(name, type_=Text), ARRAY(Participant.id.type))


class Show(StrEnum):
    """Which rows: everybody who comes or waits, only those who wait, or those who no longer come."""

    ALL = "all"
    WAITING = "waiting"
    CANCELLED = "cancelled"

    @property
    def condition(self) -> ColumnElement[bool]:
        """What makes a participant one of these."""
        if self is Show.ALL:
            return Participant.state != ParticipantState.CANCELLED
        return Participant.state == self.value


@cache
def listing(show: Show, searching: bool, size: int, *, seats: bool) -> Reading:
    """A page of ``size`` rows: parameters outing_id, host_id, terms, skipped, and ``pattern`` when ``searching``. With ``seats`` the
    seat book comes along with the first row (parameter outing).
    """
    matches = or_(NAME.ilike(PATTERN), Person.first_name.ilike(PATTERN)) if searching else true()
    first = literal_column("shown.at") == bindparam("skipped", type_=Integer) + 1
    book = case((first, seats_as_text())) if seats else null()
    return Reading(rows(size, show.condition, matches).add_columns(book))


@cache
def named(and_waiting: bool) -> Reading:
    """At most ``size`` participants: those of the ``ids``, and with ``and_waiting`` also the head of the line."""
    return Reading(
        rows(bindparam("size"), or_(Participant.id == func.any(ids("ids")), WAITS if and_waiting else false()))
    )


@cache
def position() -> Select[*tuple[Any, ...]]:
    """How many people of the whole list stand before ``participant_id``, and that one."""
    everybody = (
        select(Participant.id, func.row_number().over(order_by=ORDER).label("at"))
        .join(Person, Person.id == Participant.person_id)
        .where(Participant.outing_id == OUTING_ID, Show.ALL.condition)
        .subquery()
    )
    return select(everybody.c.at).where(everybody.c.id == bindparam("participant_id", type_=Participant.id.type))


def rows(size: Any, *conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """How many there are, and of each row what ``queries.Row`` holds.

    Parameters beside those of the conditions: outing_id, host_id, skipped, and ``terms``, the outing as it is described now.
    """
    shown = shown_rows(size, *conditions)
    acting = acting_for(shown)
    contacts, proposed = guardians(acting), proposals(shown)
    given, elsewhere = consents(shown), consents_elsewhere(shown, acting)
    row = shown.c
    later = and_(elsewhere.c.at.is_not(None), or_(given.c.at.is_(None), elsewhere.c.at > given.c.at))
    text = func.json_build_array(
        *(row[name] for name in ("id", "person_id", "version", "kind", "state", "first_name", "last_name")),
        *(row[name] for name in ("birth_date", "rank", "phone", "patrol_id")),
        Patrol.name,
        row.unit_id,
        Unit.name,
        *(row[name] for name in ("guest_troop", "guest_patrol", "form_ab_until", "form_c_until", "photo_consent")),
        contacts.c.contacts,
        proposed.c.contacts,
        case((later, elsewhere.c.terms), else_=given.c.terms),
    )
    return (
        select(row.total, cast(text, Text), row.state, row.note, row.overbook_reason, row.swim_class, sealed_flags())
        .select_from(shown)
        .outerjoin(Patrol, Patrol.id == row.patrol_id)
        # The host's own people need no unit behind their name.
        .outerjoin(Unit, and_(Unit.id == row.unit_id, Unit.id != HOST_ID))
        .outerjoin(HealthNote, HealthNote.person_id == row.person_id)
        .outerjoin(contacts, contacts.c.person_id == row.person_id)
        .outerjoin(proposed, proposed.c.person_id == row.person_id)
        .outerjoin(given, given.c.signup_id == row.signup_id)
        .outerjoin(elsewhere, elsewhere.c.id == row.id)
        .order_by(row.at)
    )


def shown_rows(size: Any, *conditions: ColumnElement[bool]) -> CTE:
    """The rows of the page, where each stands, and how many there are on all pages.

    A list has its size written down: PostgreSQL takes a limit that it does not know for a tenth of the rows, and plans for that.
    """
    of_row = ("id", "person_id", "signup_id", "created_at", "version", "kind", "state", "patrol_id", "unit_id")
    written = ("guest_troop", "guest_patrol", "note", "overbook_reason")
    of_person = (
        "last_name",
        "birth_date",
        "rank",
        "phone",
        "form_ab_until",
        "form_c_until",
        "photo_consent",
        "swim_class",
    )
    return (
        select(
            func.count().over().label("total"),
            func.row_number().over(order_by=ORDER).label("at"),
            CALLED.label("first_name"),
            *(getattr(Participant, name) for name in (*of_row, *written)),
            *(getattr(Person, name) for name in of_person),
        )
        .join(Person, Person.id == Participant.person_id)
        .where(Participant.outing_id == OUTING_ID, *conditions)
        .order_by("at")
        .limit(size)
        .offset(bindparam("skipped"))
        .cte("shown")
    )


def sealed_flags() -> ColumnElement[Any]:
    """The sealed flags of a health note, or empty bytes for one of an older release that has none; NULL where there is no note.
    Never what it says: who reads that is written down (families room).
    """
    openly = or_(func.length(HealthNote.diet) > 0, func.length(HealthNote.allergies) > 0)
    return func.coalesce(HealthNote.flags, case((openly, literal_column("''::bytea"))))


@cache
def addable(searching: bool) -> Reading:
    """Members of the host unit who neither come nor wait: parameters outing_id, host_id, size, and ``pattern``."""
    on_it = (
        select(Participant.id)
        .where(
            Participant.outing_id == OUTING_ID,
            Participant.person_id == Person.id,
            Participant.state != ParticipantState.CANCELLED,
        )
        .exists()
    )
    found = (
        select(
            func.count().over(),
            Person.id,
            NAME,
            Person.kind,
            Person.birth_date,
            Person.rank,
            Patrol.name,
        )
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(Patrol, Patrol.id == Membership.patrol_id)
        .where(Membership.unit_id == HOST_ID, Membership.until.is_(None), ~on_it)
        .order_by(func.lower(NAME), Person.id)
        .limit(bindparam("size"))
    )
    return Reading(found.where(or_(NAME.ilike(PATTERN), Person.first_name.ilike(PATTERN))) if searching else found)


@cache
def overbooked() -> Reading:
    """Name and reason of everybody who has a seat past the limits."""
    return Reading(
        select(NAME, Participant.overbook_reason)
        .join(Person, Person.id == Participant.person_id)
        .where(
            Participant.outing_id == OUTING_ID,
            Participant.state == ParticipantState.CONFIRMED,
            Participant.overbook_reason.is_not(None),
        )
        .order_by(Participant.confirmed_at)
        .limit(20)
    )
