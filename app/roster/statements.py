"""The SQL of the list. Each statement is built once: SQLAlchemy then finds its text again without a walk.

The first statement finds the rows that are shown, the second everything that is known about them. PostgreSQL plans both
at every request, and planning costs it as much as running: so few tables are joined, the rest is looked up by key.
"""

import uuid
from enum import IntEnum, StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    DateTime,
    Integer,
    ScalarSelect,
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
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from app.families.health.models import HealthNote
from app.families.models import Guardian, GuardianProposal, Person
from app.identity.models import User
from app.members.models import Membership
from app.reading import Reading
from app.signups.models import Consent, Participant, ParticipantState, Signup
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


class Detail(IntEnum):
    """What a row of ``DETAILS`` tells."""

    GUARDIAN = 1
    PROPOSAL = 2
    CONSENT = 3


def ids(name: str) -> ColumnElement[Any]:
    """A parameter for many ids, sent as one text such as ``{a,b}``: PostgreSQL reads it faster than an array's items."""
    return cast(bindparam(name, type_=Text), ARRAY(Participant.id.type))


def text_of(id_column: Any) -> ColumnElement[str]:
    """An id as pages print it: most are never more than that, and three a row are slow to make into objects."""
    return cast(id_column, Text)


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
def listing(show: Show, searching: bool) -> Reading:
    """A page: parameters outing_id, host_id, size, skipped, and ``pattern`` when ``searching``."""
    matches = or_(NAME.ilike(PATTERN), Person.first_name.ilike(PATTERN)) if searching else true()
    return Reading(rows(show.condition, matches))


@cache
def named(and_waiting: bool) -> Reading:
    """Participants by their ``ids``, and with ``and_waiting`` also those in line."""
    return Reading(rows(or_(Participant.id == func.any(ids("ids")), WAITS if and_waiting else false())))


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


def rows(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """How many there are, since when each stands here, and what ``queries.Found`` holds of the rows themselves."""
    return (
        select(
            func.count().over(),
            Participant.created_at,
            text_of(Participant.id),
            text_of(Participant.person_id),
            text_of(Participant.signup_id),
            Participant.version,
            Participant.kind,
            Participant.state,
            CALLED,
            Person.last_name,
            Person.birth_date,
            Person.rank,
            Person.phone,
            text_of(Participant.patrol_id),
            lookup(Patrol.name, Patrol.id == Participant.patrol_id),
            text_of(Participant.unit_id),
            # The host's own people need no unit behind their name.
            lookup(Unit.name, Unit.id == Participant.unit_id, Unit.id != HOST_ID),
            Participant.guest_troop,
            Participant.guest_patrol,
            Participant.note,
            Participant.overbook_reason,
            Person.form_ab_until,
            Person.form_c_until,
            Person.photo_consent,
            Person.swim_class,
            sealed_flags(),
        )
        .select_from(Participant)
        .join(Person, Person.id == Participant.person_id)
        .where(Participant.outing_id == OUTING_ID, *conditions)
        .order_by(*ORDER)
        .limit(bindparam("size"))
        .offset(bindparam("skipped"))
    )


def lookup(value: Any, *conditions: ColumnElement[bool]) -> ScalarSelect[Any]:
    """One value by its key. Planned in a third of the time of an outer join, and run for the rows that are shown only."""
    return select(value).where(*conditions).correlate(Participant).scalar_subquery()


def sealed_flags() -> ScalarSelect[Any]:
    """The sealed flags of a health note, or empty bytes for one of an older release that has none; NULL where there is no note.
    Never what it says: who reads that is written down (families room).
    """
    openly = or_(func.length(HealthNote.diet) > 0, func.length(HealthNote.allergies) > 0)
    flags = func.coalesce(HealthNote.flags, case((openly, literal_column("''::bytea"))))
    return lookup(flags, HealthNote.person_id == Participant.person_id)


def details() -> CompoundSelect[Any]:
    """What else is known about the rows that are shown, the oldest first: what it is, about whom, and two texts.

    The parameters ``people`` and ``parties`` are ids of people and sign-ups.
    """
    everything = union_all(guardians(), proposals(), consents(), consents_elsewhere())
    return everything.order_by("at", "first")


def guardians() -> Select[Any]:
    """Name and phone of the accounts that act for a person."""
    own = aliased(Person)
    account = select(User.name).where(User.id == Guardian.user_id).correlate(Guardian).scalar_subquery()
    name = func.coalesce(func.coalesce(own.preferred_name, own.first_name) + " " + own.last_name, account)
    return (
        detail(Detail.GUARDIAN, Guardian.person_id, name, own.phone, Guardian.since)
        .select_from(Guardian)
        .outerjoin(own, own.user_id == Guardian.user_id)
        .where(Guardian.person_id == func.any(ids("people")))
    )


def proposals() -> Select[Any]:
    """Name and phone of the guardians whom the unit's roster file names."""
    adult = aliased(Person)
    phone = func.coalesce(GuardianProposal.phone, adult.phone)
    return (
        detail(Detail.PROPOSAL, GuardianProposal.person_id, GuardianProposal.name, phone, null())
        .select_from(GuardianProposal)
        .outerjoin(adult, adult.id == GuardianProposal.adult_id)
        .where(GuardianProposal.person_id == func.any(ids("people")))
    )


def consents() -> Select[Any]:
    """The terms that were agreed to with a party."""
    return detail(Detail.CONSENT, Consent.signup_id, cast(Consent.terms, Text), null(), Consent.given_at).where(
        Consent.signup_id == func.any(ids("parties"))
    )


def consents_elsewhere() -> Select[Any]:
    """The terms that a guardian agreed to for a person, on the page of whichever party of this outing."""
    return (
        detail(Detail.CONSENT, Guardian.person_id, cast(Consent.terms, Text), null(), Consent.given_at)
        .select_from(Guardian)
        .join(
            Signup,
            and_(Signup.outing_id == OUTING_ID, Signup.user_id == Guardian.user_id, ~Signup.by_leader),
        )
        .join(Consent, Consent.signup_id == Signup.id)
        .where(Guardian.person_id == func.any(ids("people")), Guardian.may_consent)
    )


def detail(what: Detail, about: Any, first: Any, second: Any, at: Any) -> Select[Any]:
    """One kind of detail, in the columns that all have."""
    return select(
        literal_column(str(int(what)), Integer).label("what"),
        text_of(about).label("about"),
        first.label("first"),
        cast(second, Text).label("second"),
        cast(at, DateTime(timezone=True)).label("at"),
    )


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


DETAILS = Reading(details())
