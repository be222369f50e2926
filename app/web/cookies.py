"""Flask's session in a signed cookie, of which each is opened once: the same letters, under the same keys, hold the same."""

import time
from datetime import datetime
from functools import lru_cache

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.web.headers import vary_by

MOST_COOKIES = 1000  # of sessions that are in use, in each process; a cookie that we have not signed is never kept


class SignedCookies(SecureCookieSessionInterface):
    """How long a cookie lasts is asked each time."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """What the browser's cookie holds; nothing, if we have not signed it or it has lasted too long."""
        cookie = request.cookies.get(self.get_cookie_name(app))
        if not cookie:  # nor is there a signature to be refused at some length
            return self.session_class()
        keys = (*(app.config["SECRET_KEY_FALLBACKS"] or ()), app.config["SECRET_KEY"])
        try:
            payload, signed_at = opened(cookie, keys)
        except BadSignature:
            return self.session_class()
        if not 0 <= time.time() - signed_at.timestamp() <= app.permanent_session_lifetime.total_seconds():
            return self.session_class()
        # Read anew, since a request may change what is in it.
        return self.session_class(self.serializer.loads(payload))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """As Flask does it, which finds out all about a cookie before it looks whether there is one to be set."""
        if not session or self.should_set_cookie(app, session):
            super().save_session(app, session, response)
        elif session.accessed:
            vary_by(response, "Cookie")


@lru_cache(maxsize=MOST_COOKIES)
def opened(cookie: str, keys: tuple[str, ...]) -> tuple[str, datetime]:
    """What was signed, as JSON, and when.

    Raises:
        BadSignature: none of the ``keys``, of which the last is the newest, has signed it.
    """
    flask = SignedCookies
    serializer = URLSafeTimedSerializer(
        list(keys),
        salt=flask.salt,
        serializer=flask.serializer,
        signer_kwargs={"key_derivation": flask.key_derivation, "digest_method": flask.digest_method},
    )
    held, signed_at = serializer.loads(cookie, return_timestamp=True)
    return flask.serializer.dumps(held), signed_at
