"""Signing in with a password, and the counters that an attempt is booked under."""

import uuid
from contextlib import suppress
from dataclasses import dataclass

from app.clock import now
from app.errors import RuleBroken, TooMany
from app.extensions import db
from app.identity import limits, passwords
from app.identity.events import happened
from app.identity.models import User
from app.identity.rules.accounts import account_key, look_up

WRONG = "That email or username and password do not belong together. Check both and try again."
SUSPENDED = "This account is suspended. Ask whoever runs this site to open it again."


@dataclass(frozen=True)
class Attempt:
    """The counters that one attempt was booked under, and the account and the hash that were found for it."""

    keys: tuple[str, ...]
    user_id: uuid.UUID | None = None
    password_hash: str | None = None


def begin_attempt(login: str, address: str, known_as: str | None) -> Attempt:
    """Book an attempt before the password is looked at; the caller commits, so that parallel guesses all count.

    ``known_as`` is the account that this browser has signed in to before. Such a browser has a counter of its own:
    strangers who guess at the account, or at others from the same camp Wi-Fi, cannot lock it out.

    Raises:
        TooMany: the account, the address or this browser has used its attempts up.
    """
    found = look_up(login)
    account = account_key(login, found.id)
    keys = (f"known:{account}",) if known_as == account else (f"account:{account}", f"address:{address}")
    for key in keys:
        limits.spend(key, limits.PER_ADDRESS if key.startswith("address:") else limits.PER_ACCOUNT)
    return Attempt(keys, found.id, found.password_hash)


def sign_in(password: str, attempt: Attempt) -> User:
    """The account that was looked for, if ``password`` opens it. Nothing is asked of the database before the hash is done.

    Raises:
        RuleBroken: it does not; the same words, work and time for an unknown account and a wrong password.
        TooMany: too many sign in at this moment; it does not count as an attempt.
    """
    try:
        fits = passwords.verify(attempt.password_hash, password)
    except TooMany:
        refund(attempt)
        raise
    user = db.session.get(User, attempt.user_id) if fits else None
    if user is None:
        happened("sign-in failed", attempt.user_id)
        raise RuleBroken(WRONG, "login")
    # Said to whoever knows the password only: a stranger learns nothing about accounts.
    if user.suspended_at is not None:
        happened("sign-in failed", user.id)
        raise RuleBroken(SUSPENDED, "login")
    refund(attempt)
    limits.sweep()
    if user.password_hash and passwords.needs_rehash(user.password_hash):
        with suppress(TooMany):  # then at the next sign-in
            user.password_hash = passwords.hash_password(password)
    user.last_sign_in_at = now()
    return user


def refund(attempt: Attempt) -> None:
    """It was no guess after all."""
    for key in attempt.keys:
        limits.refund(key)
