"""The way in for another guardian. Opening the page spends nothing; sending its form does."""

from flask import Response, request, url_for
from flask_login import current_user

from app.errors import RuleBroken
from app.extensions import db
from app.families import guardians
from app.families.forms import InvitedForm
from app.families.views import bp
from app.identity import limits
from app.identity.arriving import arrive
from app.identity.permissions import Can
from app.web.forms import refuse_in_form
from app.web.pages import go, page
from app.web.public import needs
from app.web.toasts import toast

PAGE = "families/invitation.html"


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@needs(Can.COME_IN)
def invitation(token: str) -> Response:
    """Which child, by first name; then the account at hand, or a new one, becomes its guardian."""
    found = guardians.open_invitation(token)
    form, known = InvitedForm(), current_user.is_authenticated
    context = {"first_name": found.person.preferred_name or found.person.first_name, "token": token}
    if not form.is_submitted() or not (known or form.validate()):
        return private(page(PAGE, form=form, status=422 if form.is_submitted() else 200, **context))
    try:
        if not known:
            # Whoever holds links must not find out with them which addresses have an account; nor who makes ever new ones.
            limits.spend(f"invited:{found.created_by_id}", limits.PER_ACCOUNT)
            limits.spend(f"invited:address:{request.remote_addr or ''}", limits.PER_ADDRESS)
            db.session.commit()
            found = guardians.open_invitation(token)
        user = current_user if known else guardians.new_account(*form.account())
        person = guardians.accept(user, found)
    except RuleBroken as refusal:
        db.session.rollback()
        return private(refuse_in_form(form, refusal, PAGE, **context))
    db.session.commit()
    home = url_for(".index")
    return toast(
        go(home) if known else arrive(user, remember=False, next=home), f"You look after {person.full_name} here now."
    )


def private(response: Response) -> Response:
    """The address is the key: no other site, and no log of one, may see it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
