"""Finding an account, and what it is called where its name must not stand."""

import hashlib

from sqlalchemy import func, or_, select

from app.extensions import db
from app.identity.models import User


def find_user(login: str) -> User | None:
    """By email or username, without regard to case."""
    wanted = login.strip().lower()
    return db.session.scalar(
        select(User).where(or_(func.lower(User.email) == wanted, func.lower(User.username) == wanted))
    )


def account_key(login: str, user: User | None) -> str:
    """What counters and known browsers call an account: a hash, the same for its email and its username."""
    return digest(f"account {user.id}" if user else f"nobody {login.strip().lower()}")


def digest(text: str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
