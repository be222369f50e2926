"""The token in every form, which outlives a change of SECRET_KEY as the session does."""

from flask import current_app
from flask_wtf.csrf import CSRFProtect
from itsdangerous import BadData, URLSafeTimedSerializer

SALT = "wtf-csrf-token"  # what Flask-WTF signs with


class Csrf(CSRFProtect):
    """Flask-WTF's own, which signs with SECRET_KEY alone. It still compares the token with that of the session."""

    def _get_csrf_token(self) -> str | None:
        token: str | None = super()._get_csrf_token()
        return renewed(token) if token else None


def renewed(token: str) -> str:
    """``token``, signed with the newest key if one of SECRET_KEY_FALLBACKS had signed it."""
    for key in current_app.config["SECRET_KEY_FALLBACKS"]:
        try:
            raw = URLSafeTimedSerializer(key, salt=SALT).loads(token)
        except BadData:
            continue
        return str(URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=SALT).dumps(raw))
    return token
