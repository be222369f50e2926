"""Sign in, sign out, and one's own account."""

from flask import Blueprint

bp = Blueprint("identity", __name__)

from app.identity.views import (  # noqa: E402, F401
    account,
    email,
    emailed,
    factors,
    passkeys,
    passwords,
    provider,
    second,
    sessions,
    signing_in,
    welcome,
)
