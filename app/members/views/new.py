"""A person added by hand, so that a unit can start without a file."""

import uuid

from flask import Response, request, url_for
from flask_login import current_user

from app.errors import RuleBroken
from app.extensions import db, new_id
from app.families.models import PersonKind
from app.identity.permissions import Can
from app.members.forms import NewMemberForm, read_uuid
from app.members.rules.people import NewMember, add_member
from app.members.views import bp
from app.members.views.editing import patrol_choices
from app.units.access import unit_for
from app.web.forms import refuse_in_form
from app.web.pages import go, page
from app.web.public import needs
from app.web.toasts import toast


@bp.route("/new", methods=["GET", "POST"])
@needs(Can.KEEP_MEMBERS)
def new(unit_id: uuid.UUID) -> Response:
    """Add a person to the unit."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    form = NewMemberForm()
    form.patrol_id.choices = patrol_choices(unit)
    if request.method == "GET":
        form.id.data = str(new_id())
    if not form.validate_on_submit():
        return page("members/new.html", unit=unit, form=form, status=422 if form.is_submitted() else 200)
    try:
        person, added = add_member(current_user, unit, wanted(form))
    except RuleBroken as refusal:
        db.session.rollback()
        return refuse_in_form(form, refusal, "members/new.html", unit=unit)
    db.session.commit()
    said = f"{person.full_name} is added." if added else f"{person.full_name} was added already."
    return toast(go(url_for(".index", unit_id=unit.id)), said)


def wanted(form: NewMemberForm) -> NewMember:
    """What the form says."""
    return NewMember(
        id=read_uuid(form.id.data) or new_id(),
        first_name=form.first_name.data or "",
        last_name=form.last_name.data or "",
        kind=PersonKind(form.kind.data or PersonKind.YOUTH),
        birth_date=form.birth_date.data,
        gender=form.gender.data or None,
        patrol_id=read_uuid(form.patrol_id.data),
        member_number=form.member_number.data or None,
    )
