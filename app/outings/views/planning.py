"""Plan, edit, publish and cancel; for leaders."""

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, current_app, request, url_for
from flask_login import current_user

from app.errors import NotAllowed, RuleBroken, Stale
from app.extensions import db, new_id
from app.identity.permissions import Can
from app.outings import access, leads, rules
from app.outings.comparison import compared
from app.outings.forms import STATES, PlanForm, filled_from, read_uuid
from app.outings.models import Outing, OutingState
from app.outings.queries import guest_unit_names
from app.outings.views import bp
from app.units.queries import units_led_by
from app.web.formats import names
from app.web.forms import refuse_in_form
from app.web.pages import go, page, wants_fragment
from app.web.public import needs
from app.web.toasts import toast

SAID = {
    OutingState.DRAFT: "{} is a draft. Publish it when families may see it.",
    OutingState.PUBLISHED: "{} is published. Families see it now.",
    OutingState.CANCELLED: "{} is cancelled. Everybody stays on the list.",
}


@bp.route("/outings/new", methods=["GET", "POST"])
@needs(Can.PLAN_OUTINGS)
def plan() -> Response:
    """Plan a new outing."""
    form = PlanForm(key=str(new_id()))
    units = offer_units(form)
    if not units:
        raise NotAllowed("Only leaders plan outings.")
    form.state.choices = {state: STATES[state] for state in (OutingState.DRAFT, OutingState.PUBLISHED)}
    if not form.validate_on_submit():
        return page("outings/plan.html", form=form, status=422 if form.is_submitted() else 200)
    try:
        unit = rules.host_unit(current_user, form.host())
        wanted = form.plan(unit.id, ZoneInfo(unit.time_zone))
        outing, made = rules.plan_outing(current_user, read_uuid(form.key.data) or new_id(), wanted)
    except RuleBroken as refusal:
        db.session.rollback()
        return refuse_in_form(form, refusal, "outings/plan.html")
    db.session.commit()
    said = SAID[OutingState(outing.state)] if made else "{} was saved already."
    return toast(go(url_for(".show", outing_id=outing.id)), said.format(outing.title))


@bp.route("/outings/<uuid:outing_id>/edit", methods=["GET", "POST"])
@needs(Can.PLAN_OUTINGS)
def edit(outing_id: uuid.UUID) -> Response:
    """Change an outing."""
    outing = access.outing_for(current_user, Can.PLAN_OUTINGS, outing_id)
    form = PlanForm(data=filled_from(outing, [] if request.method == "POST" else guest_unit_names(outing.id)))
    units = offer_units(form, outing)
    if not form.validate_on_submit():
        return edit_page(form, outing, 422 if form.is_submitted() else 200)
    try:
        unit = rules.host_unit(current_user, form.host())
        wanted = form.plan(unit.id, ZoneInfo(unit.time_zone), outing)
        kept = current_app.config["HEALTH_OPEN"]
        edited = rules.edit_outing(current_user, outing.id, form.based_on(), wanted, kept)
    except Stale as refusal:
        return edit_conflict(form, outing, refusal, units)
    except RuleBroken as refusal:
        db.session.rollback()
        return refuse_in_form(form, refusal, "outings/edit.html", **edit_context(form, outing, refusal))
    db.session.commit()
    return toast(go(url_for(".show", outing_id=outing.id)), what_happened(edited))


@bp.post("/outings/<uuid:outing_id>/state")
@needs(Can.PLAN_OUTINGS)
def set_state(outing_id: uuid.UUID) -> Response:
    """Publish or cancel with one button, and take it back with the toast's."""
    outing = access.outing_for(current_user, Can.PLAN_OUTINGS, outing_id)
    before, wanted = outing.state, request.form.get("state", "")
    edited = rules.change_state(current_user, outing.id, request.form.get("version", 0, type=int), wanted)
    db.session.commit()
    undo = {
        "url": url_for(".set_state", outing_id=outing_id),
        "fields": {"state": before, "version": edited.outing.version},
    }
    said = SAID[OutingState(wanted)].format(outing.title) + moved_up(edited)
    return toast(go(url_for(".show", outing_id=outing_id)), said, undo=undo if edited.changes else None)


@bp.post("/outings/<uuid:outing_id>/leads")
@needs(Can.PLAN_OUTINGS)
def set_lead(outing_id: uuid.UUID) -> Response:
    """Name somebody who leads the outing, or take that back."""
    outing = access.outing_for(current_user, Can.PLAN_OUTINGS, outing_id)
    user_id, wanted = request.form.get("user_id", type=uuid.UUID), request.form.get("leads") == "1"
    if user_id is None:
        raise RuleBroken("Choose who leads this outing.", "user_id")
    user = leads.set_lead(current_user, outing_id, user_id, wanted)
    db.session.commit()
    said = f"{user.name} {'leads' if wanted else 'no longer leads'} this outing."
    url = url_for(".set_lead", outing_id=outing_id)
    undo = {"url": url, "fields": {"user_id": str(user_id), "leads": "" if wanted else "1"}, "target": "#leads"}
    if wants_fragment():
        shown = page("outings/_leads.html", outing=outing, leaders=leads.leaders_of(outing))
        return toast(shown, said, undo=undo)
    return toast(go(url_for(".show", outing_id=outing_id)), said, undo=undo)


def offer_units(form: PlanForm, outing: Outing | None = None) -> dict[str, str]:
    """Fill in the units to choose from, by id; the host of the outing is always one of them."""
    choices = {str(unit.id): unit.name for unit in units_led_by(current_user)}
    if outing:
        choices[str(outing.unit_id)] = outing.unit.name
    form.unit_id.choices = choices
    return choices


def edit_page(form: PlanForm, outing: Outing, status: int = 200, **context: Any) -> Response:
    """The form over an outing that is there."""
    return page("outings/edit.html", form=form, status=status, **edit_context(form, outing), **context)


def edit_context(form: PlanForm, outing: Outing, refusal: RuleBroken | None = None) -> dict[str, Any]:
    """What the form shows beside its fields; the reason for overbooking only when there is something to explain."""
    asked = refusal is not None and refusal.field == "overbook_reason"
    return {"outing": outing, "asks_reason": asked or bool(form.overbook_reason.data)}


def edit_conflict(form: PlanForm, outing: Outing, refusal: Stale, units: dict[str, str]) -> Response:
    """Both values side by side; what was typed stays in the form, which can now be saved on top."""
    form.version.data = str(outing.version)
    differences = compared(refusal, outing.zone, units)
    db.session.rollback()
    return edit_page(form, outing, refusal.status, stale=refusal.message, differences=differences)


def what_happened(edited: rules.Edited) -> str:
    """The toast after an edit."""
    asked = " Guardians are asked for their permission again." if edited.outdates_permission else ""
    return ("Saved." if edited.changes else "Nothing was changed.") + moved_up(edited) + asked


def moved_up(edited: rules.Edited) -> str:
    """Who got a seat by it."""
    return f" {names(edited.moved_up)} moved up from the waiting list." if edited.moved_up else ""
