"""Where one is signed in, and signing out there."""

import uuid

from flask import Response, url_for
from flask_login import current_user

from app.extensions import db
from app.identity.events import happened
from app.identity.permissions import Can
from app.identity.queries import sessions_of
from app.identity.rules import sessions as rules
from app.identity.sessions import is_live
from app.identity.views import bp
from app.web.formats import plural
from app.web.pages import go, page
from app.web.public import needs
from app.web.toasts import toast

NO_OTHER = "No other device was signed in."


@bp.get("/account/sessions")
@needs(Can.OWN_ACCOUNT)
def sessions() -> Response:
    """The browsers of this account."""
    live = [found for found in sessions_of(current_user) if is_live(found)]
    return page("identity/sessions.html", sessions=live)


@bp.post("/account/sessions/<uuid:session_id>/end")
@needs(Can.OWN_ACCOUNT)
def end_session(session_id: uuid.UUID) -> Response:
    """Sign one of them out; this one, too, if that is what was pressed."""
    device = rules.end_session(current_user, session_id)
    happened("signed out a device", current_user, by=current_user, changes={"device": (device, None)})
    db.session.commit()
    return toast(go(url_for("identity.sessions")), f"{device} is signed out.")


@bp.post("/account/sessions/end-others")
@needs(Can.OWN_ACCOUNT)
def end_other_sessions() -> Response:
    """Sign out everywhere but here."""
    ended = rules.end_sessions(current_user, keep=current_user.session.id)
    happened("signed out all other devices", current_user, by=current_user, changes={"devices": (ended, 0)})
    db.session.commit()
    said = f"{plural(ended, 'other device is', 'other devices are')} signed out." if ended else NO_OTHER
    return toast(go(url_for("identity.sessions")), said)
