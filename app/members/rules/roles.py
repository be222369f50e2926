"""Who leads and who administers a unit, and until when."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.audit.rules import record
from app.clock import today
from app.errors import NotAllowed, NotFound, RuleBroken, Stale
from app.extensions import db
from app.families.models import Person
from app.identity.models import User
from app.identity.permissions import Can
from app.members.models import Membership
from app.units.access import forget_roles, may, may_run_site
from app.units.models import Role, RoleName, Unit

LAST_ADMIN = "Somebody must keep this unit. Make another admin first."


@dataclass(frozen=True)
class Grant:
    """A role as an admin sees it: none, or one that holds through its last day in the unit's time zone, if it has one."""

    name: RoleName | None = None
    last_day: date | None = None

    @property
    def is_lasting_admin(self) -> bool:
        """Keeps the unit without an end in sight."""
        return self.name == RoleName.ADMIN and self.last_day is None


NO_ROLE = Grant()


def last_day_of(until: datetime | None, zone: ZoneInfo) -> date | None:
    """The last whole day before the moment from which a role does nothing."""
    return (until - timedelta(seconds=1)).astimezone(zone).date() if until else None


def end_of(last_day: date | None, zone: ZoneInfo) -> datetime | None:
    """The midnight after the last day."""
    return datetime.combine(last_day + timedelta(days=1), time(), zone) if last_day else None


def set_role(actor: User, unit: Unit, user_id: uuid.UUID, wanted: Grant, based_on: Grant) -> User:
    """Give, change, extend or take away the role of an account of the unit. Returns the account.

    ``based_on`` is the grant that the actor saw. Whoever asks twice for the same is told that it is so.

    Raises:
        NotAllowed: the actor may not give roles here.
        NotFound: the account is neither of a member nor has it a role here.
        RuleBroken: the last day is over, or the last admin without one would go; only a site admin may leave a unit so.
        Stale: somebody else changed the role meanwhile.
    """
    # The unit's row is the lock: of two admins who take each other's role away, the second one finds that they are the last.
    db.session.execute(select(Unit.id).where(Unit.id == unit.id).with_for_update(key_share=True))
    forget_roles(actor)
    if not may(actor, Can.GIVE_ROLES, unit.id):
        raise NotAllowed("Only an admin of this unit may do that.")
    zone = ZoneInfo(unit.time_zone)
    role = db.session.get(Role, (user_id, unit.id), populate_existing=True)
    before = Grant(RoleName(role.name), last_day_of(role.until, zone)) if role else NO_ROLE
    user = db.session.get(User, user_id)
    if user is None or (role is None and not is_member(user_id, unit.id)):
        raise NotFound
    if before == wanted:
        return user
    if before != based_on:
        raise Stale("Somebody else changed this role meanwhile.", {"role": before}, {"role": wanted})
    check(actor, unit, before, wanted)
    write(actor, unit, user, role, wanted, end_of(wanted.last_day, zone))
    changes = {"role": (before.name, wanted.name), "last day of the role": (before.last_day, wanted.last_day)}
    changed = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    record(actor, "role changed", user, changes=changed, unit_id=unit.id)
    db.session.flush()
    forget_roles(user)
    return user


def check(actor: User, unit: Unit, before: Grant, wanted: Grant) -> None:
    """Refuse a day that is over, and a unit that nobody keeps.

    Raises:
        RuleBroken: with the sentence to show.
    """
    if wanted.last_day and wanted.last_day < today(unit.time_zone):
        raise RuleBroken("This day is over. Enter the last day on which the role holds.", "last_day")
    goes = before.is_lasting_admin and not wanted.is_lasting_admin
    if goes and not may_run_site(actor) and lasting_admins_of(unit.id) == 1:
        raise RuleBroken(LAST_ADMIN)


def write(actor: User, unit: Unit, user: User, role: Role | None, wanted: Grant, until: datetime | None) -> None:
    """Make the row what is wanted."""
    if role and wanted.name is None:
        db.session.delete(role)
    elif role and wanted.name:
        role.name, role.until, role.granted_by_id = wanted.name, until, actor.id
    elif wanted.name:
        db.session.add(Role(user_id=user.id, unit_id=unit.id, name=wanted.name, until=until, granted_by_id=actor.id))


def is_member(user_id: uuid.UUID, unit_id: uuid.UUID) -> bool:
    """Whether the account's own person is a member of the unit today."""
    found = db.session.scalar(
        select(Membership.id)
        .join(Person, Person.id == Membership.person_id)
        .where(Person.user_id == user_id, Membership.unit_id == unit_id, Membership.until.is_(None))
    )
    return found is not None


def lasting_admins_of(unit_id: uuid.UUID) -> int:
    """How many accounts keep the unit without an end in sight; one that is suspended keeps nothing."""
    wanted = (
        select(func.count())
        .select_from(Role)
        .join(User, User.id == Role.user_id)
        .where(Role.unit_id == unit_id, Role.name == RoleName.ADMIN, Role.until.is_(None), User.suspended_at.is_(None))
    )
    return db.session.scalar(wanted) or 0
