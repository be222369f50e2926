"""One line of the list of members, edited where it stands."""

import uuid
from typing import Any

from flask import Response, request, url_for
from flask_login import current_user

from app.clock import today
from app.errors import RuleBroken, Stale
from app.extensions import db
from app.families.forms import GENDERS
from app.families.models import PersonKind
from app.identity.permissions import Can
from app.members.access import member_of
from app.members.columns import Column, fields_of, shown
from app.members.forms import PlaceForm
from app.members.listing import chosen_columns, member_in
from app.members.models import Membership
from app.members.rules.editing import OF_ADULTS, OF_PERSON, OF_PLACE, edit_member, place_version
from app.members.views import bp
from app.members.views.listing import row, table
from app.units.access import unit_for
from app.units.models import Unit
from app.units.queries import patrols_of
from app.web.pages import go, page, wants_fragment
from app.web.public import needs
from app.web.toasts import toast


@bp.get("/<uuid:person_id>/edit")
@needs(Can.KEEP_MEMBERS)
def edit(unit_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """The line with fields."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    place = member_of(unit.id, person_id)
    form = PlaceForm(**values_of(place), version=place_version(place))
    columns = columns_here(unit)
    form.keep(editable(place, columns))
    return edit_row(unit, form, place, columns)


def columns_here(unit: Unit) -> list[Column]:
    """Those that this account has chosen."""
    return shown(chosen_columns(unit.id, current_user.id), administers=True)


def editable(place: Membership, columns: list[Column]) -> set[str]:
    """What can be edited in a row: what its columns show, and of a child not what is the family's."""
    fields = fields_of(columns)
    return fields if place.person.kind == PersonKind.ADULT else fields - OF_ADULTS


def values_of(place: Membership) -> dict[str, Any]:
    """What stands there, as the form takes it."""
    values = {name: getattr(place, name) for name in OF_PLACE} | {
        name: getattr(place.person, name) for name in OF_PERSON
    }
    return values | {"registered": as_sent(place.registered), "patrol_id": str(place.patrol_id or "")}


def edit_row(
    unit: Unit, form: PlaceForm, place: Membership, columns: list[Column], refusal: RuleBroken | None = None
) -> Response:
    """The line with fields; with both values when somebody else was quicker, with its sentence when a rule said no."""
    patrols = patrol_choices(unit, place.patrol_id)
    if "patrol_id" in form:
        form.patrol_id.choices = patrols
    stale = refusal if isinstance(refusal, Stale) else None
    if stale:
        # Saving again means: I have seen it, and mine is to stand. A HiddenField prints what was sent, unless told otherwise.
        form.version.data, form.version.raw_data = place_version(place), None
    elif refusal:
        field = form[refusal.field] if refusal.field and refusal.field in form else form.version
        field.errors = [*field.errors, refusal.message]
    return page(
        "members/edit.html",
        fragment="members/_row_edit.html",
        status=refusal.status if refusal else 422 if form.errors else 200,
        form=form,
        member=member_in(unit, today(unit.time_zone), place.person_id, ()),
        stale=stale,
        theirs=in_words(stale, form, patrols) if stale else {},
        **table(unit, columns, administers=True),
    )


def in_words(stale: Stale, form: PlaceForm, patrols: dict[str, str]) -> dict[str, str]:
    """What stands there now, as people say it, by the label of the field."""
    known = patrols | GENDERS | {"True": "yes", "False": "no", "": "none"}
    return {
        form[name].label.text.lower(): known.get(text, text)
        for name, value in stale.theirs.items()
        for text in ["" if value is None else str(value)]
    }


def patrol_choices(unit: Unit, also: uuid.UUID | None = None) -> dict[str, str]:
    """The unit's patrols for a select, and one that somebody is in."""
    return {"": f"No {unit.patrol_word}"} | {str(patrol.id): patrol.name for patrol in patrols_of(unit.id, also)}


@bp.post("/<uuid:person_id>")
@needs(Can.KEEP_MEMBERS)
def save(unit_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Write what was edited in the row."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    place = member_of(unit.id, person_id)
    form = PlaceForm()
    # A field that was not sent is not meant to be emptied: the columns may have been changed in another tab.
    columns = columns_here(unit)
    form.keep(editable(place, columns) & request.form.keys())
    if "patrol_id" in form:
        form.patrol_id.choices = patrol_choices(unit, place.patrol_id)
    before = {name: as_sent(value) for name, value in values_of(place).items() if name in form}
    if not form.validate_on_submit():
        return edit_row(unit, form, place, columns)
    try:
        place = edit_member(current_user, unit, person_id, form.values(), form.version.data or "")
    except RuleBroken as refusal:
        db.session.rollback()
        return edit_row(unit, form, member_of(unit.id, person_id), columns, refusal)
    db.session.commit()
    undo = {
        "url": url_for(".save", unit_id=unit.id, person_id=person_id),
        "fields": before | {"version": place_version(place)},
        "target": f"#member-{person_id}",
    }
    return toast(saved(unit, person_id), f"{place.person.full_name} is saved.", undo=undo)


def as_sent(value: Any) -> str:
    """A value as a form sends it."""
    if value is None:
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def saved(unit: Unit, person_id: uuid.UUID) -> Response:
    """The line again for htmx; the list for a plain form."""
    return row(unit, person_id) if wants_fragment() else go(url_for(".index", unit_id=unit.id))
