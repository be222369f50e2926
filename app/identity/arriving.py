"""Where every way to sign in ends."""

import uuid
from typing import Any, NamedTuple

from flask import Response, request, session, url_for

from app.clock import now
from app.extensions import db
from app.identity.devices import device_of
from app.identity.events import happened
from app.identity.letters import tell_of_new_device
from app.identity.models import User
from app.identity.rules.accounts import account_key, digest
from app.identity.rules.factors import has_factor
from app.identity.sessions import known_as, remember_browser, start_session, stop_session
from app.web.pages import go, safe_next

WAITING = "waiting_for_second_factor"
LASTS = 600  # seconds between the first factor and the second


class Waiting(NamedTuple):
    """Somebody who has shown the first factor, and what was asked for."""

    user: User
    remember: bool
    next: str | None


def arrive(user: User, *, remember: bool, next: str | None, by_mail: bool = False) -> Response:
    """``user`` has shown who it is: start the session and go to ``next``, or ask for the second factor if there is one.

    The caller has committed. ``next`` counts when it is a page of this site, else home does. ``remember`` keeps the session
    when the browser is closed. ``by_mail``: by a link that was sent, so that the mailbox knows already; else the account's owner is
    told of a device that it was not seen on before.
    """
    if not has_factor(user):
        return come_in(user, remember=remember, next=next, by_mail=by_mail)
    stop_session()
    db.session.commit()
    at = int(now().timestamp())
    session[WAITING] = {"user": str(user.id), "at": at, "remember": remember, "next": next, "proof": proof_of(user)}
    return go(url_for("identity.second_factor"))


def come_in(user: User, *, remember: bool, next: str | None, by_mail: bool = False) -> Response:
    """All that is due was shown."""
    happened("signed in", user, by=user, changes={"device": (None, device_of(request.user_agent.string))})
    if not by_mail and known_as() != account_key("", user.id):
        tell_of_new_device(user, device_of(request.user_agent.string))
    start_session(user, remember)
    response = go(safe_next(next, url_for("outings.home")))
    remember_browser(response, user)
    return response


def who_waits() -> Waiting | None:
    """Whoever this browser has shown the first factor for, unless that was too long ago or the password has changed."""
    kept: dict[str, Any] | None = session.get(WAITING)
    if not kept or now().timestamp() - kept["at"] > LASTS:
        return None
    user = db.session.get(User, uuid.UUID(kept["user"]))
    if user is None or user.suspended_at is not None or kept["proof"] != proof_of(user):
        return None
    return Waiting(user, kept["remember"], kept["next"])


def proof_of(user: User) -> str:
    """Changes with the password; the cookie can be read by its owner, so that it says nothing of the hash."""
    return digest(f"waiting {user.id} {user.password_hash}")[:32]
