"""What the admin pages read of accounts."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from app.extensions import db
from app.identity.models import User
from app.units.models import HOLDS, Role, Unit

PAGE_SIZE = 50
LONGEST_SEARCH = 80


@dataclass(frozen=True)
class Account:
    """One line of the list. ``roles`` are those that hold today, in words."""

    id: uuid.UUID
    name: str
    email: str
    is_site_admin: bool
    is_suspended: bool
    has_password: bool
    last_sign_in_at: datetime | None
    roles: Sequence[str]


def accounts(search: str, number: int) -> tuple[list[Account], int]:
    """A page of the accounts by name, and how many there are in all. One statement."""
    held = (
        select(func.array_agg(Unit.name + ": " + Role.name))
        .select_from(Role)
        .join(Unit, Unit.id == Role.unit_id)
        .where(Role.user_id == User.id, HOLDS)
        .correlate(User)
    )
    wanted = select(User, held.scalar_subquery(), func.count().over())
    for word in search.split()[:8]:
        wanted = wanted.where(
            or_(User.name.icontains(word, autoescape=True), User.email.icontains(word, autoescape=True))
        )
    rows = db.session.execute(
        wanted.order_by(func.lower(User.name), User.id).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    ).all()
    return [account_of(user, found) for user, found, _ in rows], rows[0][2] if rows else 0


def account_of(user: User, roles: Sequence[str] | None) -> Account:
    """The line for what the database gave."""
    return Account(
        id=user.id,
        name=user.name,
        email=user.email,
        is_site_admin=user.is_site_admin,
        is_suspended=user.suspended_at is not None,
        has_password=user.password_hash is not None,
        last_sign_in_at=user.last_sign_in_at,
        roles=roles or (),
    )
