"""Accounts: who signs in, the links that set a password, and the counters that slow guessing down."""

from app.identity.models.accounts import User, new_session_key
from app.identity.models.counters import AttemptCounter
from app.identity.models.links import PasswordLink

__all__ = ["AttemptCounter", "PasswordLink", "User", "new_session_key"]
