"""The SQL of the list. Each statement is built once: SQLAlchemy then finds its text again without a walk.

A list comes by one statement and in one row. It finds the people who are shown, gathers what else is known about them, and hands all
that may be kept over as a few texts, by which the printed page is found again (``printing.py``).
"""

import uuid
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Subquery,
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
from app.roster.details import OUTING_ID, acting_for, as_text, consents, guardians, one_of, proposals
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
    seat book comes along.
    """
    matches = or_(NAME.ilike(PATTERN), Person.first_name.ilike(PATTERN)) if searching else None
    return Reading(sheet(shown_rows(size, show.condition, matches), seats=seats))


@cache
def named(and_waiting: bool) -> Reading:
    """At most ``size`` participants: those of the ``ids``, and with ``and_waiting`` also the head of the line."""
    wanted = or_(Participant.id == func.any(ids("ids")), WAITS if and_waiting else false())
    return Reading(sheet(shown_rows(bindparam("size"), wanted)))


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


def sheet(shown: CTE, *, seats: bool = False) -> Select[*tuple[Any, ...]]:
    """One row: how many people there are, the texts of ``found.Texts``, what may not be kept (``found.Apart``), and the seat book.

    Parameters beside those of ``shown``: host_id, and ``terms``, the outing as it is described now.
    """
    acting = acting_for(shown)
    book = select(seats_as_text(Participant.outing_id == OUTING_ID) if seats else null()).subquery()
    first = people(shown)
    further = guardians(acting), proposals(shown), consents(shown, acting), apart(shown), book
    found: Select[*tuple[Any, ...]] = select(*(column for part in (first, *further) for column in part.c))
    found = found.select_from(first)
    # Each is a table of one row: what stands between SELECT and FROM, PostgreSQL copies at each execution.
    for part in further:
        found = found.join(part, true())
    return found


def shown_rows(size: Any, of_list: ColumnElement[bool], matches: ColumnElement[bool] | None = None) -> CTE:
    """The rows of the page, where each stands, and how many there are on all pages. Parameters: outing_id, skipped.

    A list has its size written down: PostgreSQL takes a limit that it does not know for a tenth of the rows, and plans for that.
    """
    of_row = ("id", "person_id", "signup_id", "created_at", "version", "kind", "state", "patrol_id", "unit_id")
    written = ("guest_troop", "guest_patrol", "note", "overbook_reason", "passengers_there", "passengers_back")
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
    on_list = and_(Participant.outing_id == OUTING_ID, of_list)
    return (
        select(
            # Over the same window, so that PostgreSQL goes through the list once.
            func.count().over(order_by=ORDER, rows=(None, None)).label("total"),
            func.row_number().over(order_by=ORDER, rows=(None, None)).label("at"),
            CALLED.label("first_name"),
            *(getattr(Participant, name) for name in (*of_row, *written)),
            *(getattr(Person, name) for name in of_person),
        )
        .outerjoin(Person, and_(Person.id == Participant.person_id, Person.id == one_of(people_where(on_list))))
        .where(on_list, true() if matches is None else matches)
        .order_by(*ORDER)
        .limit(size)
        .offset(bindparam("skipped"))
        .cte("shown")
    )


def people_where(condition: ColumnElement[bool]) -> Select[uuid.UUID]:
    """Who takes part where a condition holds. Named to PostgreSQL one by one, they are looked up; otherwise it goes through all the
    people there are.
    """
    return select(Participant.person_id).where(condition).correlate(None)


def people(shown: CTE) -> Subquery:
    """How many there are on all pages, and the rows, of each what ``found.Found`` begins with, behind what its permission is found by."""
    row = shown.c
    columns = (
        *(row[name] for name in ("signup_id", "created_at")),
        *(row[name] for name in ("id", "person_id", "version", "kind", "state", "first_name", "last_name")),
        *(row[name] for name in ("birth_date", "rank", "phone", "patrol_id")),
        Patrol.name,
        Unit.id,
        Unit.name,
        *(row[name] for name in ("guest_troop", "guest_patrol", "passengers_there", "passengers_back")),
        *(row[name] for name in ("form_ab_until", "form_c_until", "photo_consent")),
    )
    return (
        select(func.max(row.total), as_text(columns, row.at))
        .select_from(shown)
        .outerjoin(Patrol, Patrol.id == row.patrol_id)
        # The host's own people need no unit behind their name.
        .outerjoin(Unit, and_(Unit.id == row.unit_id, Unit.id != HOST_ID))
        .subquery("people_text")
    )


def apart(shown: CTE) -> Subquery:
    """Of those rows that have any of it: a leader's own words, the class of the swim test, and the sealed flags of a health note."""
    row = shown.c
    columns = row.note, row.overbook_reason, row.swim_class, sealed_flags()
    return (
        select(as_text((row.id, *columns[:-1], func.encode(columns[-1], "hex"))))
        .select_from(shown)
        .outerjoin(HealthNote, HealthNote.person_id == row.person_id)
        .where(or_(*(column.is_not(None) for column in columns)))
        .subquery("apart_text")
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
