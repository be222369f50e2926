"""The units that one leads, and their settings."""

import uuid
from typing import Any

from flask import Response, url_for
from flask_login import current_user

from app.errors import RuleBroken, Stale
from app.extensions import db
from app.identity.permissions import Can
from app.units.access import refuse_unless_site_admin, unit_for
from app.units.forms import SettingsForm, UnitForm
from app.units.models import UnitKind
from app.units.queries import PAGE_SIZE, units_page
from app.units.rules import add_unit, change_unit
from app.units.views import bp
from app.web.forms import refuse_in_form
from app.web.pages import go, page
from app.web.paging import asked_page, pager
from app.web.public import needs
from app.web.toasts import toast


@bp.get("")
@needs(Can.OWN_ACCOUNT)
def index() -> Response:
    """The units that one leads; all of them for a site admin, who also adds new ones here."""
    return page("units/index.html", form=UnitForm(), **listed())


@bp.post("")
@needs(Can.RUN_SITE)
def add() -> Response:
    """A new unit."""
    refuse_unless_site_admin(current_user)
    form = UnitForm()
    if not form.validate_on_submit():
        return page("units/index.html", status=422, form=form, **listed())
    try:
        kind, preset = UnitKind(form.kind.data), form.policy_preset.data
        unit = add_unit(current_user, form.name.data or "", kind, form.time_zone.data or "", preset)
    except RuleBroken as refusal:
        db.session.rollback()
        return refuse_in_form(form, refusal, "units/index.html", **listed())
    db.session.commit()
    return toast(go(url_for("members.index", unit_id=unit.id)), f"{unit.name} is added. Now its people.")


def listed() -> dict[str, Any]:
    """A page of the list."""
    number = asked_page()
    rows, total = units_page(current_user, number)
    return {"rows": rows, "pager": pager(number, total, PAGE_SIZE, lambda to: url_for("units.index", page=to))}


@bp.route("/<uuid:unit_id>/settings", methods=["GET", "POST"])
@needs(Can.KEEP_UNIT)
def settings(unit_id: uuid.UUID) -> Response:
    """What the unit is, and who sees its list of outings."""
    unit = unit_for(current_user, Can.KEEP_UNIT, unit_id)
    form = SettingsForm(obj=unit)
    if not form.validate_on_submit():
        return page("units/settings.html", unit=unit, form=form, status=422 if form.is_submitted() else 200)
    try:
        unit, changed = change_unit(current_user, unit_id, form.based_on(), form.values())
    except RuleBroken as refusal:
        db.session.rollback()
        unit = unit_for(current_user, Can.KEEP_UNIT, unit_id)
        # Seen now: saved again, what was typed goes on top.
        form.version.data, form.version.raw_data = str(unit.version), None
        theirs = refusal.theirs if isinstance(refusal, Stale) else {}
        return refuse_in_form(form, refusal, "units/settings.html", unit=unit, theirs=theirs)
    db.session.commit()
    return toast(go(url_for(".settings", unit_id=unit.id)), "Saved." if changed else "Nothing was changed.")
