"""What an account may do in a unit. Asked once for each request and kept on the account while it lasts."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.errors import NotAllowed, NotFound
from app.extensions import db
from app.identity.models import User
from app.units.models import Role, RoleName, Unit

KNOWN, BROUGHT = "_unit_roles", "_unit_roles_brought"


@dataclass(frozen=True)
class UnitRole:
    """One account's role in one unit, with the unit's name for menus."""

    id: uuid.UUID
    name: str
    role: RoleName


def roles_of(user: User) -> dict[uuid.UUID, UnitRole]:
    """Every unit where ``user`` is leader or admin, by its id and in the order of their names."""
    known: dict[uuid.UUID, UnitRole] | None = user.__dict__.get(KNOWN)
    if known is None:
        # Whoever asks by a request brings them along (ROLES); a command or a test reads them here.
        rows = user.__dict__[BROUGHT] if BROUGHT in user.__dict__ else db.session.scalar(roles_statement(user.id))
        found = [(uuid.UUID(unit_id), name, RoleName(role)) for unit_id, name, role in rows or ()]
        known = {unit_id: UnitRole(unit_id, name, role) for unit_id, name, role in found}
        user.__dict__[KNOWN] = known
    return known


def roles_statement(user_id: Any) -> Select[Any]:
    """An account's roles as one JSON value, ``[[unit id, unit name, role], ...]``."""
    roles = aggregate_order_by(func.jsonb_build_array(Role.unit_id, Unit.name, Role.name), Unit.name)
    return (
        select(func.jsonb_agg(roles))
        .select_from(Role)
        .join(Unit, Unit.id == Role.unit_id)
        .where(Role.user_id == user_id)
    )


# Read in the statement that loads the account (identity/sessions.py).
ROLES = roles_statement(User.id).correlate(User).scalar_subquery()


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
