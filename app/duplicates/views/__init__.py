"""People who are here twice: found, looked at side by side, merged, taken back."""

import uuid
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_login import current_user

from app.duplicates.access import Pair, pair_for
from app.duplicates.fields import choices, place_choices
from app.duplicates.queries import PAGE_SIZE, alike, belongings, merges_of
from app.duplicates.rules.merging import fingerprint, keep_apart, why_not
from app.duplicates.rules.merging import merge as merge_people
from app.duplicates.rules.places import live_places
from app.duplicates.rules.undoing import undo as undo_merge
from app.errors import NotFound, RuleBroken
from app.extensions import db
from app.identity.permissions import Can
from app.units.access import unit_for
from app.units.models import Unit
from app.units.queries import patrols_of
from app.web.formats import names
from app.web.pages import go, page
from app.web.paging import asked_page, pager
from app.web.public import needs
from app.web.toasts import toast

bp = Blueprint("duplicates", __name__, url_prefix="/units/<uuid:unit_id>/duplicates")
PREVIEW = "duplicates/pair.html"


@bp.get("")
@needs(Can.KEEP_MEMBERS)
def index(unit_id: uuid.UUID) -> Response:
    """Pairs that look alike, and what was merged in the last 30 days."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    return listed(unit)


def listed(unit: Unit, problem: str = "", status: int = 200) -> Response:
    """The page."""
    number = asked_page()
    found, total = alike(current_user, unit.id, number)
    pages = pager(number, total, PAGE_SIZE, lambda to: url_for(".index", unit_id=unit.id, page=to))
    context: dict[str, Any] = {
        "unit": unit,
        "found": found,
        "pager": pages,
        "merges": merges_of(unit.id),
        "problem": problem,
    }
    return page("duplicates/index.html", status=status, **context)


@bp.get("/<uuid:kept_id>/<uuid:gone_id>")
@needs(Can.KEEP_MEMBERS)
def pair(unit_id: uuid.UUID, kept_id: uuid.UUID, gone_id: uuid.UUID) -> Response:
    """Both side by side: what differs, and what goes along."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    return preview(unit, pair_for(current_user, unit, kept_id, gone_id))


def preview(unit: Unit, found: Pair, problem: str = "", status: int = 200) -> Response:
    """The page; what was chosen stays chosen."""
    kept, gone = found.kept, found.gone
    here, there = live_places(kept.id), live_places(gone.id)
    asked = choices(kept, gone)
    if unit.id in here and unit.id in there:
        patrols = {
            patrol.id: patrol.name
            for place in (here, there)
            for patrol in patrols_of(unit.id, place[unit.id].patrol_id)
        }
        asked += place_choices(unit, here[unit.id], there[unit.id], patrols)
    goes_along, both_on = belongings((kept.id, gone.id))
    context: dict[str, Any] = {"unit": unit, "kept": kept, "gone": gone, "asked": asked, "along": goes_along}
    said: dict[str, Any] = {
        "chosen": request.form,
        "against": why_not(found),
        "seen": fingerprint(found),
        "both_on": both_on,
    }
    return page(PREVIEW, status=status, problem=problem, **context, **said)


@bp.post("/<uuid:kept_id>/<uuid:gone_id>")
@needs(Can.KEEP_MEMBERS)
def merge(unit_id: uuid.UUID, kept_id: uuid.UUID, gone_id: uuid.UUID) -> Response:
    """Make one of two, or say that they are two."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    here = url_for(".index", unit_id=unit.id)
    try:
        if "apart" in request.form:
            keep_apart(current_user, unit, kept_id, gone_id)
            db.session.commit()
            return toast(go(here), "These two are not offered again.")
        done = merge_people(current_user, unit, kept_id, gone_id, request.form, request.form.get("seen", ""))
    except NotFound:
        raise
    except RuleBroken as refusal:
        db.session.rollback()
        found = pair_for(current_user, unit, kept_id, gone_id)
        return preview(unit, found, refusal.message, refusal.status)
    said = f"{done.merge.kept.full_name} is one person now."
    moved = [row.person.full_name for row in done.moved_up if row.person_id != kept_id]
    undo = {"url": url_for(".undo", unit_id=unit.id, merge_id=done.merge.id)}
    db.session.commit()
    said = f"{said} {names(moved)} moved up from a waiting list." if moved else said
    return toast(go(here), f"{said} For 30 days it can be taken back.", undo=undo)


@bp.post("/merges/<uuid:merge_id>/undo")
@needs(Can.KEEP_MEMBERS)
def undo(unit_id: uuid.UUID, merge_id: uuid.UUID) -> Response:
    """Make two of one again."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    try:
        done, is_new = undo_merge(current_user, unit, merge_id)
    except NotFound:
        raise
    except RuleBroken as refusal:
        db.session.rollback()
        return listed(unit, refusal.message, refusal.status)
    name = done.kept.full_name
    db.session.commit()
    said = f"{name} and the other row are two again." if is_new else "That was taken back already."
    return toast(go(url_for(".index", unit_id=unit.id)), said)
