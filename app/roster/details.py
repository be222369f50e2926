"""The SQL of what else is known about the rows that a list shows: whom to call, and what was agreed to.

Each is one text of the list's one statement; ``shown`` are its rows. What belongs to whom is put together where the texts are read
(``found.py``), which is seldom: equal texts were read before.
"""

import uuid
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Subquery,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by
from sqlalchemy.orm import aliased

from app.families.models import Guardian, GuardianProposal, Person
from app.identity.models import User
from app.signups.models import Consent, Participant, Signup

OUTING_ID: ColumnElement[uuid.UUID] = bindparam("outing_id", type_=Participant.outing_id.type)


def as_text(columns: Any, *order: Any) -> ColumnElement[Any]:
    """The rows of a statement as one text: ``[[...], ...]``, or nothing when there are none."""
    row = func.json_build_array(*columns)
    return cast(func.json_agg(aggregate_order_by(row, *order) if order else row), Text).label("text")


def acting_for(shown: CTE) -> CTE:
    """Which accounts act for the people who are shown, and the party that such a family has on this outing, if the account may agree
    to it.
    """
    family = and_(
        Signup.outing_id == OUTING_ID, Signup.user_id == Guardian.user_id, ~Signup.by_leader, Guardian.may_consent
    )
    permits = case((Guardian.may_consent, Guardian.user_id)).label("permits_id")
    columns = Guardian.person_id, Guardian.user_id, Guardian.since, permits, Signup.id.label("signup_id")
    return (
        select(*columns)
        .outerjoin(Signup, family)
        .where(Guardian.person_id == one_of(select(shown.c.person_id)))
        .cte("acting")
    )


def guardians(acting: CTE) -> Subquery:
    """Name and phone of the accounts that act for a person, the oldest first, which of them may give permission, and their family's party."""
    own = aliased(Person)
    account = select(User.name).where(User.id == acting.c.user_id).correlate(acting).scalar_subquery()
    name = func.coalesce(func.coalesce(own.preferred_name, own.first_name) + " " + own.last_name, account)
    columns = acting.c.person_id, name, own.phone, acting.c.permits_id, acting.c.signup_id
    return (
        select(as_text(columns, acting.c.since, name))
        .select_from(acting)
        .outerjoin(own, own.user_id == acting.c.user_id)
        .subquery("guardians_text")
    )


def proposals(shown: CTE) -> Subquery:
    """Name and phone of the guardians whom the unit's roster file names."""
    adult, name = aliased(Person), GuardianProposal.name
    columns = GuardianProposal.person_id, name, func.coalesce(GuardianProposal.phone, adult.phone)
    return (
        select(as_text(columns, name))
        .select_from(GuardianProposal)
        .outerjoin(adult, adult.id == GuardianProposal.adult_id)
        .where(GuardianProposal.person_id == one_of(select(shown.c.person_id)))
        .subquery("proposals_text")
    )


def consents(shown: CTE, acting: CTE) -> Subquery:
    """What was agreed to and by whom with the parties of those who are shown and with those of their guardians, the latest last: whoever a leader
    added has a party without a guardian.

    Terms are ``true`` where they are those of now.
    """
    parties = union_all(select(shown.c.signup_id), select(acting.c.signup_id))
    are_those_of_now = Consent.terms == bindparam("terms", type_=JSONB)
    terms = case((are_those_of_now, literal_column("'true'::jsonb")), else_=Consent.terms)
    return (
        select(
            as_text((Consent.signup_id, Consent.given_at, terms, Consent.user_id), Consent.given_at, Consent.id.desc())
        )
        .where(Consent.signup_id == one_of(parties))
        .subquery("consents_text")
    )


def one_of(found: Any) -> ColumnElement[Any]:
    """To compare with what a statement finds. As an array, so that PostgreSQL looks each of them up."""
    return func.any(func.array(found.scalar_subquery(), type_=ARRAY(Participant.id.type)))
