"""Which account here belongs to one elsewhere. Only its owner connects the two, signed in to both."""

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.clock import now
from app.errors import Conflict
from app.extensions import db
from app.identity.events import happened
from app.identity.models import OutsideAccount, User

ANOTHERS = "That account is connected with another account of this site. Disconnect it there first."


def owner_of(issuer: str, subject: str) -> User | None:
    """The account that signs in by it, unless it is kept out. An address that the provider names counts for nothing."""
    wanted = (
        select(User)
        .join(OutsideAccount, OutsideAccount.user_id == User.id)
        .where(OutsideAccount.issuer == issuer, OutsideAccount.subject == subject, User.suspended_at.is_(None))
    )
    user = db.session.scalar(wanted)
    if user is not None:
        user.last_sign_in_at = now()
    return user


def connect(user: User, issuer: str, subject: str) -> None:
    """From now on it opens ``user``'s account. Again changes nothing.

    Raises:
        Conflict: it opens another one.
    """
    row = insert(OutsideAccount).values(user_id=user.id, issuer=issuer, subject=subject).on_conflict_do_nothing()
    if db.session.execute(row.returning(OutsideAccount.id)).first():
        happened("outside account connected", user, by=user)
        return
    key = (OutsideAccount.issuer == issuer, OutsideAccount.subject == subject)
    if db.session.scalar(select(OutsideAccount.user_id).where(*key)) != user.id:
        raise Conflict(ANOTHERS)


def disconnect(user: User) -> None:
    """Nothing elsewhere opens this account any more."""
    gone = delete(OutsideAccount).where(OutsideAccount.user_id == user.id).returning(OutsideAccount.id)
    if db.session.execute(gone).first():
        happened("outside account disconnected", user, by=user)


def is_connected(user: User, issuer: str) -> bool:
    """Whether an account at this provider opens it."""
    mine = select(OutsideAccount.id).where(OutsideAccount.user_id == user.id, OutsideAccount.issuer == issuer)
    return db.session.scalar(mine.limit(1)) is not None
