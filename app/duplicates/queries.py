"""Who may be here twice, and what was merged."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, any_, exists, func, literal, literal_column, or_, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlalchemy.types import Uuid

from app.clock import now
from app.duplicates.models import UNDO_LIVES, DistinctPeople, PersonMerge
from app.extensions import db
from app.families.models import LAST_KEY, Guardian, Person, PersonKind
from app.identity.models import User
from app.members.models import Membership
from app.outings.models import Outing
from app.signups.models import Participant, ParticipantState
from app.units.access import roles_of
from app.units.models import RoleName, Unit

PAGE_SIZE = 50
MOST_MERGES = 50
REASONS = {
    "number": "the same member number",
    "name": "the same name and birth date",
    "email": "the same email address",
}


@dataclass(frozen=True)
class Alike:
    """Two rows that may be one human, and why one may think so."""

    one: Person
    other: Person
    reasons: list[str]


def alike(actor: User, unit_id: uuid.UUID, number: int) -> tuple[list[Alike], int]:
    """A page of pairs, one of them at home in the unit, both in units that the actor administers. One statement.

    Nothing is said of people elsewhere: that somebody of a name, a birth date, a number or an address exists is theirs to know.
    """
    one, other = aliased(Person), aliased(Person)
    found = pairs(unit_id).subquery("found")
    together = (
        select(found.c.one_id, found.c.other_id, func.array_agg(found.c.reason.distinct()).label("reasons"))
        .group_by(found.c.one_id, found.c.other_id)
        .subquery("together")
    )
    wanted = (
        select(one, other, together.c.reasons, func.count().over())
        .join(together, together.c.one_id == one.id)
        .join(other, other.id == together.c.other_id)
        .where(one.anonymised_at.is_(None), other.anonymised_at.is_(None))
        .where(~exists().where(DistinctPeople.person_id == one.id, DistinctPeople.other_id == other.id))
        .order_by(func.lower(one.last_name), func.lower(one.first_name), one.id, other.id)
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    if not actor.is_site_admin:
        mine = [id for id, held in roles_of(actor).items() if held.role == RoleName.ADMIN]
        wanted = wanted.where(is_among(one.id, mine), is_among(other.id, mine))
    rows = db.session.execute(wanted).all()
    return [Alike(a, b, [REASONS[reason] for reason in reasons]) for a, b, reasons, _ in rows], rows[0][
        -1
    ] if rows else 0


def is_among(person_id: Any, unit_ids: list[uuid.UUID]) -> Any:
    """Somebody lives in units, and in none but these; whoever lives in none any more has lived in none but these."""
    place: Any = aliased(Membership)
    mine = place.unit_id == any_(literal(unit_ids, ARRAY(Uuid())))
    live = and_(place.person_id == person_id, place.until.is_(None))
    of_old = place.person_id == person_id
    return or_(
        and_(exists().where(live), ~exists().where(live, ~mine)),
        and_(~exists().where(live), exists().where(of_old), ~exists().where(of_old, ~mine)),
    )


def last_key(alias: str) -> ColumnElement[str]:
    """The expression of the index on last names, for one of two rows."""
    return literal_column(LAST_KEY.replace("last_name", f"{alias}.last_name"))


def pairs(unit_id: uuid.UUID) -> Any:
    """The smaller id, the larger one, and the reason: a member of the unit and anybody."""
    place: Any = aliased(Membership)
    same: Any = aliased(Membership)
    person: Any = aliased(Person, name="person")
    twin: Any = aliased(Person, name="twin")

    def pair(mine: Any, theirs: Any, reason: str) -> Select[*tuple[Any, ...]]:
        ids = func.least(mine, theirs).label("one_id"), func.greatest(mine, theirs).label("other_id")
        here = (place.unit_id == unit_id, place.until.is_(None), mine != theirs)
        return select(*ids, literal(reason).label("reason")).select_from(place).where(*here)

    number = pair(place.person_id, same.person_id, "number").join(same, same.member_number == place.member_number)
    members = pair(person.id, twin.id, "name").join(person, person.id == place.person_id)
    key, twin_key = last_key("person"), last_key("twin")
    first = func.lower(twin.first_name).in_((func.lower(person.first_name), func.lower(person.preferred_name)))
    called = or_(first, func.lower(twin.preferred_name) == func.lower(person.first_name))
    name = members.join(twin, and_(twin_key == key, twin.birth_date == person.birth_date, called))
    adults = pair(person.id, twin.id, "email").join(person, person.id == place.person_id)
    both = and_(person.kind == PersonKind.ADULT, twin.kind == PersonKind.ADULT)
    email = adults.join(twin, and_(func.lower(twin.email) == func.lower(person.email), twin.email.is_not(None), both))
    return union_all(number, name, email)


@dataclass(frozen=True)
class Listed:
    """A merge that was made, for the list."""

    id: uuid.UUID
    name: str
    by: str
    at: datetime
    undone_at: datetime | None


def merges_of(unit_id: uuid.UUID) -> list[Listed]:
    """The latest, as long as they can be taken back. One statement."""
    rows = db.session.execute(
        select(PersonMerge, Person, User.name)
        .join(Person, Person.id == PersonMerge.kept_id)
        .outerjoin(User, User.id == PersonMerge.by_id)
        .where(PersonMerge.unit_id == unit_id, PersonMerge.at > now() - UNDO_LIVES)
        .order_by(PersonMerge.at.desc())
        .limit(MOST_MERGES)
    )
    return [Listed(m.id, person.full_name, by or "a former account", m.at, m.undone_at) for m, person, by in rows]


@dataclass(frozen=True)
class Belongings:
    """What goes along with somebody, in a few words."""

    units: list[str]
    guardians: int
    signups: int


def belongings(person_ids: tuple[uuid.UUID, uuid.UUID]) -> tuple[dict[uuid.UUID, Belongings], list[str]]:
    """For each of two people; and the titles of outings that both are on. Two statements."""
    guardians = select(func.count()).where(Guardian.person_id == Person.id).scalar_subquery()
    rows = select(func.count()).where(Participant.person_id == Person.id).scalar_subquery()
    units = (
        select(func.array_agg(Unit.name))
        .join(Membership, Membership.unit_id == Unit.id)
        .where(Membership.person_id == Person.id, Membership.until.is_(None))
        .scalar_subquery()
    )
    found = db.session.execute(select(Person.id, units, guardians, rows).where(Person.id.in_(person_ids)))
    live: Any = Participant.state != ParticipantState.CANCELLED
    both = (
        select(Participant.outing_id)
        .where(Participant.person_id.in_(person_ids), live)
        .group_by(Participant.outing_id)
        .having(func.count() > 1)
    )
    titles = db.session.scalars(select(Outing.title).where(Outing.id.in_(both)).order_by(Outing.starts_at).limit(20))
    return {id: Belongings(sorted(names or []), g, s) for id, names, g, s in found}, list(titles)
