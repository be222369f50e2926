"""Inviting families, and answering those that ask."""

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, url_for
from flask_login import current_user

from app.clock import today
from app.errors import RuleBroken
from app.extensions import db
from app.identity.permissions import Can
from app.members import joining
from app.members.joining_forms import ChildrenForm, DeclineForm, MailForm
from app.members.rules import invitations as rules
from app.members.rules import joining as requests
from app.units.access import may, unit_for
from app.units.models import Unit
from app.web.forms import refuse_in_form
from app.web.pages import go, page
from app.web.paging import asked_page, pager
from app.web.public import needs
from app.web.toasts import toast

bp = Blueprint("invitations", __name__, url_prefix="/units/<uuid:unit_id>/invitations")
COPIES = 6  # of the unit's own link on one sheet
PAGE = "members/invitations.html"


@bp.get("")
@needs(Can.INVITE)
def index(unit_id: uuid.UUID) -> Response:
    """Who waits for an answer, the forms to invite, and what is open."""
    unit = unit_for(current_user, Can.INVITE, unit_id)
    context = context_of(unit)
    return page(PAGE, form=mail_form(context), **context)


def context_of(unit: Unit) -> dict[str, Any]:
    """What the page needs beside its form."""
    decides = may(current_user, Can.KEEP_GUARDIANS, unit.id)
    number = asked_page()
    rows, total = joining.open_invitations(unit.id, number)
    pages = pager(number, total, joining.PAGE_SIZE, lambda to: url_for(".index", unit_id=unit.id, page=to))
    return {
        "unit": unit,
        "zone": ZoneInfo(unit.time_zone),
        "decides": decides,
        "requests": joining.waiting_requests(unit.id) if decides else [],
        "youth": joining.candidates(unit.id, today(unit.time_zone)) if decides else [],
        "rows": rows,
        "pager": pages,
    }


def mail_form(context: dict[str, Any]) -> MailForm:
    """With the children that this account may name."""
    form = MailForm()
    form.offer(context["youth"])
    return form


@bp.post("")
@needs(Can.INVITE)
def send(unit_id: uuid.UUID) -> Response:
    """By mail."""
    unit = unit_for(current_user, Can.INVITE, unit_id)
    context = context_of(unit)
    form = mail_form(context)
    if not form.validate_on_submit():
        return page(PAGE, form=form, status=422, **context)
    try:
        rules.begin_inviting(current_user, unit, request.remote_addr or "")
        db.session.commit()
        made = rules.invite_by_mail(current_user, unit, form.email.data or "", form.person_id())
    except RuleBroken as refusal:
        db.session.commit()
        return refuse_in_form(form, refusal, PAGE, **context_of(unit))
    said = f"An invitation is on its way to {made.email}."
    db.session.commit()
    return toast(go(url_for(".index", unit_id=unit_id)), said)


@bp.post("/print")
@needs(Can.INVITE)
def print_links(unit_id: uuid.UUID) -> Response:
    """On paper: the links are in the answer itself, this once, so that no address, history or session keeps them."""
    unit = unit_for(current_user, Can.INVITE, unit_id)
    form = ChildrenForm()
    # A leader who names a child is told no by the rule.
    form.offer(joining.candidates(unit.id, today(unit.time_zone)))
    if not form.validate_on_submit():
        raise RuleBroken(rules.NO_CHILD)
    rules.begin_inviting(current_user, unit, request.remote_addr or "")
    db.session.commit()
    made = rules.make_links(current_user, unit, form.ids())
    db.session.commit()
    slips = [slip_of(one) for one in made]
    response = page(
        "members/slips.html", unit=unit, zone=ZoneInfo(unit.time_zone), slips=slips * (1 if form.ids() else COPIES)
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def slip_of(made: rules.Made) -> dict[str, Any]:
    """One piece of paper: whom it is for, the link, and a picture of the link that is drawn in the page itself."""
    import segno  # 3 MB, for those few who print a code

    child, link = made.invitation.person, url_for("joining.join", token=made.token, _external=True)
    qr = segno.make(link, error="m").svg_data_uri(scale=4, border=3, light="white")
    return {"child": child.full_name if child else None, "link": link, "qr": qr, "until": made.invitation.expires_at}


@bp.post("/<uuid:invitation_id>/withdraw")
@needs(Can.INVITE)
def withdraw(unit_id: uuid.UUID, invitation_id: uuid.UUID) -> Response:
    """Take one back."""
    unit = unit_for(current_user, Can.INVITE, unit_id)
    rules.withdraw(current_user, unit, invitation_id)
    db.session.commit()
    return toast(go(url_for(".index", unit_id=unit_id)), "The invitation is taken back.")


@bp.get("/requests/<uuid:request_id>")
@needs(Can.KEEP_GUARDIANS)
def show(unit_id: uuid.UUID, request_id: uuid.UUID) -> Response:
    """Who asks, and which children could be theirs."""
    unit = unit_for(current_user, Can.KEEP_GUARDIANS, unit_id)
    return page("members/request.html", form=ChildrenForm(), **request_context(unit, request_id))


def request_context(unit: Unit, request_id: uuid.UUID) -> dict[str, Any]:
    """What the page needs beside its forms."""
    found = requests.waiting(current_user, unit, request_id)
    near = joining.candidates(unit.id, today(unit.time_zone), found.name)
    return {
        "unit": unit,
        "found": found,
        "zone": ZoneInfo(unit.time_zone),
        "near": [child for child in near if child.is_near],
        "others": [child for child in near if not child.is_near],
        "decline": DeclineForm(formdata=None),
    }


@bp.post("/requests/<uuid:request_id>/accept")
@needs(Can.KEEP_GUARDIANS)
def accept(unit_id: uuid.UUID, request_id: uuid.UUID) -> Response:
    """Connect the account with the children that were ticked."""
    unit = unit_for(current_user, Can.KEEP_GUARDIANS, unit_id)
    form, context = ChildrenForm(), request_context(unit, request_id)
    form.offer([*context["near"], *context["others"]])
    if not form.validate_on_submit():
        form.children.errors = [requests.NO_YOUTH]
        return page("members/request.html", form=form, status=422, **context)
    try:
        found = requests.accept_request(current_user, unit, request_id, form.ids())
    except RuleBroken as refusal:
        db.session.rollback()
        return refuse_in_form(form, refusal, "members/request.html", **request_context(unit, request_id))
    name = found.name
    db.session.commit()
    return toast(go(url_for(".index", unit_id=unit_id)), f"{name} is connected and is told by mail.")


@bp.post("/requests/<uuid:request_id>/decline")
@needs(Can.KEEP_GUARDIANS)
def decline(unit_id: uuid.UUID, request_id: uuid.UUID) -> Response:
    """Say no with a sentence."""
    unit = unit_for(current_user, Can.KEEP_GUARDIANS, unit_id)
    form, context = DeclineForm(), request_context(unit, request_id)
    context["decline"] = form
    if not form.validate_on_submit():
        return page("members/request.html", form=form, status=422, **context)
    try:
        found = requests.decline_request(current_user, unit, request_id, form.reply.data or "")
    except RuleBroken as refusal:
        db.session.rollback()
        context = request_context(unit, request_id) | {"decline": form}
        return refuse_in_form(form, refusal, "members/request.html", **context)
    name = found.name
    db.session.commit()
    return toast(go(url_for(".index", unit_id=unit_id)), f"{name} is told by mail.")
