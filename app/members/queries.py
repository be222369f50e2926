"""What pages read of memberships."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CompoundSelect, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.families.models import Guardian, GuardianProposal, Person, PersonKind
from app.families.queries import family_ids
from app.identity.models import User
from app.members.models import Membership, Transfer, TransferState
from app.units.models import HOLDS, Patrol, Role, Unit

MOST_YOUTH = 500  # in one unit; the largest troops have 150
NOBODY = uuid.UUID(int=0)


def family_unit_ids(user_id: uuid.UUID) -> Select[uuid.UUID]:
    """Units that somebody of the family is a member of today."""
    return select(Membership.unit_id).where(Membership.person_id.in_(family_ids(user_id)), Membership.until.is_(None))


def unit_ids_of(user_id: uuid.UUID) -> CompoundSelect[uuid.UUID]:
    """Units that this account has anything to do with: by family or by role."""
    return family_unit_ids(user_id).union(select(Role.unit_id).where(Role.user_id == user_id, HOLDS))


@dataclass(frozen=True)
class ChildChoice:
    """A youth of the unit, as the form that gives an account offers it."""

    id: uuid.UUID
    name: str
    patrol: str | None
    is_held: bool  # the account is this child's guardian already
    is_proposed: bool  # the roster names the adult beside this child
    is_namesake: bool  # the same last name: a hint where the roster names nobody

    @property
    def is_near(self) -> bool:
        """Worth showing first."""
        return self.is_held or self.is_proposed or self.is_namesake


def child_choices(unit_id: uuid.UUID, adult: Person, day: date) -> list[ChildChoice]:
    """Every youth of the unit by name, and what ties the adult to them. One statement."""
    rows = db.session.execute(
        select(Person, Patrol.name, Guardian.user_id, GuardianProposal.id)
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(Patrol, Patrol.id == Membership.patrol_id)
        .outerjoin(Guardian, and_(Guardian.person_id == Person.id, Guardian.user_id == (adult.user_id or NOBODY)))
        .outerjoin(
            GuardianProposal, and_(GuardianProposal.person_id == Person.id, GuardianProposal.adult_id == adult.id)
        )
        .where(Membership.unit_id == unit_id, Membership.until.is_(None), Person.id != adult.id)
        .order_by(func.lower(Person.last_name), func.lower(Person.first_name), Person.id)
        .limit(MOST_YOUTH)
    )
    return [
        ChildChoice(
            id=person.id,
            name=person.full_name,
            patrol=patrol,
            is_held=held is not None,
            is_proposed=proposed is not None,
            is_namesake=person.last_name.casefold() == adult.last_name.casefold(),
        )
        for person, patrol, held, proposed in rows
        if person.kind_on(day) == PersonKind.YOUTH
    ]


@dataclass(frozen=True)
class AccountRow:
    """An account that a unit can give a role to. ``role`` may have run out: it does so after ``last_day``."""

    user_id: uuid.UUID
    name: str
    email: str
    role: str | None
    last_day: date | None = None
    has_run_out: bool = False


def accounts_of(unit: Unit, *, number: int = 1, size: int = 50) -> tuple[list[AccountRow], int]:
    """A page of the accounts of the unit's members and of whoever has a role there, roles first, and how many there are."""
    members = (
        select(Person.user_id)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.unit_id == unit.id, Membership.until.is_(None), Person.user_id.is_not(None))
    )
    found = db.session.execute(
        account_rows(unit.id)
        .add_columns(func.count().over())
        .where(User.id.in_(members.union(select(Role.user_id).where(Role.unit_id == unit.id))))
        .order_by(Role.name.is_(None), func.lower(User.name), User.id)
        .limit(size)
        .offset((number - 1) * size)
    ).all()
    return [account_row(unit, row) for row in found], found[0][-1] if found else 0


def account_in(unit: Unit, user_id: uuid.UUID) -> AccountRow | None:
    """One account and its role in the unit."""
    found = db.session.execute(account_rows(unit.id).where(User.id == user_id)).first()
    return account_row(unit, found) if found else None


def account_rows(unit_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    """Accounts and their role in the unit, whether it still holds or not."""
    return select(User.id, User.name, User.email, Role.name, Role.until, HOLDS).outerjoin(
        Role, and_(Role.user_id == User.id, Role.unit_id == unit_id)
    )


def account_row(unit: Unit, row: Any) -> AccountRow:
    """The line for what the database gave."""
    user_id, name, email, role, until, holds = row[:6]
    last_day = (until - timedelta(seconds=1)).astimezone(ZoneInfo(unit.time_zone)).date() if until else None
    return AccountRow(user_id, name, email, role, last_day, has_run_out=role is not None and not holds)


def transfers_of(unit_id: uuid.UUID) -> list[Transfer]:
    """Those from and to a unit that wait for an answer, the oldest first. One statement."""
    here = or_(Transfer.from_unit_id == unit_id, Transfer.to_unit_id == unit_id)
    parts = (Transfer.person, Transfer.from_unit, Transfer.to_unit)
    wanted = select(Transfer).where(here, Transfer.state == TransferState.WAITING)
    ordered = (
        wanted.options(*(joinedload(part, innerjoin=True) for part in parts)).order_by(Transfer.asked_at).limit(200)
    )
    return list(db.session.scalars(ordered))
