"""The token in every form, which outlives a change of SECRET_KEY as the session does."""

from functools import lru_cache
from typing import Any

from flask import Flask, current_app, session
from flask_wtf.csrf import CSRFProtect, generate_csrf
from itsdangerous import BadData, URLSafeTimedSerializer

SALT = "wtf-csrf-token"  # what Flask-WTF signs with
FIELD = "csrf_token"
MOST_TOKENS = 1000  # of sessions that are in use, in each process


class Csrf(CSRFProtect):
    """Flask-WTF's own, which signs with SECRET_KEY alone. It still compares the token with that of the session."""

    def init_app(self, app: Flask) -> None:
        """As Flask-WTF does, but with a token that is signed once."""
        super().init_app(app)
        app.jinja_env.globals["csrf_token"] = token
        app.context_processor(lambda: {"csrf_token": token})

    def _get_csrf_token(self) -> str | None:
        sent: str | None = super()._get_csrf_token()
        return renewed(sent) if sent else None


def token() -> str:
    """What templates print. It lasts as long as the session (WTF_CSRF_TIME_LIMIT), so it is the same on every page."""
    if FIELD not in session:
        return str(generate_csrf())
    return signed(session[FIELD], current_app.config["SECRET_KEY"])


@lru_cache(maxsize=MOST_TOKENS)
def signed(raw: Any, key: str) -> str:
    """A session's own token as a form carries it."""
    return str(URLSafeTimedSerializer(key, salt=SALT).dumps(raw))


def renewed(token: str) -> str:
    """``token``, signed with the newest key if one of SECRET_KEY_FALLBACKS had signed it."""
    for key in current_app.config["SECRET_KEY_FALLBACKS"]:
        try:
            raw = URLSafeTimedSerializer(key, salt=SALT).loads(token)
        except BadData:
            continue
        return signed(raw, current_app.config["SECRET_KEY"])
    return token
