"""Passwords: argon2id, and how many are worked on at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import TooMany

PUBLISHED_DEFAULT = "admin123"  # printed in the migrations guide; good for a first look in development only
WAIT = 1.0  # seconds that a sign-in stands in line
BUSY = "Many people are signing in at this moment. Try again in a few seconds."

# OWASP's first choice for argon2id: 19 MiB, two passes, one lane; 66-85 ms where we measured it.
hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Checked when there is no account, so that the answer takes as long as for one that exists. Of a random text that was
# thrown away; written out, because to make one takes its time at every start of every command.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$uiHTj2dUbJO9S1aK8OQLLQ$1AQOe58396qGCXtfC6Ln2JxG+9YAn82A5kLkyDNzjdk"
_slots = threading.BoundedSemaphore(2)


def leave_threads_for_pages(threads: int) -> None:
    """Let no more than half of the process's ``threads`` hash at once: the others go on answering."""
    global _slots
    _slots = threading.BoundedSemaphore(max(1, threads // 2))


@contextmanager
def slot() -> Iterator[None]:
    """A place among those that may hash.

    Raises:
        TooMany: none came free in time.
    """
    slots = _slots
    if not slots.acquire(timeout=WAIT):
        raise TooMany(BUSY, retry_after=3)
    try:
        yield
    finally:
        slots.release()


def hash_password(password: str) -> str:
    """The argon2id hash to keep.

    Raises:
        TooMany: too many others want one at this moment.
    """
    with slot():
        return hasher.hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """Whether ``password`` is the one; takes the same time for an account that does not exist (``None``).

    Raises:
        TooMany: too many others ask at this moment.
    """
    with slot():
        try:
            hasher.verify(password_hash or NOBODY, password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Whether the parameters have risen since it was made."""
    return hasher.check_needs_rehash(password_hash)
