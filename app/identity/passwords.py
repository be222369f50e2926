"""Passwords: argon2id, and what one must be like."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import RuleBroken

PUBLISHED_DEFAULT = "admin123"  # printed in the migrations guide; good for a first look in development only
SHORTEST, LONGEST = 12, 128  # characters; ASVS 5.0, 6.2: no rules on their composition

# OWASP's first choice for argon2id: 19 MiB, two passes, one lane; 66-85 ms where we measured it.
hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Checked when there is no account, so that the answer takes as long as for one that exists.
NOBODY = hasher.hash("nobody has this password")


def hash_password(password: str) -> str:
    """The argon2id hash to keep."""
    return hasher.hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """Whether ``password`` is the one; takes the same time for an account that does not exist (``None``)."""
    try:
        hasher.verify(password_hash or NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Whether the parameters have risen since it was made."""
    return hasher.check_needs_rehash(password_hash)


def check_new(password: str, own_words: tuple[str | None, ...] = (), field: str = "password") -> None:
    """Refuse a password that is too short, too long, published, or the account's own name.

    Raises:
        RuleBroken: with the sentence to show beside ``field``.
    """
    if len(password) < SHORTEST:
        raise RuleBroken(f"Use at least {SHORTEST} characters; a few words in a row are easy to keep.", field)
    if len(password) > LONGEST:
        raise RuleBroken(f"Use at most {LONGEST} characters.", field)
    if password.casefold() in {word.casefold() for word in own_words if word}:
        raise RuleBroken("Your name or email is the first thing that somebody would try. Choose another.", field)
    if len(set(password)) < 4:
        raise RuleBroken("That repeats itself too much. Choose another.", field)
