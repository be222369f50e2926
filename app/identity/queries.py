"""What the pages around an account read."""

from collections.abc import Sequence

from sqlalchemy import select

from app.extensions import db
from app.identity.models import MOST_SESSIONS, BrowserSession, User


def sessions_of(user: User) -> Sequence[BrowserSession]:
    """Where ``user`` is or was signed in, the latest first; never more than ``MOST_SESSIONS``. Some may have lasted too long."""
    return db.session.scalars(
        select(BrowserSession)
        .where(BrowserSession.user_id == user.id)
        .order_by(BrowserSession.last_used_at.desc(), BrowserSession.id.desc())
        .limit(MOST_SESSIONS)
    ).all()
