"""What a member is and was in the unit, with its days."""

import uuid
from typing import Any

from flask import Response, request, url_for
from flask_login import current_user

from app.errors import NotFound, RuleBroken
from app.extensions import db
from app.identity.permissions import Can
from app.members.access import member_of
from app.members.forms import DaysForm, PositionForm
from app.members.rules.positions import add_position, change_position, positions_of
from app.members.views import bp
from app.units.access import unit_for
from app.units.models import Unit
from app.web.forms import refuse_in_form
from app.web.pages import go, page
from app.web.public import needs
from app.web.toasts import toast

PAGE = "members/positions.html"


@bp.route("/<uuid:person_id>/positions", methods=["GET", "POST"])
@needs(Can.KEEP_MEMBERS)
def positions(unit_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """All positions, and one more."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    place = member_of(unit.id, person_id)
    form = PositionForm()
    if not form.validate_on_submit():
        return page(PAGE, form=form, status=422 if form.is_submitted() else 200, **listed(unit, person_id))
    try:
        found = add_position(current_user, unit, place, form.name.data or "", form.days())
    except RuleBroken as refusal:
        db.session.rollback()
        return refuse_in_form(form, refusal, PAGE, **listed(unit, person_id))
    db.session.commit()
    return toast(go(url_for(".positions", unit_id=unit.id, person_id=person_id)), f"{found.name} is added.")


def listed(unit: Unit, person_id: uuid.UUID) -> dict[str, Any]:
    """What the page needs."""
    place = member_of(unit.id, person_id)
    return {"unit": unit, "person": place.person, "positions": positions_of(unit.id, person_id)}


@bp.post("/<uuid:person_id>/positions/<uuid:position_id>")
@needs(Can.KEEP_MEMBERS)
def change_days(unit_id: uuid.UUID, person_id: uuid.UUID, position_id: uuid.UUID) -> Response:
    """Other days of a position."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    form, empty = DaysForm(), PositionForm(formdata=None)
    here: dict[str, Any] = {"changed": position_id, "typed": request.form, "form_errors": True, "form": empty}
    if not form.validate_on_submit():
        problem = " ".join(error for field in form for error in field.errors)
        return page(PAGE, status=422, problem=problem, **here, **listed(unit, person_id))
    try:
        found = change_position(current_user, unit, person_id, position_id, form.days(), form.seen())
    except NotFound:
        raise
    except RuleBroken as refusal:
        db.session.rollback()
        return page(PAGE, status=refusal.status, problem=refusal.message, **here, **listed(unit, person_id))
    db.session.commit()
    return toast(go(url_for(".positions", unit_id=unit.id, person_id=person_id)), f"{found.name} is saved.")
