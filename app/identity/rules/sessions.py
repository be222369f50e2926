"""Where an account is signed in: begun at sign-in, ended one by one or all together."""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select, update

from app.clock import now
from app.errors import NotFound
from app.extensions import db
from app.identity.models import MOST_SESSIONS, BrowserSession, User
from app.identity.rules.accounts import digest

WRITTEN_EVERY = timedelta(minutes=5)
SWEPT_AT_ONCE = 100


class Limits(NamedTuple):
    """How long a session lasts: without being used, and at all."""

    idle: timedelta
    whole: timedelta


class Presence(NamedTuple):
    """The session that a request came by, as it stood then."""

    id: uuid.UUID
    remembered: bool
    created_at: datetime
    last_used_at: datetime
    confirmed_at: datetime

    @property
    def is_due(self) -> bool:
        """Whether its last use should be written again."""
        return now() - self.last_used_at > WRITTEN_EVERY


def is_over(found: Presence | BrowserSession, limits: Limits) -> bool:
    """Whether it has lasted too long."""
    return now() - found.created_at > limits.whole or now() - found.last_used_at > limits.idle


def begin_session(user: User, device: str, remembered: bool) -> str:
    """A new session. Returns the token that the browser is to keep; it is kept nowhere else."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        BrowserSession(user_id=user.id, token_hash=digest(token), device=device[:100], remembered=remembered)
    )
    db.session.flush()
    newest = select(BrowserSession.id).where(BrowserSession.user_id == user.id)
    newest = newest.order_by(BrowserSession.last_used_at.desc(), BrowserSession.id.desc()).limit(MOST_SESSIONS)
    db.session.execute(
        delete(BrowserSession).where(BrowserSession.user_id == user.id, BrowserSession.id.not_in(newest))
    )
    return token


def touch(session_id: uuid.UUID) -> None:
    """It is in use. Whoever else writes it at this moment says the same, so that nobody waits for them."""
    free = select(BrowserSession.id).where(BrowserSession.id == session_id).with_for_update(skip_locked=True)
    db.session.execute(
        update(BrowserSession)
        .where(BrowserSession.id.in_(free.scalar_subquery()))
        .values(last_used_at=now())
        .execution_options(synchronize_session=False)
    )


def confirm(session_id: uuid.UUID) -> None:
    """Its owner has just shown again who it is."""
    db.session.execute(update(BrowserSession).where(BrowserSession.id == session_id).values(confirmed_at=now()))


def end_token(token: str) -> None:
    """The session of this browser, if it has one."""
    db.session.execute(delete(BrowserSession).where(BrowserSession.token_hash == digest(token)))


def end_session(user: User, session_id: uuid.UUID) -> str:
    """One of the account's own sessions; a second time is no error. Returns the device.

    Raises:
        NotFound: it is somebody else's, or was never made.
    """
    ended = delete(BrowserSession).where(BrowserSession.user_id == user.id, BrowserSession.id == session_id)
    device: str | None = db.session.scalar(ended.returning(BrowserSession.device))
    if device is None:
        raise NotFound("That device is signed out already.")
    return device


def end_sessions(user: User, keep: uuid.UUID | None = None) -> int:
    """All of the account's sessions but ``keep``. Returns how many there were."""
    ended = delete(BrowserSession).where(BrowserSession.user_id == user.id)
    if keep:
        ended = ended.where(BrowserSession.id != keep)
    return len(db.session.scalars(ended.returning(BrowserSession.id)).all())


def sweep_sessions(longest: timedelta) -> None:
    """Forget some that nobody can use any more."""
    old = select(BrowserSession.id).where(BrowserSession.created_at < now() - longest)
    old = old.order_by(BrowserSession.created_at).limit(SWEPT_AT_ONCE).with_for_update(skip_locked=True)
    db.session.execute(delete(BrowserSession).where(BrowserSession.id.in_(old)))
