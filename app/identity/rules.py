"""Signing in, passwords and the links that set them."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_, select, update

from app.clock import now
from app.errors import RuleBroken
from app.extensions import db
from app.identity import limits, passwords
from app.identity.models import PasswordLink, User, new_session_key

LINK_LIVES = timedelta(hours=48)
WRONG = "That email or username and password do not belong together. Check both and try again."
LINK_SPENT = "This link was used already, or it is older than 48 hours. Ask your unit for a new one."


@dataclass(frozen=True)
class Attempt:
    """The counters that one sign-in attempt was booked under."""

    keys: tuple[str, ...]


class LinkSpent(RuleBroken):
    """A link that opens nothing any more."""

    status = 410


def begin_attempt(login: str, address: str, known_as: str | None) -> Attempt:
    """Book an attempt before the password is looked at; the caller commits, so that parallel guesses all count.

    ``known_as`` is the account that this browser has signed in to before. Such a browser has a counter of its own:
    strangers who guess at the account, or at others from the same camp Wi-Fi, cannot lock it out.

    Raises:
        TooMany: the account, the address or this browser has used its attempts up.
    """
    account = account_key(login, find_user(login))
    keys = (f"known:{account}",) if known_as == account else (f"account:{account}", f"address:{address}")
    for key in keys:
        limits.spend(key, limits.PER_ADDRESS if key.startswith("address:") else limits.PER_ACCOUNT)
    return Attempt(keys)


def sign_in(login: str, password: str, attempt: Attempt) -> User:
    """The account that ``login`` (email or username) and ``password`` open.

    Raises:
        RuleBroken: they do not; the same words and the same time for an unknown account and a wrong password.
    """
    user = find_user(login)
    if not passwords.verify(user.password_hash if user else None, password) or user is None:
        raise RuleBroken(WRONG, "login")
    refund(attempt)
    limits.sweep()
    if user.password_hash and passwords.needs_rehash(user.password_hash):
        user.password_hash = passwords.hash_password(password)
    user.last_sign_in_at = now()
    return user


def refund(attempt: Attempt) -> None:
    """It was no guess after all."""
    for key in attempt.keys:
        limits.refund(key)


def find_user(login: str) -> User | None:
    """By email or username, without regard to case."""
    wanted = login.strip().lower()
    return db.session.scalar(
        select(User).where(or_(func.lower(User.email) == wanted, func.lower(User.username) == wanted))
    )


def account_key(login: str, user: User | None) -> str:
    """What counters and known browsers call an account: a hash, the same for its email and its username."""
    return digest(f"account {user.id}" if user else f"nobody {login.strip().lower()}")


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
    if not passwords.verify(user.password_hash, current):
        raise RuleBroken("This is not your current password.", "current")
    refund(attempt)
    if new == current:
        raise RuleBroken("The new password is the same as the current one.", "password")
    set_password(user, new)


def set_password(user: User, password: str) -> None:
    """Set it, end the duty to change it, spend open links, and end every session.

    Raises:
        RuleBroken: the password will not do.
    """
    passwords.check_new(password, (user.email, user.username, user.name))
    user.password_hash = passwords.hash_password(password)
    user.must_change_password = False
    user.session_key = new_session_key()
    spend_links(user)


def make_password_link(user: User, maker: User | None) -> str:
    """A new one-time link for ``user``; earlier ones stop working. Returns the token, which is kept nowhere."""
    spend_links(user)
    token = secrets.token_urlsafe(32)
    db.session.add(
        PasswordLink(
            user_id=user.id,
            token_hash=digest(token),
            expires_at=now() + LINK_LIVES,
            created_by_id=maker.id if maker else None,
        )
    )
    return token


def open_link(token: str) -> PasswordLink:
    """The live link that ``token`` belongs to; locked, so that two browsers cannot both use it.

    Raises:
        LinkSpent: spent, expired or never made; one answer for all three.
    """
    link = db.session.scalar(
        select(PasswordLink)
        .where(
            PasswordLink.token_hash == digest(token), PasswordLink.used_at.is_(None), PasswordLink.expires_at > now()
        )
        .with_for_update()
    )
    if link is None:
        raise LinkSpent(LINK_SPENT)
    return link


def spend_links(user: User) -> None:
    """No open link of this account works any longer."""
    db.session.execute(
        update(PasswordLink)
        .where(PasswordLink.user_id == user.id, PasswordLink.used_at.is_(None))
        .values(used_at=now())
    )


def digest(text: str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
