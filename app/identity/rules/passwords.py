"""Choosing a password."""

from app.errors import RuleBroken
from app.identity import limits, passwords
from app.identity.choosing import check_new
from app.identity.events import happened
from app.identity.models import User
from app.identity.rules.links import spend_links
from app.identity.rules.sessions import end_sessions
from app.identity.rules.signing_in import Attempt, refund


def begin_change(user: User) -> Attempt:
    """Book an attempt to change the password: whoever finds an open browser must not guess the current one there.

    Raises:
        TooMany: this account has used its attempts up.
    """
    key = f"change:{user.id}"
    limits.spend(key, limits.PER_ACCOUNT)
    return Attempt((key,))


def change_password(user: User, current: str, new: str, attempt: Attempt) -> None:
    """Set a new password after checking the old one. Every other browser is signed out.

    Raises:
        RuleBroken: the current password is wrong, or the new one will not do.
    """
    check_current(user, current, attempt)
    if new == current:
        raise RuleBroken("The new password is the same as the current one.", "password")
    set_password(user, new)


def check_current(user: User, current: str, attempt: Attempt, field: str = "current") -> None:
    """Whoever sits here knows the password.

    Raises:
        RuleBroken: it is another.
    """
    if not passwords.verify(user.password_hash, current):
        raise RuleBroken("This is not your current password.", field)
    refund(attempt)


def set_password(user: User, password: str) -> None:
    """Set it, end the duty to change it, spend open links, and end every session.

    Raises:
        RuleBroken: the password will not do.
    """
    check_new(password, (user.email, user.username, user.name))
    user.password_hash = passwords.hash_password(password)
    user.must_change_password = False
    end_sessions(user)
    spend_links(user)
    happened("password changed", user, by=user)
