"""Deleting one's account: what goes, what stays and why; some days to think; and the way back."""

from flask import Response, url_for
from flask_login import current_user
from flask_wtf import FlaskForm

from app.errors import RuleBroken
from app.extensions import db
from app.identity.confirming import confirmed
from app.identity.permissions import Can
from app.policies.retention import LONGEST_RECORD
from app.privacy import queries
from app.privacy.queries import GRACE_DAYS
from app.privacy.rules import asking
from app.privacy.views import bp
from app.web.pages import go, page
from app.web.public import needs
from app.web.toasts import toast


@bp.route("/account/delete", methods=["GET", "POST"])
@needs(Can.OWN_ACCOUNT)
@confirmed
def leave() -> Response:
    """What would become of everybody, and the button."""
    if not FlaskForm().validate_on_submit():
        return leave_page()
    try:
        asking.ask_to_leave(current_user._get_current_object())
    except RuleBroken as refusal:
        db.session.rollback()
        return leave_page(refusal.status)
    db.session.commit()
    return toast(go(url_for(".data")), f"Your account will be deleted in {GRACE_DAYS} days.")


def leave_page(status: int = 200) -> Response:
    """The page, with what stands against it."""
    family = queries.family_leaving(current_user)
    places = queries.coming_places([person.id for person in family if person.fate != queries.Fate.STAYS])
    return page(
        "privacy/leave.html",
        status=status,
        family=family,
        places=places,
        obstacles=queries.obstacles(current_user),
        days=GRACE_DAYS,
        years=LONGEST_RECORD // 365,
    )


@bp.post("/account/keep")
@needs(Can.OWN_ACCOUNT)
def keep() -> Response:
    """The way back."""
    asking.stay(current_user._get_current_object())
    db.session.commit()
    return toast(go(url_for(".data")), "Your account stays.")
