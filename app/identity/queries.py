"""What the pages around an account read."""

from collections.abc import Sequence

from sqlalchemy import func, select

from app.extensions import db
from app.identity.models import MOST_FACTORS, MOST_SESSIONS, BrowserSession, RecoveryCode, SecondFactor, User


def sessions_of(user: User) -> Sequence[BrowserSession]:
    """Where ``user`` is or was signed in, the latest first; never more than ``MOST_SESSIONS``. Some may have lasted too long."""
    return db.session.scalars(
        select(BrowserSession)
        .where(BrowserSession.user_id == user.id)
        .order_by(BrowserSession.last_used_at.desc(), BrowserSession.id.desc())
        .limit(MOST_SESSIONS)
    ).all()


def factors_of(user: User) -> Sequence[SecondFactor]:
    """The account's second factors, the first one first; never more than ``MOST_FACTORS``."""
    mine = select(SecondFactor).where(SecondFactor.user_id == user.id).order_by(SecondFactor.id)
    return db.session.scalars(mine.limit(MOST_FACTORS)).all()


def codes_left(user: User) -> int:
    """How many recovery codes were not used."""
    return db.session.scalar(select(func.count()).where(RecoveryCode.user_id == user.id)) or 0
