"""Trainings of a unit's adults on a day: who has what, one line written where it stands, and what adults claim."""

import uuid
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, Response, request, url_for
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from app.clock import today
from app.errors import NotFound, RuleBroken
from app.extensions import db
from app.families.training.catalogue import LAST_CHECKED
from app.identity.permissions import Can
from app.members.access import member_of
from app.members.rules.trainings import Taken, decide_claim, others_lead, take_away, write_down
from app.members.training_forms import DecisionForm, TrainingForm
from app.members.trainings import PAGE_SIZE, Asked, Show, adult_in, adults_page, asked_of, counts, waiting_claims
from app.units.access import may, unit_for
from app.units.models import Unit
from app.web.forms import read_date
from app.web.pages import go, page, wants_fragment
from app.web.paging import pager
from app.web.public import needs
from app.web.toasts import toast

bp = Blueprint("trainings", __name__, url_prefix="/units/<uuid:unit_id>/trainings")


def asked_for(unit: Unit, args: "MultiDict[str, str] | None" = None) -> Asked:
    """What the address says; a day that cannot be read is today."""
    args = request.args if args is None else args
    try:
        day = read_date(args.get("on", ""))
    except ValueError:
        day = None
    return asked_of(unit, day, args.get("code", ""), args.get("show", ""), args.get("page", 1, type=int))


def address(unit: Unit, asked: Asked, page: int | None = None) -> str:
    """The address of a page of the same list."""
    return url_for(
        "trainings.index",
        unit_id=unit.id,
        on=asked.day.isoformat() if asked.day != today(unit.time_zone) else None,
        code=asked.course.code if asked.course else None,
        show=asked.show.value if asked.show is not Show.ALL else None,
        page=page,
    )


def listing(unit: Unit, asked: Asked) -> dict[str, Any]:
    """What the page's template needs.

    Raises:
        NotFound: there is no such page.
    """
    rows, total = adults_page(unit, asked, current_user.id)
    pages = pager(asked.number, total, PAGE_SIZE, lambda to: address(unit, asked, to))
    adults, figures = counts(unit, asked)
    claims = waiting_claims(unit.id)
    return {
        "unit": unit, "asked": asked, "rows": rows, "pager": pages, "adults": adults, "figures": figures,
        "claims": claims, "here": address(unit, asked).partition("?")[2],
        "may_own": not others_lead(current_user, unit.id), "last_checked": LAST_CHECKED,
        "administers": may(current_user, Can.KEEP_MEMBERS, unit.id),
    }  # fmt: skip


@bp.get("")
@needs(Can.KEEP_TRAININGS)
def index(unit_id: uuid.UUID) -> Response:
    """Every adult of the unit, and what each has on a day."""
    unit = unit_for(current_user, Can.KEEP_TRAININGS, unit_id)
    return page("trainings/index.html", fragment="trainings/_list.html", **listing(unit, asked_for(unit)))


