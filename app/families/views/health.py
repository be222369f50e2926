"""Diet and health of one of one's own people, on a page of its own."""

import uuid
from typing import Any

from flask import Response, request, url_for
from flask_login import current_user

from app.errors import RuleBroken, Stale
from app.extensions import db
from app.families.access import Tie, tie_of
from app.families.health import rules
from app.families.health.notes import Kept, kept_for_guardian, looks_at
from app.families.health.words import ALLERGENS, differences
from app.families.health_forms import HealthForm
from app.families.views import bp
from app.identity.permissions import Can
from app.web.forms import refuse_in_form
from app.web.pages import go, page, safe_next
from app.web.public import needs
from app.web.toasts import toast

PAGE = "families/health.html"


@bp.route("/family/people/<uuid:person_id>/health", methods=["GET", "POST"])
@needs(Can.KEEP_HEALTH)
def health(person_id: uuid.UUID) -> Response:
    """See and change what leaders have to know."""
    tie = tie_of(current_user, person_id)
    kept = kept_for_guardian(tie)
    form, context = HealthForm.of(kept), context_of(tie, kept)
    if form.is_submitted() and (focus := form.rearranged(request.form)):
        return page(PAGE, form=form, focus=focus, **context)
    if not form.validate_on_submit():
        return page(PAGE, form=form, status=422 if form.is_submitted() else 200, **context)
    try:
        changed = rules.write(current_user, person_id, form.answers(), form.papers(), form.based_on())
    except Stale as refusal:
        db.session.rollback()
        return conflict(form, person_id, refusal)
    except RuleBroken as refusal:
        db.session.rollback()
        return refuse_in_form(form, refusal, PAGE, **context_of(tie_of(current_user, person_id), kept))
    db.session.commit()
    said = "are saved" if changed else "are right as of today"
    return toast(go(way_out()), f"The health notes on {tie.person.full_name} {said}.")


@bp.post("/family/people/<uuid:person_id>/health/unchanged")
@needs(Can.KEEP_HEALTH)
def unchanged(person_id: uuid.UUID) -> Response:
    """Say that nothing has changed."""
    rules.confirm(current_user, person_id)
    db.session.commit()
    name = tie_of(current_user, person_id).person.full_name
    return toast(go(way_out()), f"The health notes on {name} are right as of today.")


def way_out() -> str:
    """Where one came from, such as a sign-up, or the family."""
    return safe_next(request.args.get("next"), url_for(".index"))


def context_of(tie: Tie, kept: Kept) -> dict[str, Any]:
    """What the page needs beside the form."""
    return {
        "person": tie.person,
        "is_self": tie.is_self,
        "confirmed_at": kept.confirmed_at,
        "looks": looks_at(tie),
        "allergens": ALLERGENS,
        "way_out": way_out(),
    }


def conflict(form: HealthForm, person_id: uuid.UUID, refusal: Stale) -> Response:
    """Both values side by side. The form keeps what was typed; saving it again puts it on top of what stands there now."""
    tie = tie_of(current_user, person_id)
    kept = kept_for_guardian(tie)
    form.version.data, form.version.raw_data = kept.version, None
    return page(
        PAGE,
        status=409,
        form=form,
        stale=refusal.message,
        differences=differences(refusal),
        **context_of(tie, kept),
    )
