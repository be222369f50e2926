"""Accounts: who signs in, where, the links that set a password, and the counters that slow guessing down."""

from app.identity.models.accounts import User
from app.identity.models.counters import AttemptCounter
from app.identity.models.links import PasswordLink
from app.identity.models.sessions import MOST_SESSIONS, BrowserSession

__all__ = ["MOST_SESSIONS", "AttemptCounter", "BrowserSession", "PasswordLink", "User"]
