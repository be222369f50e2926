"""Where every way to sign in ends."""

from flask import Response, url_for

from app.identity.models import User
from app.identity.sessions import remember_browser, start_session
from app.web.pages import go, safe_next


def arrive(user: User, *, remember: bool, next: str | None) -> Response:
    """``user`` has shown who it is: start the session, and go to ``next`` when it is a page of this site, else home.

    The caller has committed. ``remember`` keeps the session when the browser is closed.
    """
    start_session(user, remember)
    response = go(safe_next(next, url_for("outings.home")))
    remember_browser(response, user)
    return response
