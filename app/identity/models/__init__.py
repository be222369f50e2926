"""Accounts: who signs in, where and with what, the links that set a password, and the counters that slow guessing down."""

from app.identity.models.accounts import User
from app.identity.models.counters import AttemptCounter
from app.identity.models.emailed import EmailedLink, Purpose
from app.identity.models.factors import MOST_FACTORS, RecoveryCode, SecondFactor
from app.identity.models.links import PasswordLink
from app.identity.models.outside import OutsideAccount
from app.identity.models.sessions import MOST_SESSIONS, BrowserSession

__all__ = [
    "MOST_FACTORS",
    "MOST_SESSIONS",
    "AttemptCounter",
    "BrowserSession",
    "EmailedLink",
    "OutsideAccount",
    "PasswordLink",
    "Purpose",
    "RecoveryCode",
    "SecondFactor",
    "User",
]
