"""What an account may do in a unit. Asked once for each request and kept on the account while it lasts."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.errors import NotAllowed, NotFound
from app.extensions import db
from app.identity import permissions
from app.identity.models import User
from app.identity.permissions import Can, Who
from app.units.models import HOLDS, Role, RoleName, Unit

KNOWN, BROUGHT = "_unit_roles", "_unit_roles_brought"
STANDING = {RoleName.LEADER: Who.LEADER, RoleName.ADMIN: Who.UNIT_ADMIN}


@dataclass(frozen=True)
class UnitRole:
    """One account's role in one unit, with the unit's name for menus."""

    id: uuid.UUID
    name: str
    role: RoleName


def roles_of(user: User) -> dict[uuid.UUID, UnitRole]:
    """Every unit where ``user`` is leader or admin today, by its id and in the order of their names."""
    known: dict[uuid.UUID, UnitRole] | None = user.__dict__.get(KNOWN)
    if known is None:
        # Whoever asks by a request brings them along (ROLES); a command or a test reads them here.
        rows = user.__dict__[BROUGHT] if BROUGHT in user.__dict__ else db.session.scalar(roles_statement(user.id))
        found = [(uuid.UUID(unit_id), name, RoleName(role)) for unit_id, name, role in rows or ()]
        known = {unit_id: UnitRole(unit_id, name, role) for unit_id, name, role in found}
        user.__dict__[KNOWN] = known
    return known


def forget_roles(user: User) -> None:
    """Ask the database again the next time: somebody may have changed them since this request began."""
    user.__dict__.pop(KNOWN, None)
    user.__dict__.pop(BROUGHT, None)


def roles_statement(user_id: Any) -> Select[Any]:
    """An account's roles that have not run out as one JSON value, ``[[unit id, unit name, role], ...]``."""
    roles = aggregate_order_by(func.jsonb_build_array(Role.unit_id, Unit.name, Role.name), Unit.name)
    return (
        select(func.jsonb_agg(roles))
        .select_from(Role)
        .join(Unit, Unit.id == Role.unit_id)
        .where(Role.user_id == user_id, HOLDS)
    )


# Read in the statement that loads the account (identity/sessions.py).
ROLES = roles_statement(User.id).correlate(User).scalar_subquery()


def standing_in(user: User, unit_id: uuid.UUID) -> set[Who]:
    """What ``user`` is to a unit by flag and by role; being a guardian of a member is no part of it."""
    found = roles_of(user).get(unit_id)
    standing = {STANDING[found.role]} if found else set()
    return standing | {Who.SITE_ADMIN} if user.is_site_admin else standing


def may(user: User, what: Can, unit_id: uuid.UUID) -> bool:
    """Whether ``user`` may do ``what`` in a unit, by the table in ``identity/permissions.py``."""
    return permissions.may(standing_in(user, unit_id), what)


def may_somewhere(user: User, what: Can) -> bool:
    """Whether there is a unit in which ``user`` may do ``what``."""
    return permissions.may({Who.SITE_ADMIN} if user.is_site_admin else set(), what) or any(
        may(user, what, unit_id) for unit_id in roles_of(user)
    )


def may_run_site(user: User) -> bool:
    """Whether ``user`` is a site admin."""
    return permissions.may({Who.SITE_ADMIN} if user.is_site_admin else set(), Can.RUN_SITE)


def refuse_unless_site_admin(user: User) -> None:
    """For what concerns the whole site and stands on a page that others see too.

    Raises:
        NotAllowed: ``user`` is no site admin.
    """
    if not may_run_site(user):
        raise NotAllowed("Only a site admin may do that.")


def unit_for(user: User, what: Can, unit_id: uuid.UUID) -> Unit:
    """The unit, for somebody who may do ``what`` in it.

    Raises:
        NotFound: to whoever may not even see its members, whether it exists or not; NotAllowed: to its other leaders.
    """
    unit = db.session.get(Unit, unit_id) if may(user, Can.SEE_MEMBERS, unit_id) else None
    if unit is None:
        raise NotFound
    refuse_unless(user, what, unit_id)
    return unit


def refuse_unless(user: User, what: Can, unit_id: uuid.UUID) -> None:
    """For the rules, which decide again under their lock.

    Raises:
        NotAllowed: ``user`` may not do ``what`` in this unit.
    """
    if not may(user, what, unit_id):
        raise NotAllowed("Only an admin of this unit may do that.")
