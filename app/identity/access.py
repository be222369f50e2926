"""Which accounts somebody may do something about."""

import uuid

from app.errors import NotFound
from app.extensions import db
from app.identity.models import User


def account_for_site_admin(user: User, account_id: uuid.UUID) -> User:
    """Somebody else's account, for a site admin. One's own is changed on one's own pages.

    Raises:
        NotFound: to everybody else, whether it exists or not.
    """
    account = db.session.get(User, account_id) if user.is_site_admin and user.id != account_id else None
    if account is None:
        raise NotFound
    return account
