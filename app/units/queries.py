"""What pages read of units."""

import uuid
from dataclasses import dataclass

from sqlalchemy import column, func, or_, select, table

from app.extensions import db
from app.identity.models import User
from app.units.access import roles_of
from app.units.models import Patrol, Unit

MOST_UNITS = 50
PAGE_SIZE = 50


def units_led_by(user: User) -> list[Unit]:
    """Units that ``user`` may plan outings for, by name; a site admin may for all, of which the first 50 are named."""
    found = select(Unit).order_by(Unit.name).limit(MOST_UNITS)
    if not user.is_site_admin:
        found = found.where(Unit.id.in_(roles_of(user)))
    return list(db.session.scalars(found))


def patrols_of(unit_id: uuid.UUID, also: uuid.UUID | None = None) -> list[Patrol]:
    """A unit's patrols that are offered, by name, and one that somebody is in; a unit has a dozen, 200 is the bound."""
    offered = or_(Patrol.retired_at.is_(None), Patrol.id == also)
    wanted = select(Patrol).where(Patrol.unit_id == unit_id, offered).order_by(Patrol.name).limit(200)
    return list(db.session.scalars(wanted))


@dataclass(frozen=True)
class UnitRow:
    """One line of the list of units."""

    id: uuid.UUID
    name: str
    kind: str
    role: str


def units_page(user: User, number: int) -> tuple[list[UnitRow], int]:
    """A page of the units that ``user`` leads, of all for a site admin, by name, and how many there are in all."""
    roles = roles_of(user)
    found = (
        select(Unit, func.count().over())
        .order_by(func.lower(Unit.name))
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    if not user.is_site_admin:
        found = found.where(Unit.id.in_(roles))
    rows = db.session.execute(found).all()
    units = [UnitRow(u.id, u.name, u.kind, roles[u.id].role if u.id in roles else "site admin") for u, _ in rows]
    return units, rows[0][1] if rows else 0


@dataclass(frozen=True)
class PatrolSize:
    """A patrol and how many live members it has."""

    id: uuid.UUID
    name: str
    members: int
    is_retired: bool


def patrol_sizes(unit_id: uuid.UUID) -> list[PatrolSize]:
    """A unit's patrols by name with their sizes; 200 is the bound."""
    # Memberships belong to a later room; this one knows of them only that they point here.
    members = table("memberships", column("patrol_id"), column("until"))
    counted = select(func.count()).where(members.c.patrol_id == Patrol.id, members.c.until.is_(None)).scalar_subquery()
    rows = db.session.execute(
        select(Patrol.id, Patrol.name, counted, Patrol.retired_at.is_not(None))
        .where(Patrol.unit_id == unit_id)
        .order_by(Patrol.retired_at.is_not(None), func.lower(Patrol.name))
        .limit(200)
    )
    return [PatrolSize(*row) for row in rows]
