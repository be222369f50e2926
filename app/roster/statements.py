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
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by, distinct_on
from sqlalchemy.orm import aliased

from app.families.health.models import HealthNote
from app.families.models import Guardian, GuardianProposal, Person
from app.identity.models import User
from app.members.models import Membership
from app.reading import Reading
from app.signups.models import Consent, Participant, ParticipantState, Signup
from app.signups.rules.book import seats_as_text
from app.units.models import Patrol, Unit

OUTING_ID: ColumnElement[uuid.UUID] = bindparam("outing_id", type_=Participant.outing_id.type)
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
def listing(show: Show, searching: bool, size: int) -> Reading:
    """A page of ``size`` rows, and with the first of them the seat book: parameters outing_id, outing, host_id, terms, skipped,
    and ``pattern`` when ``searching``.
    """
    matches = or_(NAME.ilike(PATTERN), Person.first_name.ilike(PATTERN)) if searching else true()
    first = literal_column("shown.at") == bindparam("skipped", type_=Integer) + 1
    return Reading(rows(size, show.condition, matches).add_columns(case((first, seats_as_text()))))


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


def one_of(column: Any) -> ColumnElement[Any]:
    """To compare with a column of a CTE. As an array, so that PostgreSQL looks each of them up."""
    return func.any(func.array(select(column).scalar_subquery(), type_=ARRAY(Participant.id.type)))


def sealed_flags() -> ColumnElement[Any]:
    """The sealed flags of a health note, or empty bytes for one of an older release that has none; NULL where there is no note.
    Never what it says: who reads that is written down (families room).
    """
    openly = or_(func.length(HealthNote.diet) > 0, func.length(HealthNote.allergies) > 0)
    return func.coalesce(HealthNote.flags, case((openly, literal_column("''::bytea"))))


def acting_for(shown: CTE) -> CTE:
    """Which accounts act for the people who are shown."""
    columns = Guardian.person_id, Guardian.user_id, Guardian.since, Guardian.may_consent
    return select(*columns).where(Guardian.person_id == one_of(shown.c.person_id)).cte("acting")


def guardians(acting: CTE) -> CTE:
    """Name and phone of the accounts that act for a person, the oldest first."""
    own = aliased(Person)
    account = select(User.name).where(User.id == acting.c.user_id).correlate(acting).scalar_subquery()
    name = func.coalesce(func.coalesce(own.preferred_name, own.first_name) + " " + own.last_name, account)
    return (
        select(acting.c.person_id, contacts_of(name, own.phone, acting.c.since, name))
        .outerjoin(own, own.user_id == acting.c.user_id)
        .group_by(acting.c.person_id)
        .cte("contacts")
    )


def proposals(shown: CTE) -> CTE:
    """Name and phone of the guardians whom the unit's roster file names."""
    adult, name = aliased(Person), GuardianProposal.name
    return (
        select(GuardianProposal.person_id, contacts_of(name, func.coalesce(GuardianProposal.phone, adult.phone), name))
        .outerjoin(adult, adult.id == GuardianProposal.adult_id)
        .where(GuardianProposal.person_id == one_of(shown.c.person_id))
        .group_by(GuardianProposal.person_id)
        .cte("proposals")
    )


def contacts_of(name: Any, phone: Any, *order: Any) -> ColumnElement[Any]:
    """``[[name, phone], ...]`` of everybody in a group."""
    return func.json_agg(aggregate_order_by(func.json_build_array(name, phone), *order)).label("contacts")


def consents(shown: CTE) -> CTE:
    """The terms that were last agreed to with each party."""
    return (
        select(Consent.signup_id, Consent.given_at.label("at"), terms())
        .ext(distinct_on(Consent.signup_id))
        .where(Consent.signup_id == one_of(shown.c.signup_id))
        .order_by(Consent.signup_id, Consent.given_at.desc(), Consent.id)
        .cte("given")
    )


def consents_elsewhere(shown: CTE, acting: CTE) -> CTE:
    """The terms that a guardian last agreed to on the page of another party, after the person had been put on the roster: whoever
    a leader added has a party without a guardian.
    """
    family_of_guardian = and_(
        Signup.outing_id == OUTING_ID,
        Signup.user_id == acting.c.user_id,
        ~Signup.by_leader,
        Signup.id != shown.c.signup_id,
    )
    return (
        select(shown.c.id, Consent.given_at.label("at"), terms())
        .ext(distinct_on(shown.c.id))
        .join(acting, and_(acting.c.person_id == shown.c.person_id, acting.c.may_consent))
        .join(Signup, family_of_guardian)
        .join(Consent, and_(Consent.signup_id == Signup.id, Consent.given_at >= shown.c.created_at))
        .order_by(shown.c.id, Consent.given_at.desc(), Consent.id)
        .cte("elsewhere")
    )


def terms() -> ColumnElement[Any]:
    """``true`` for the terms of now, otherwise what they were."""
    are_those_of_now = Consent.terms == bindparam("terms", type_=JSONB)
    return case((are_those_of_now, literal_column("'true'::jsonb")), else_=Consent.terms).label("terms")


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
