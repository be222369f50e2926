"""Asking to leave, and the way back."""

from datetime import timedelta

from sqlalchemy import select

from app.audit.rules import record
from app.clock import now
from app.errors import RuleBroken
from app.extensions import db
from app.identity.letters import tell
from app.identity.models import User
from app.mail import link_to
from app.privacy.queries import GRACE_DAYS, obstacles


def ask_to_leave(user: User) -> User:
    """The account goes after some days; asked twice, the first day holds. Its owner gets a mail with the way back.

    Raises:
        RuleBroken: the site, or a unit, would be left without an admin.
    """
    user = lock(user)
    if user.leaves_at is not None:
        return user
    against = obstacles(user)
    if against:
        raise RuleBroken(" ".join(against))
    user.leaves_at = now() + timedelta(days=GRACE_DAYS)
    record(user, "account deletion asked for", user)
    tell(
        user,
        "Your account will be deleted",
        "privacy/mail/leaving",
        day=f"{user.leaves_at:%B} {user.leaves_at.day}, {user.leaves_at.year}",
        link=link_to("privacy.data"),
    )
    return user


def stay(user: User) -> None:
    """The account stays after all."""
    user = lock(user)
    if user.leaves_at is not None:
        user.leaves_at = None
        record(user, "account kept", user)


def lock(user: User) -> User:
    """The account as it is now, and nobody else's until the transaction ends."""
    wanted = select(User).where(User.id == user.id).with_for_update()
    return db.session.scalars(wanted.execution_options(populate_existing=True)).one()