@bp.get("/<uuid:person_id>")
@needs(Can.KEEP_TRAININGS)
def show(unit_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """One line of the list."""
    return row(unit_for(current_user, Can.KEEP_TRAININGS, unit_id), person_id)


def row(unit: Unit, person_id: uuid.UUID, form: TrainingForm | None = None, status: int = 200) -> Response:
    """The line, read or with fields: alone for htmx, on a page of its own for anybody else."""
    asked = asked_for(unit)
    adult = adult_in(unit, asked, person_id, current_user.id)
    if adult is None:
        raise NotFound
    return page(
        "trainings/one.html",
        fragment=f"trainings/{'_row_edit' if form else '_row'}.html",
        status=status,
        form_errors=status >= 400,
        unit=unit,
        asked=asked,
        adult=adult,
        form=form,
        here=address(unit, asked).partition("?")[2],
        may_own=not adult.is_own or not others_lead(current_user, unit.id),
    )


def form_for(unit: Unit) -> TrainingForm:
    """The form with the courses of the unit's rules."""
    form = TrainingForm()
    form.code.choices = {course.code: course.name for course in asked_for(unit).courses}
    return form


@bp.get("/<uuid:person_id>/edit")
@needs(Can.KEEP_TRAININGS)
def edit(unit_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """The same line with fields."""
    unit = unit_for(current_user, Can.KEEP_TRAININGS, unit_id)
    form = form_for(unit)
    asked = asked_for(unit)
    if asked.course:
        form.code.data = asked.course.code
    return row(unit, person_id, form)


@bp.post("/<uuid:person_id>")
@needs(Can.KEEP_TRAININGS)
def save(unit_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Write a training down, or by another button take it away."""
    unit = unit_for(current_user, Can.KEEP_TRAININGS, unit_id)
    person = member_of(unit.id, person_id).person
    form = form_for(unit)
    if not form.validate():
        return row(unit, person_id, form, 422)
    try:
        if "remove" in request.form:
            taken = take_away(current_user, unit, person_id, form.code.data)
            return removed(unit, person_id, form.code.data, taken)
        training, changed = write_down(current_user, unit, person_id, form.proof(), replace=form.replace.data)
    except RuleBroken as refusal:
        db.session.rollback()
        return refused(unit, person_id, form, refusal)
    db.session.commit()
    said = f"{training.name} of {person.full_name} is written down." if changed else "Nothing was changed."
    return done(unit, person_id, said)


def removed(unit: Unit, person_id: uuid.UUID, code: str, taken: Taken | None) -> Response:
    """The line again; a toast brings back what was taken away."""
    db.session.commit()
    if taken is None:
        return done(unit, person_id, "There was nothing to take away.")
    fields = {"code": code, "completed_on": taken.completed_on, "expires_on": taken.expires_on}
    undo = {
        "url": url_for(".save", unit_id=unit.id, person_id=person_id),
        "fields": {name: str(value) for name, value in fields.items() if value},
        "target": f"#adult-{person_id}",
    }
    dated = taken.completed_on or taken.expires_on
    return done(unit, person_id, f"{taken.name} is taken away.", undo=undo if dated else None)


def refused(unit: Unit, person_id: uuid.UUID, form: TrainingForm, refusal: RuleBroken) -> Response:
    """The line with fields again, and the rule's sentence beside the one that it is about.

    Raises:
        RuleBroken: the refusal itself, where it is about no field.
    """
    if not refusal.field or refusal.field not in form:
        raise refusal
    form[refusal.field].errors = [refusal.message]
    return row(unit, person_id, form, refusal.status)


def done(unit: Unit, person_id: uuid.UUID, said: str, *, undo: dict[str, Any] | None = None) -> Response:
    """The line again for htmx; the list for a plain form."""
    if wants_fragment():
        return toast(row(unit, person_id), said, undo=undo)
    return toast(go(address(unit, asked_for(unit)) + f"#adult-{person_id}"), said, undo=undo)


@bp.post("/claims/<uuid:claim_id>")
@needs(Can.KEEP_TRAININGS)
def decide(unit_id: uuid.UUID, claim_id: uuid.UUID) -> Response:
    """Confirm what an adult claims, or refuse it and say why."""
    unit = unit_for(current_user, Can.KEEP_TRAININGS, unit_id)
    form = DecisionForm()
    if not form.validate():
        raise RuleBroken(" ".join(error for field in form for error in field.errors), "reply")
    confirmed = "confirm" in request.form
    seen_days, reply = request.form.get("seen"), form.reply.data or ""
    claim = decide_claim(current_user, unit, claim_id, confirmed=confirmed, reply=reply, seen=seen_days)
    db.session.commit()
    said = f"{claim.name} of {claim.person.full_name} is {'confirmed' if confirmed else 'refused'}."
    if not wants_fragment():
        return toast(go(url_for(".index", unit_id=unit.id)), said)
    shown = request.htmx.current_url or ""  # type: ignore[attr-defined]
    seen: MultiDict[str, str] = MultiDict(parse_qsl(urlsplit(shown).query))
    return toast(page("trainings/_list.html", **listing(unit, asked_for(unit, seen))), said)
