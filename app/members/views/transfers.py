"""Members who go to another unit, and those who are to come."""

import uuid
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_login import current_user

from app.errors import NotFound, RuleBroken
from app.extensions import db
from app.identity.permissions import Can
from app.members.access import member_of
from app.members.forms import TransferForm
from app.members.models import Transfer, TransferState
from app.members.queries import transfers_of
from app.members.rules.transfers import accept, coming_outings, turn_down
from app.members.rules.transfers import transfer as transfer_member
from app.units.access import unit_for
from app.units.models import Unit
from app.web.formats import names, plural
from app.web.forms import refuse_in_form
from app.web.pages import go, page
from app.web.public import needs
from app.web.toasts import toast

bp = Blueprint("transfers", __name__, url_prefix="/units/<uuid:unit_id>")
PAGE = "members/transfer.html"


@bp.route("/members/<uuid:person_id>/transfer", methods=["GET", "POST"])
@needs(Can.KEEP_MEMBERS)
def transfer(unit_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Say where somebody goes."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    form = TransferForm()
    if not form.validate_on_submit():
        return page(PAGE, form=form, status=422 if form.is_submitted() else 200, **about(unit, person_id))
    try:
        found = transfer_member(current_user, unit, person_id, form.to.data or "")
    except NotFound:
        raise
    except RuleBroken as refusal:
        db.session.rollback()
        return refuse_in_form(form, refusal, PAGE, **about(unit, person_id))
    said = in_words(found)
    db.session.commit()
    return toast(go(url_for("members.index", unit_id=unit.id)), said)


def about(unit: Unit, person_id: uuid.UUID) -> dict[str, Any]:
    """What the page needs."""
    person = member_of(unit.id, person_id).person
    return {"unit": unit, "person": person, "coming": coming_outings(person_id, unit.id)}


def in_words(found: Transfer) -> str:
    """What has happened, and what has not."""
    name = found.person.full_name
    if found.state != TransferState.ACCEPTED:
        return f"An admin of {found.to_unit.name} now accepts or declines. Until then {name} stays in {found.from_unit.name}."
    said = f"{name} is in {found.to_unit.name} now."
    coming = coming_outings(found.person_id, found.from_unit_id)
    titles = names([outing.title for outing in coming])
    return (
        f"{said} The {plural(len(coming), 'sign-up')} for {titles} stay{'s' if len(coming) == 1 else ''}."
        if coming
        else said
    )


@bp.get("/transfers")
@needs(Can.KEEP_MEMBERS)
def index(unit_id: uuid.UUID) -> Response:
    """Who is to come, and who is to go."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    found = transfers_of(unit.id)
    return page("members/transfers.html", unit=unit, found=found)


@bp.post("/transfers/<uuid:transfer_id>")
@needs(Can.KEEP_MEMBERS)
def decide(unit_id: uuid.UUID, transfer_id: uuid.UUID) -> Response:
    """Accept, decline, or take back."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    try:
        found = (accept if "accept" in request.form else turn_down)(current_user, unit, transfer_id)
    except NotFound:
        raise
    except RuleBroken as refusal:
        db.session.rollback()
        return page(
            "members/transfers.html",
            status=refusal.status,
            unit=unit,
            found=transfers_of(unit.id),
            problem=refusal.message,
        )
    done = {TransferState.DECLINED: "declined", TransferState.WITHDRAWN: "taken back"}
    state = TransferState(found.state)
    said = f"The transfer of {found.person.full_name} is {done[state]}." if state in done else in_words(found)
    db.session.commit()
    return toast(go(url_for(".index", unit_id=unit.id)), said)
