"""The SQL of the list. Each statement is built once: SQLAlchemy then finds its text again without a walk.

First the rows that are shown are chosen, then everything about them is looked up by index. So a page costs what it
shows, however many people the outing has.
"""

import uuid
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import LateralFromClause

from app.families.models import Guardian, GuardianProposal, HealthNote, Person
from app.identity.models import User
from app.members.models import Membership
from app.signups.models import Consent, Participant, ParticipantState, Signup
from app.units.models import Patrol, Unit

OUTING_ID: ColumnElement[uuid.UUID] = bindparam("outing_id", type_=Participant.outing_id.type)
HOST_ID: ColumnElement[uuid.UUID] = bindparam("host_id", type_=Unit.id.type)
IDS: ColumnElement[Any] = bindparam("ids", type_=ARRAY(Participant.id.type))
PATTERN: ColumnElement[str] = bindparam("pattern")
CALLED = func.coalesce(Person.preferred_name, Person.first_name)
NAME = CALLED + " " + Person.last_name
WAITS = Participant.state == ParticipantState.WAITING


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
def listing(show: Show, searching: bool) -> Select[*tuple[Any, ...]]:
    """A page: parameters outing_id, host_id, size, skipped, and ``pattern`` when ``searching``."""
    matches = or_(NAME.ilike(PATTERN), Person.first_name.ilike(PATTERN)) if searching else true()
    return with_details(chosen(show.condition, matches))


@cache
def named(and_waiting: bool) -> Select[*tuple[Any, ...]]:
    """Participants by their ``ids``, and with ``and_waiting`` also those in line."""
    return with_details(chosen(or_(Participant.id == func.any(IDS), WAITS if and_waiting else false())))


@cache
def position() -> Select[*tuple[Any, ...]]:
    """How many people of the whole list stand before ``participant_id``, and that one."""
    everybody = chosen(Show.ALL.condition).limit(None).offset(None).subquery()
    return select(everybody.c.at).where(everybody.c.id == bindparam("participant_id", type_=Participant.id.type))


def chosen(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Ids in the order of the list: those with a seat by name, then the line, then who no longer comes."""
    place = func.dense_rank().over(order_by=(Participant.queue_no, Participant.signup_id))
    line = select(Participant.id, place.label("place")).where(Participant.outing_id == OUTING_ID, WAITS).cte("line")
    order = (Participant.state, line.c.place, func.lower(NAME), Participant.id)
    return (
        select(
            func.count().over().label("total"),
            func.row_number().over(order_by=order).label("at"),
            Participant.id,
            line.c.place,
        )
        .join(Person, Person.id == Participant.person_id)
        .outerjoin(line, line.c.id == Participant.id)
        .where(Participant.outing_id == OUTING_ID, *conditions)
        .order_by("at")
        .limit(bindparam("size"))
        .offset(bindparam("skipped"))
    )


def with_details(choice: Select[Any]) -> Select[*tuple[Any, ...]]:
    """The chosen rows with everything that ``queries.Found`` holds, in its order."""
    shown = choice.cte("shown")
    agreed = latest_consent()
    return (
        select(
            shown.c.total,
            Participant.id,
            Participant.person_id,
            Participant.version,
            Participant.kind,
            Participant.state,
            shown.c.place,
            CALLED,
            Person.last_name,
            Person.birth_date,
            Person.rank,
            Person.phone,
            Participant.patrol_id,
            Patrol.name,
            Participant.unit_id,
            Unit.name,
            Participant.guest_troop,
            Participant.guest_patrol,
            Participant.note,
            Participant.overbook_reason,
            Person.form_ab_until,
            Person.form_c_until,
            has_health_note(),
            guardians(),
            proposals(),
            agreed.c.terms,
        )
        .select_from(shown)
        .join(Participant, Participant.id == shown.c.id)
        .join(Person, Person.id == Participant.person_id)
        .outerjoin(Patrol, Patrol.id == Participant.patrol_id)
        # The host's own people need no unit behind their name.
        .outerjoin(Unit, and_(Unit.id == Participant.unit_id, Unit.id != HOST_ID))
        .outerjoin(agreed, true())
        .order_by(shown.c.at)
    )


def has_health_note() -> ColumnElement[bool]:
    """That there is one, never what it says: who reads that is written down (families room)."""
    something = or_(func.length(HealthNote.diet) > 0, func.length(HealthNote.allergies) > 0)
    return (
        select(HealthNote.person_id)
        .where(HealthNote.person_id == Participant.person_id, something)
        .correlate(Participant)
        .exists()
    )


def guardians() -> ScalarSelect[Any]:
    """``[[name, phone], ...]`` of the accounts that act for a person, those of longest standing first."""
    own = aliased(Person)
    name = func.coalesce(func.coalesce(own.preferred_name, own.first_name) + " " + own.last_name, User.name)
    pair = func.jsonb_build_array(name, own.phone)
    return (
        select(func.jsonb_agg(aggregate_order_by(pair, Guardian.since, name)))
        .select_from(Guardian)
        .join(User, User.id == Guardian.user_id)
        .outerjoin(own, own.user_id == User.id)
        .where(Guardian.person_id == Participant.person_id)
        .correlate(Participant)
        .scalar_subquery()
    )


def proposals() -> ScalarSelect[Any]:
    """``[[name, phone], ...]`` of the guardians whom the unit's roster file names."""
    adult = aliased(Person)
    pair = func.jsonb_build_array(GuardianProposal.name, func.coalesce(GuardianProposal.phone, adult.phone))
    return (
        select(func.jsonb_agg(aggregate_order_by(pair, GuardianProposal.name)))
        .select_from(GuardianProposal)
        .outerjoin(adult, adult.id == GuardianProposal.adult_id)
        .where(GuardianProposal.person_id == Participant.person_id)
        .correlate(Participant)
        .scalar_subquery()
    )


def latest_consent() -> LateralFromClause:
    """What was agreed to last for a participant.

    With the party; or by a guardian on the page of another party of this outing, after the person had been put on the
    roster: whoever a leader added has a party without a guardian.
    """
    own = select(Consent.given_at, Consent.terms).where(Consent.signup_id == Participant.signup_id)
    elsewhere = (
        select(Consent.given_at, Consent.terms)
        .select_from(Guardian)
        .join(
            Signup,
            and_(Signup.outing_id == OUTING_ID, Signup.user_id == Guardian.user_id, ~Signup.by_leader),
        )
        .join(Consent, Consent.signup_id == Signup.id)
        .where(
            Guardian.person_id == Participant.person_id,
            Guardian.may_consent,
            Consent.given_at >= Participant.created_at,
        )
    )
    both = union_all(own.correlate(Participant), elsewhere.correlate(Participant))
    return both.order_by(both.selected_columns[0].desc()).limit(1).lateral("agreed")


@cache
def addable(searching: bool) -> Select[*tuple[Any, ...]]:
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
    return found.where(or_(NAME.ilike(PATTERN), Person.first_name.ilike(PATTERN))) if searching else found


@cache
def overbooked() -> Select[*tuple[Any, ...]]:
    """Name and reason of everybody who has a seat past the limits."""
    return (
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
