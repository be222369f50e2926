"""Where every way to sign in ends."""

from flask import Response, request, url_for

from app.identity.devices import device_of
from app.identity.events import happened
from app.identity.models import User
from app.identity.sessions import remember_browser, start_session
from app.web.pages import go, safe_next


def arrive(user: User, *, remember: bool, next: str | None) -> Response:
    """``user`` has shown who it is: start the session, and go to ``next`` when it is a page of this site, else home.

    The caller has committed. ``remember`` keeps the session when the browser is closed.
    """
    happened("signed in", user, by=user, changes={"device": (None, device_of(request.user_agent.string))})
    start_session(user, remember)
    response = go(safe_next(next, url_for("outings.home")))
    remember_browser(response, user)
    return response
