"""Signing in with a password, and the counters that an attempt is booked under."""

from dataclasses import dataclass

from app.clock import now
from app.errors import RuleBroken
from app.identity import limits, passwords
from app.identity.events import happened
from app.identity.models import User
from app.identity.rules.accounts import account_key, find_user

WRONG = "That email or username and password do not belong together. Check both and try again."


@dataclass(frozen=True)
class Attempt:
    """The counters that one sign-in attempt was booked under."""

    keys: tuple[str, ...]


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
        happened("sign-in failed", user)
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
