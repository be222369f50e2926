"""The patrols of a unit: added, renamed, retired and brought back."""

import uuid
from typing import Any

from flask import Response, request, url_for
from flask_login import current_user

from app.errors import RuleBroken
from app.extensions import db
from app.identity.permissions import Can
from app.units.access import may, unit_for
from app.units.forms import PatrolForm
from app.units.models import Unit
from app.units.queries import patrol_sizes
from app.units.rules import add_patrol, rename_patrol, retire_patrol
from app.units.views import bp
from app.web.forms import refuse_in_form
from app.web.pages import go, page
from app.web.public import needs
from app.web.toasts import toast


@bp.route("/<uuid:unit_id>/patrols", methods=["GET", "POST"])
@needs(Can.SEE_MEMBERS, to_write=Can.KEEP_UNIT)
def patrols(unit_id: uuid.UUID) -> Response:
    """The unit's patrols and how many are in each; an admin adds one."""
    unit = unit_for(current_user, Can.SEE_MEMBERS if request.method == "GET" else Can.KEEP_UNIT, unit_id)
    form = PatrolForm()
    context = listed(unit)
    if not form.validate_on_submit():
        return page("units/patrols.html", form=form, status=422 if form.is_submitted() else 200, **context)
    try:
        patrol = add_patrol(current_user, unit, form.name.data or "")
    except RuleBroken as refusal:
        db.session.rollback()
        return refuse_in_form(form, refusal, "units/patrols.html", **context)
    db.session.commit()
    return toast(go(url_for(".patrols", unit_id=unit.id)), f"{patrol.name} is added.")


def listed(unit: Unit) -> dict[str, Any]:
    """What the page needs."""
    return {
        "unit": unit,
        "patrols": patrol_sizes(unit.id),
        "administers": may(current_user, Can.KEEP_UNIT, unit.id),
    }


@bp.post("/<uuid:unit_id>/patrols/<uuid:patrol_id>")
@needs(Can.KEEP_UNIT)
def rename(unit_id: uuid.UUID, patrol_id: uuid.UUID) -> Response:
    """Give a patrol another name."""
    unit = unit_for(current_user, Can.KEEP_UNIT, unit_id)
    form = PatrolForm()
    problem = {"renamed": str(patrol_id), "typed": form.name.data or ""}
    empty = PatrolForm(formdata=None)
    if not form.validate_on_submit():
        problem["problem"] = " ".join(form.name.errors)
        return page("units/patrols.html", form=empty, status=422, form_errors=True, **listed(unit), **problem)
    try:
        patrol = rename_patrol(current_user, unit, patrol_id, form.name.data or "", request.form.get("seen", ""))
    except RuleBroken as refusal:
        db.session.rollback()
        if refusal.status == 404:
            raise
        problem["problem"] = refusal.message
        return page(
            "units/patrols.html", form=empty, status=refusal.status, form_errors=True, **listed(unit), **problem
        )
    db.session.commit()
    return toast(go(url_for(".patrols", unit_id=unit.id)), f"It is called {patrol.name} now.")


@bp.post("/<uuid:unit_id>/patrols/<uuid:patrol_id>/retire")
@needs(Can.KEEP_UNIT)
def retire(unit_id: uuid.UUID, patrol_id: uuid.UUID) -> Response:
    """Offer a patrol no more, or again."""
    unit = unit_for(current_user, Can.KEEP_UNIT, unit_id)
    back = "back" in request.form
    patrol = retire_patrol(current_user, unit, patrol_id, back=back)
    db.session.commit()
    here = url_for(".retire", unit_id=unit.id, patrol_id=patrol_id)
    if back:
        return toast(go(url_for(".patrols", unit_id=unit.id)), f"{patrol.name} is offered again.")
    undo = {"url": here, "fields": {"back": "1"}}
    return toast(go(url_for(".patrols", unit_id=unit.id)), f"{patrol.name} is retired: nobody new joins it.", undo=undo)
