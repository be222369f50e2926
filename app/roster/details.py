"""The SQL of what else is known about the rows that a list shows: whom to call, and what was agreed to.

Each is a part of the list's one statement; ``shown`` are its rows.
"""

import uuid
from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, bindparam, case, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by, distinct_on
from sqlalchemy.orm import aliased

from app.families.models import Guardian, GuardianProposal, Person
from app.identity.models import User
from app.signups.models import Consent, Participant, Signup

OUTING_ID: ColumnElement[uuid.UUID] = bindparam("outing_id", type_=Participant.outing_id.type)


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


def one_of(column: Any) -> ColumnElement[Any]:
    """To compare with a column of a CTE. As an array, so that PostgreSQL looks each of them up."""
    return func.any(func.array(select(column).scalar_subquery(), type_=ARRAY(Participant.id.type)))
