"""Finding an account, and what it is called where its name must not stand."""

import hashlib
import uuid
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, literal, or_, select

from app.driver import read
from app.extensions import db
from app.identity.models import User


class Found(NamedTuple):
    """What is looked at of an account before anybody has shown that it is theirs; nothing at all when there is none."""

    id: uuid.UUID | None
    password_hash: str | None


LOGIN: ColumnElement[str] = bindparam("login")
IS_CALLED = or_(func.lower(User.email) == LOGIN, func.lower(User.username) == LOGIN)
CALLED = read(select(User).where(IS_CALLED))
ONE = select(literal(1).label("one")).subquery()
ONE_ROW = read(select(User.id, User.password_hash).select_from(ONE).outerjoin(User, IS_CALLED).limit(1))


def find_user(login: str) -> User | None:
    """By email or username, without regard to case."""
    return db.session.scalar(CALLED, {"login": login.strip().lower()})


def look_up(login: str) -> Found:
    """The same for strangers. One row comes back whether there is such an account or not, and no account is built of it: that alone
    would tell a patient stranger by the time it takes."""
    return Found(*db.session.execute(ONE_ROW, {"login": login.strip().lower()}).one())


def account_key(login: str, user_id: uuid.UUID | None) -> str:
    """What counters and known browsers call an account: a hash, the same for its email and its username."""
    return digest(f"account {user_id}" if user_id else f"nobody {login.strip().lower()}")


def digest(text: str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
