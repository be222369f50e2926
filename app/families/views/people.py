"""One's own people: see them, add to them, change them."""

import uuid
from typing import Any

from flask import Response, request, url_for
from flask_login import current_user

from app.clock import today
from app.errors import RuleBroken, Stale
from app.extensions import db, new_id
from app.families import rules
from app.families.access import Tie, tie_of
from app.families.differences import differences
from app.families.forms import PersonForm
from app.families.listing import family_list
from app.families.models import PersonKind
from app.families.queries import last_name_of
from app.families.views import bp
from app.identity.permissions import Can
from app.web.forms import refuse_in_form
from app.web.pages import go, page
from app.web.public import needs
from app.web.toasts import toast


@bp.get("/family")
@needs(Can.OWN_ACCOUNT)
def index() -> Response:
    """Everybody one looks after, and oneself."""
    people = family_list(current_user, today())
    return page("families/index.html", people=people, has_self=any(person.is_self for person in people))


@bp.route("/family/people/new", methods=["GET", "POST"])
@needs(Can.OWN_ACCOUNT)
def new() -> Response:
    """Add a child, another adult, or oneself (``?who=me``)."""
    is_self = request.args.get("who") == "me"
    context: dict[str, Any] = {"is_self": is_self, "is_adult": True}
    form = new_form(is_self)
    if not form.validate_on_submit():
        return page("families/new.html", form=form, status=422 if form.is_submitted() else 200, **context)
    relationship = None if is_self else form.relationship_to.data
    try:
        person, added = rules.add_person(
            current_user,
            form.person_id() or new_id(),
            form.details(),
            relationship=relationship,
            is_self=is_self,
        )
    except RuleBroken as refusal:
        db.session.rollback()
        return refuse_in_form(form, refusal, "families/new.html", **context)
    db.session.commit()
    return toast(go(url_for(".index")), f"{person.full_name} is {'added' if added else 'on your list already'}.")


def new_form(is_self: bool) -> PersonForm:
    """An empty form, with the id that makes sending it twice harmless."""
    form = PersonForm()
    if is_self:
        del form.relationship_to, form.contact_of_home
    if request.method == "GET":
        form.id.data = str(new_id())
        form.last_name.data = last_name_of(current_user.id)
    return form


@bp.route("/family/people/<uuid:person_id>", methods=["GET", "POST"])
@needs(Can.SEE_PERSON)
def person(person_id: uuid.UUID) -> Response:
    """See and change one of them."""
    tie = tie_of(current_user, person_id)
    form = person_form(tie)
    if not form.validate_on_submit():
        return page(
            "families/person.html", form=form, status=422 if form.is_submitted() else 200, **person_context(tie)
        )
    try:
        saved, changed = rules.edit_person(current_user, person_id, form.details(), form.based_on())
    except Stale as refusal:
        db.session.rollback()
        return conflict(form, person_id, refusal)
    except RuleBroken as refusal:
        db.session.rollback()
        return refuse_in_form(form, refusal, "families/person.html", **person_context(tie_of(current_user, person_id)))
    db.session.commit()
    return toast(go(url_for(".index")), f"{saved.full_name} is saved." if changed else "Nothing was changed.")


def person_form(tie: Tie) -> PersonForm:
    """The form: with what is kept when it is opened, with what was sent when it comes back."""
    form = PersonForm(data=rules.current_values(tie) | {"version": tie.person.version, "id": tie.person.id})
    # The relationship was settled when the person was added or the account given.
    del form.relationship_to
    if tie.is_self:
        del form.contact_of_home
    return form


def person_context(tie: Tie) -> dict[str, Any]:
    """What the page needs beside the form."""
    return {
        "person": tie.person,
        "is_self": tie.is_self,
        "is_adult": tie.person.kind_on(today()) == PersonKind.ADULT,
        "may_see_health": tie.may_see_health,
    }


def conflict(form: PersonForm, person_id: uuid.UUID, refusal: Stale) -> Response:
    """Both values side by side. The form keeps what was typed; saving it again puts it on top of what stands there now."""
    tie = tie_of(current_user, person_id)
    form.version.data, form.version.raw_data = str(tie.person.version), None
    return page(
        "families/person.html",
        status=409,
        form=form,
        stale=refusal.message,
        differences=differences(refusal),
        **person_context(tie),
    )
