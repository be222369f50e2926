"""What pages read of a family. A family is derived: the people one is guardian of, and oneself."""

import uuid

from sqlalchemy import CompoundSelect, column, select, table
from sqlalchemy.orm import InstrumentedAttribute

from app.extensions import db
from app.families.models import Guardian, Person
from app.identity.models import User
from app.units.models import Unit

MOST_PEOPLE = 50  # in one family; a bound for the page, far over any real one


def family_ids(user_id: uuid.UUID, *held: InstrumentedAttribute[bool]) -> CompoundSelect[uuid.UUID]:
    """The ids of the family as a subquery: two index look-ups, where an OR would make PostgreSQL read everybody. With ``held`` only those
    for whom the guardian holds such a right.
    """
    guarded = select(Guardian.person_id).where(Guardian.user_id == user_id, *held)
    own = select(Person.id).where(Person.user_id == user_id)
    return guarded.union(own)


def last_name_of(user_id: uuid.UUID) -> str | None:
    """The last name of the account's own person: most families share one, and nobody should type it again."""
    return db.session.scalar(select(Person.last_name).where(Person.user_id == user_id))


def unit_of(person_id: uuid.UUID) -> Unit | None:
    """The first unit of somebody, in whose time they live; None for who is a member nowhere."""
    # Memberships belong to a later room; this one knows of them only that they point here.
    members = table("memberships", *(column(name) for name in ("person_id", "unit_id", "until")))
    return db.session.scalar(
        select(Unit)
        .join(members, members.c.unit_id == Unit.id)
        .where(members.c.person_id == person_id, members.c.until.is_(None))
        .order_by(Unit.name)
        .limit(1)
    )


def name_of_account(user_id: uuid.UUID) -> str | None:
    """What an account is called."""
    return db.session.scalar(select(User.name).where(User.id == user_id))
