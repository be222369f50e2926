"""The family's one page for an outing: sign up, change, cancel."""

import uuid
from dataclasses import replace

from flask import Blueprint, Response, request, url_for
from flask_login import current_user

from app.errors import RuleBroken
from app.extensions import db
from app.families.health.rules import confirm_all
from app.identity.permissions import Can
from app.outings.access import outing_for_reader
from app.outings.models import Outing
from app.signups.access import family_for
from app.signups.consent import TEXT_VERSION, TEXTS
from app.signups.forms import read_drivers, read_ids, read_untouched, read_wish
from app.signups.models import Submission
from app.signups.party import in_words, party_page
from app.signups.rules.family import Wish, send_party
from app.web.pages import go, page, wants_fragment
from app.web.public import needs

bp = Blueprint("signups", __name__)


@bp.get("/outings/<uuid:outing_id>/signup")
@needs(Can.SEE_OUTING)
def signup(outing_id: uuid.UUID) -> Response:
    """Who of the family comes."""
    outing = outing_for_reader(current_user, outing_id)
    return show(outing, done=request.args.get("done", type=uuid.UUID))


@bp.post("/outings/<uuid:outing_id>/signup")
@needs(Can.SIGN_UP)
def send(outing_id: uuid.UUID) -> Response:
    """Make the party what the form says. The second arrival of the same form gets the first one's answer."""
    user = current_user._get_current_object()
    relatives = family_for(user, outing_id)
    # Read before: a family that takes its last one off may not be allowed to see the outing afterwards.
    outing = outing_for_reader(user, outing_id) if wants_fragment() else None
    wish = None
    try:
        wish = read_wish(request.form)
        wish = replace(wish, drivers=read_drivers(request.form), untouched=read_untouched(request.form))
        send_party(user, outing_id, wish, relatives)
        confirm_all(user, read_ids(request.form.getlist("unchanged")))
    except RuleBroken as refusal:
        db.session.rollback()
        return show(outing_for_reader(user, outing_id), wish=wish, refusal=refusal)
    db.session.commit()
    if outing:
        # The next form's key follows from this one's, so that a form that arrives five times gets five equal answers.
        return show(outing, done=wish.submission, following=uuid.uuid5(wish.submission, "next"))
    return go(url_for("signups.signup", outing_id=outing_id, done=wish.submission))


def show(
    outing: Outing,
    *,
    done: uuid.UUID | None = None,
    following: uuid.UUID | None = None,
    wish: Wish | None = None,
    refusal: RuleBroken | None = None,
) -> Response:
    """The page, with what a submission did or why it was refused."""
    party = party_page(current_user, outing, wish, following)
    submission = db.session.get(Submission, (outing.id, current_user.id, done)) if done else None
    return page(
        "signups/signup.html",
        fragment="signups/_party.html",
        status=refusal.status if refusal else 200,
        party=party,
        outing=outing,
        said=in_words(submission.result, party) if submission else [],
        somebody_waits=bool(submission and submission.result.get("waiting")),
        refusal=refusal,
        form_errors=refusal is not None,
        typed=request.form if refusal else {},
        consent_text=TEXTS[TEXT_VERSION],
    )
