"""Which accounts a site admin may look at: all. Nobody else needs to know that there are such pages."""

import uuid

from sqlalchemy import select

from app.errors import NotFound
from app.extensions import db
from app.identity.models import User
from app.units.access import may_run_site


def site_admin(user: User) -> None:
    """Let site admins pass.

    Raises:
        NotFound: to everybody else.
    """
    if not may_run_site(user):
        raise NotFound


def account_for(user: User, user_id: uuid.UUID) -> User:
    """Somebody's account, for a site admin.

    Raises:
        NotFound: there is none, or ``user`` is no site admin.
    """
    site_admin(user)
    found = db.session.scalar(select(User).where(User.id == user_id))
    if found is None:
        raise NotFound
    return found
