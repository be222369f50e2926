"""Who leads and who administers a unit."""

import uuid

from sqlalchemy import func, select

from app.audit.rules import record
from app.errors import NotAllowed, NotFound, RuleBroken, Stale
from app.extensions import db
from app.families.models import Person
from app.identity.models import User
from app.members.models import Membership
from app.units.access import may_administer
from app.units.models import Role, RoleName, Unit

LAST_ADMIN = "Somebody must keep this unit. Make another admin first."


def set_role(
    actor: User, unit_id: uuid.UUID, user_id: uuid.UUID, wanted: RoleName | None, based_on: RoleName | None
) -> User:
    """Give, change or take away (``None``) the role of an account of the unit. Returns the account.

    ``based_on`` is the role that the actor saw.

    Raises:
        NotAllowed: the actor does not administer the unit.
        NotFound: the account is neither of a member nor has it a role here.
        RuleBroken: the last admin would go; only a site admin may leave a unit without one.
        Stale: somebody else changed the role meanwhile.
    """
    # The unit's row is the lock: of two admins who take each other's role away, the second one finds that they are the last.
    db.session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update())
    actor.__dict__.pop("_unit_roles", None)
    if not may_administer(actor, unit_id):
        raise NotAllowed("Only an admin of this unit may do that.")
    role = db.session.get(Role, (user_id, unit_id), populate_existing=True)
    before = RoleName(role.name) if role else None
    user = db.session.get(User, user_id)
    if user is None or (role is None and not is_member(user_id, unit_id)):
        raise NotFound
    if before == wanted:
        return user
    if before != based_on:
        raise Stale("Somebody else changed this role meanwhile.", {"role": before}, {"role": wanted})
    if before == RoleName.ADMIN and not actor.is_site_admin and admins_of(unit_id) == 1:
        raise RuleBroken(LAST_ADMIN)
    if role and wanted is None:
        db.session.delete(role)
    elif role and wanted:
        role.name, role.granted_by_id = wanted, actor.id
    elif wanted:
        db.session.add(Role(user_id=user_id, unit_id=unit_id, name=wanted, granted_by_id=actor.id))
    record(actor, "role changed", user, changes={"role": (before, wanted)}, unit_id=unit_id)
    db.session.flush()
    user.__dict__.pop("_unit_roles", None)
    return user


def is_member(user_id: uuid.UUID, unit_id: uuid.UUID) -> bool:
    """Whether the account's own person is a member of the unit today."""
    found = db.session.scalar(
        select(Membership.id)
        .join(Person, Person.id == Membership.person_id)
        .where(Person.user_id == user_id, Membership.unit_id == unit_id, Membership.until.is_(None))
    )
    return found is not None


def admins_of(unit_id: uuid.UUID) -> int:
    """How many accounts administer the unit."""
    wanted = select(func.count()).select_from(Role).where(Role.unit_id == unit_id, Role.name == RoleName.ADMIN)
    return db.session.scalar(wanted) or 0
