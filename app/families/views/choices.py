"""Photos of somebody, and the trainings that an adult claims: parts of a person's page that are chosen, not typed."""

import uuid
from typing import Any

from flask import Response, request, url_for
from flask_login import current_user

from app.clock import today
from app.errors import NotAllowed, NotFound, RuleBroken, Stale
from app.extensions import db
from app.families import photos
from app.families.access import tie_of
from app.families.listing import member_of_family
from app.families.models import PersonKind, PhotoConsent
from app.families.row_forms import ClaimForm, PhotoForm
from app.families.training import rules
from app.families.training.catalogue import LAST_CHECKED
from app.families.training.queries import own_courses, refusals_of
from app.families.views import bp
from app.identity.permissions import Can
from app.web.forms import refuse_in_form
from app.web.pages import go, page
from app.web.public import needs
from app.web.toasts import toast


@bp.route("/family/people/<uuid:person_id>/photos", methods=["GET", "POST"])
@needs(Can.SEE_PERSON, to_write=Can.CONSENT)
def photo_consent(person_id: uuid.UUID) -> Response:
    """Where photos of somebody may be seen."""
    tie = tie_of(current_user, person_id)
    if request.method == "POST" and not tie.may_permit:
        raise NotAllowed("Another guardian gives permission for this child.")
    form = PhotoForm(level=tie.person.photo_consent, seen=tie.person.photo_consent or "")
    context: dict[str, Any] = {"person": tie.person, "is_self": tie.is_self, "may_give": tie.may_permit}
    if not form.validate_on_submit():
        return page("families/photos.html", form=form, status=422 if form.is_submitted() else 200, **context)
    try:
        _, changed = photos.give(current_user, person_id, PhotoConsent(form.level.data), form.seen.data or None)
    except RuleBroken as refusal:
        db.session.rollback()
        if isinstance(refusal, Stale):
            form.seen.data, form.seen.raw_data = refusal.theirs["photo_consent"] or "", None
        return refuse_in_form(form, refusal, "families/photos.html", **context)
    db.session.commit()
    back = go(url_for(".person", person_id=person_id, _anchor="photos"))
    return toast(back, "What you chose about photos is saved." if changed else "Nothing was changed.")


@bp.route("/family/people/<uuid:person_id>/trainings", methods=["GET", "POST"])
@needs(Can.SEE_PERSON)
def own_trainings(person_id: uuid.UUID) -> Response:
    """What an adult has, and the form to claim more. A leader confirms it."""
    tie = tie_of(current_user, person_id)
    if tie.person.kind_on(today()) != PersonKind.ADULT:
        raise NotFound
    form = ClaimForm()
    form.code.choices = {course.code: course.name for course in own_courses(tie.person.id)}
    context: dict[str, Any] = {
        "member": member_of_family(tie, today()),
        "person": tie.person,
        "last_checked": LAST_CHECKED,
        "refusals": refusals_of(tie.person.id),
    }
    if request.method == "GET":
        form.code.data = request.args.get("code") or form.code.data
    if not form.validate_on_submit():
        return page("families/trainings.html", form=form, status=422 if form.is_submitted() else 200, **context)
    try:
        claim, changed = rules.claim(current_user, person_id, form.proof())
    except RuleBroken as refusal:
        db.session.rollback()
        return refuse_in_form(form, refusal, "families/trainings.html", **context)
    db.session.commit()
    said = f"{claim.name} waits for a leader to confirm it." if changed else "You have said so already."
    return toast(go(url_for(".own_trainings", person_id=person_id)), said)


@bp.post("/family/people/<uuid:person_id>/trainings/<uuid:claim_id>/withdraw")
@needs(Can.SEE_PERSON)
def withdraw_claim(person_id: uuid.UUID, claim_id: uuid.UUID) -> Response:
    """Take a claim back."""
    claim = rules.withdraw(current_user, person_id, claim_id)
    db.session.commit()
    said = f"{claim.name} is taken back." if claim else "A leader has decided about it already."
    return toast(go(url_for(".own_trainings", person_id=person_id)), said)
