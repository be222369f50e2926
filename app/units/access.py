"""What an account may do in a unit. Asked once for each request and kept on the account while it lasts."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.errors import NotAllowed, NotFound
from app.extensions import db
from app.identity.models import User
from app.units.models import Role, RoleName, Unit


@dataclass(frozen=True)
class UnitRole:
    """One account's role in one unit, with the unit's name for menus."""

    id: uuid.UUID
    name: str
    role: RoleName


def roles_of(user: User) -> dict[uuid.UUID, UnitRole]:
    """Every unit where ``user`` is leader or admin, by its id; one statement, then remembered."""
    known: dict[uuid.UUID, UnitRole] | None = user.__dict__.get("_unit_roles")
    if known is None:
        rows = db.session.execute(
            select(Role.unit_id, Unit.name, Role.name)
            .join(Unit, Unit.id == Role.unit_id)
            .where(Role.user_id == user.id)
            .order_by(Unit.name)
        )
        known = {unit_id: UnitRole(unit_id, name, RoleName(role)) for unit_id, name, role in rows}
        user.__dict__["_unit_roles"] = known
    return known


def may_lead(user: User, unit_id: uuid.UUID) -> bool:
    """Plans outings and edits rosters there: leaders, unit admins, site admins."""
    return user.is_site_admin or unit_id in roles_of(user)


def may_administer(user: User, unit_id: uuid.UUID) -> bool:
    """Keeps members and roles there: unit admins, site admins."""
    found = roles_of(user).get(unit_id)
    return user.is_site_admin or (found is not None and found.role == RoleName.ADMIN)


def unit_for_leader(user: User, unit_id: uuid.UUID) -> Unit:
    """The unit, for one of its leaders.

    Raises:
        NotFound: to everybody else, whether it exists or not.
    """
    unit = db.session.get(Unit, unit_id) if may_lead(user, unit_id) else None
    if unit is None:
        raise NotFound
    return unit


def unit_for_admin(user: User, unit_id: uuid.UUID) -> Unit:
    """The unit, for one of its admins.

    Raises:
        NotFound: to strangers; NotAllowed: to its leaders.
    """
    unit = unit_for_leader(user, unit_id)
    if not may_administer(user, unit_id):
        raise NotAllowed("Only an admin of this unit may do that.")
    return unit
