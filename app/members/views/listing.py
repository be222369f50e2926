"""The list of a unit's people, and one line of it edited where it stands."""

import uuid
from typing import Any

from flask import Response, request, url_for
from flask_login import current_user

from app.clock import today
from app.errors import NotFound, RuleBroken, Stale
from app.extensions import db
from app.identity.permissions import Can
from app.members.access import member_of
from app.members.forms import PlaceForm
from app.members.importing.cells import clean
from app.members.listing import LONGEST_SEARCH, MemberPage, member_in, members_of
from app.members.rules.people import move_member, place_version
from app.members.views import bp
from app.units.access import may, unit_for
from app.units.models import Unit
from app.units.queries import patrols_of
from app.web.pages import go, page, wants_fragment
from app.web.public import needs
from app.web.toasts import toast


@bp.get("")
@needs(Can.SEE_MEMBERS)
def index(unit_id: uuid.UUID) -> Response:
    """Everybody in the unit, and a search that answers while one types."""
    unit = unit_for(current_user, Can.SEE_MEMBERS, unit_id)
    search = clean(request.args.get("q", "")[:LONGEST_SEARCH])
    number = max(1, min(request.args.get("page", 1, type=int), 10_000))
    found = members_of(unit, today(unit.time_zone), search=search, number=number)
    if number > 1 and not found.rows:
        raise NotFound
    return page(
        "members/index.html",
        fragment="members/_list.html",
        unit=unit,
        found=found,
        search=search,
        pager=pager(unit, found, search),
        administers=may(current_user, Can.KEEP_MEMBERS, unit.id),
    )


def pager(unit: Unit, found: MemberPage, search: str) -> dict[str, Any]:
    """What the pager macro prints."""

    def address(number: int) -> str:
        return url_for(".index", unit_id=unit.id, q=search or None, page=number if number > 1 else None)

    return {
        "number": found.number,
        "pages": found.pages,
        "total": found.total,
        "prev_url": address(found.number - 1) if found.number > 1 else None,
        "next_url": address(found.number + 1) if found.number < found.pages else None,
    }


@bp.get("/<uuid:person_id>")
@needs(Can.SEE_MEMBERS)
def show(unit_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """One line of the list."""
    return row(unit_for(current_user, Can.SEE_MEMBERS, unit_id), person_id)


def row(unit: Unit, person_id: uuid.UUID) -> Response:
    """The line, alone for htmx or on a page of its own."""
    member = member_in(unit, today(unit.time_zone), person_id)
    if member is None:
        raise NotFound
    administers = may(current_user, Can.KEEP_MEMBERS, unit.id)
    return page("members/show.html", fragment="members/_row.html", unit=unit, member=member, administers=administers)


@bp.get("/<uuid:person_id>/edit")
@needs(Can.KEEP_MEMBERS)
def edit(unit_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """The same line with fields."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    place = member_of(unit.id, person_id)
    form = PlaceForm(version=place_version(place), patrol_id=str(place.patrol_id or ""), position=place.position)
    return edit_row(unit, form, person_id)


def edit_row(unit: Unit, form: PlaceForm, person_id: uuid.UUID, refusal: RuleBroken | None = None) -> Response:
    """The line with fields; with both values when somebody else was quicker, with its sentence when a rule said no."""
    form.patrol_id.choices = patrol_choices(unit)
    stale = refusal if isinstance(refusal, Stale) else None
    if stale:
        # Saving again means: I have seen it, and mine is to stand. A HiddenField prints what was sent, unless told otherwise.
        form.version.data = place_version(member_of(unit.id, person_id))
        form.version.raw_data = None
    elif refusal:
        form.patrol_id.errors = [*form.patrol_id.errors, refusal.message]
    return page(
        "members/edit.html",
        fragment="members/_row_edit.html",
        status=refusal.status if refusal else 422 if form.errors else 200,
        unit=unit,
        form=form,
        member=member_in(unit, today(unit.time_zone), person_id),
        stale=stale,
        theirs=in_words(stale, patrol_choices(unit)) if stale else {},
    )


def in_words(stale: Stale, patrols: dict[str, str]) -> dict[str, str]:
    """What stands there now, as people say it."""
    return {
        name: patrols.get(str(value or ""), value or "none") if name == "patrol_id" else value or "none"
        for name, value in stale.theirs.items()
    }


def patrol_choices(unit: Unit) -> dict[str, str]:
    """The unit's patrols for a select."""
    return {"": f"No {unit.patrol_word}"} | {str(patrol.id): patrol.name for patrol in patrols_of(unit.id)}


@bp.post("/<uuid:person_id>")
@needs(Can.KEEP_MEMBERS)
def save(unit_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Move a member to another patrol, or give another position."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    before = member_of(unit.id, person_id)
    fields = {"patrol_id": str(before.patrol_id or ""), "position": before.position or ""}
    form = PlaceForm()
    form.patrol_id.choices = patrol_choices(unit)
    if not form.validate_on_submit():
        return edit_row(unit, form, person_id)
    try:
        place = move_member(
            current_user, unit, person_id, form.patrol(), form.position.data or None, form.version.data or ""
        )
    except RuleBroken as refusal:
        db.session.rollback()
        return edit_row(unit, form, person_id, refusal)
    db.session.commit()
    undo = {
        "url": url_for(".save", unit_id=unit.id, person_id=person_id),
        "fields": fields | {"version": place_version(place)},
        "target": f"#member-{person_id}",
    }
    return toast(saved(unit, person_id), f"{place.person.full_name} is saved.", undo=undo)


def saved(unit: Unit, person_id: uuid.UUID) -> Response:
    """The line again for htmx; the list for a plain form."""
    return row(unit, person_id) if wants_fragment() else go(url_for(".index", unit_id=unit.id))
