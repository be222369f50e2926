"""Finding an account, and what it is called where its name must not stand."""

import hashlib
import uuid
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, literal, or_, select

from app.extensions import db
from app.identity.models import User


class Found(NamedTuple):
    """What is looked at of an account before anybody has shown that it is theirs; nothing at all when there is none."""

    id: uuid.UUID | None
    password_hash: str | None


def find_user(login: str) -> User | None:
    """By email or username, without regard to case."""
    return db.session.scalar(select(User).where(called(login)))


def look_up(login: str) -> Found:
    """The same for strangers. One row comes back whether there is such an account or not, and no account is built of it: that alone
    would tell a patient stranger by the time it takes."""
    row = select(literal(1).label("one")).subquery()
    wanted = select(User.id, User.password_hash).select_from(row).outerjoin(User, called(login))
    return Found(*db.session.execute(wanted.limit(1)).one())


def called(login: str) -> ColumnElement[bool]:
    """Whether an account has that email or username."""
    wanted = login.strip().lower()
    return or_(func.lower(User.email) == wanted, func.lower(User.username) == wanted)


def account_key(login: str, user_id: uuid.UUID | None) -> str:
    """What counters and known browsers call an account: a hash, the same for its email and its username."""
    return digest(f"account {user_id}" if user_id else f"nobody {login.strip().lower()}")


def digest(text: str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
