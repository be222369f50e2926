"""One's own people: see them, add to them, change them, each where they stand."""

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
from app.families.home_rows import COLLECTORS, rows_seen
from app.families.listing import family_list, is_asked_for_grade, member_of_family
from app.families.models import PersonKind
from app.families.photos import LEVELS
from app.families.queries import last_name_of, name_of_account
from app.families.training.catalogue import LAST_CHECKED
from app.families.views import bp
from app.identity.permissions import Can
from app.web.forms import refuse_in_form
from app.web.pages import go, page, wants_fragment
from app.web.public import needs
from app.web.toasts import toast

NEW: dict[str, Any] = {"template": "families/new.html", "fragment": "families/_person_new.html"}
EDIT: dict[str, Any] = {"template": "families/edit.html", "fragment": "families/_person_edit.html"}


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
        return page(**NEW, form=form, status=422 if form.is_submitted() else 200, **context)
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
        return refuse_in_form(form, refusal, **NEW, **context)
    db.session.commit()
    return saved(person.id, f"{person.full_name} is {'added' if added else 'on your list already'}.", is_new=True)


def new_form(is_self: bool) -> PersonForm:
    """An empty form, with the id that makes sending it twice harmless."""
    form = PersonForm()
    del form.grade
    if is_self:
        del form.relationship_to, form.contact_of_home
    if request.method == "GET":
        form.id.data = str(new_id())
        form.last_name.data = last_name_of(current_user.id)
    return form.named("new") if wants_fragment() else form


@bp.get("/family/people/<uuid:person_id>")
@needs(Can.SEE_PERSON)
def person(person_id: uuid.UUID) -> Response:
    """One of them: what is missing, whom to call, who may collect them, photos, trainings. For htmx the card alone."""
    tie = tie_of(current_user, person_id)
    member = member_of_family(tie, today())
    if wants_fragment():
        return page("families/_person.html", person=member)
    by_id = tie.person.photo_consent_by_id
    return page(
        "families/person.html",
        member=member,
        contacts=tie.contacts,
        collectors=rows_seen(tie, COLLECTORS) if member.kind == PersonKind.YOUTH else [],
        levels=LEVELS,
        giver=name_of_account(by_id) if by_id else None,
        may_give=tie.may_permit,
        last_checked=LAST_CHECKED,
        **person_context(tie),
    )


@bp.get("/family/people/<uuid:person_id>/edit")
@needs(Can.SEE_PERSON)
def edit(person_id: uuid.UUID) -> Response:
    """The same person with fields."""
    tie = tie_of(current_user, person_id)
    return page(**EDIT, form=person_form(tie), **person_context(tie))


@bp.post("/family/people/<uuid:person_id>")
@needs(Can.SEE_PERSON)
def save(person_id: uuid.UUID) -> Response:
    """Change one of them."""
    tie = tie_of(current_user, person_id)
    form = person_form(tie)
    if not form.validate():
        return page(**EDIT, form=form, status=422, **person_context(tie))
    try:
        _, changed = rules.edit_person(current_user, person_id, form.details(), form.based_on())
    except Stale as refusal:
        db.session.rollback()
        return conflict(form, person_id, refusal)
    except RuleBroken as refusal:
        db.session.rollback()
        return refuse_in_form(form, refusal, **EDIT, **person_context(tie_of(current_user, person_id)))
    db.session.commit()
    return saved(person_id, f"{tie.person.full_name} is saved." if changed else "Nothing was changed.")


def saved(person_id: uuid.UUID, said: str, *, is_new: bool = False) -> Response:
    """The card as it is now for htmx; the family for a plain form."""
    if not wants_fragment():
        return toast(go(url_for(".index", _anchor=f"person-{person_id}")), said)
    member = member_of_family(tie_of(current_user, person_id), today())
    return toast(page("families/_person.html", person=member, is_new=is_new), said)


def person_form(tie: Tie) -> PersonForm:
    """The form: with what is kept when it is opened, with what was sent when it comes back."""
    form = PersonForm(data=rules.current_values(tie) | {"version": tie.person.version, "id": tie.person.id})
    # The relationship was settled when the person was added or the account given; contacts have a list of their own.
    del form.relationship_to, form.contact_name, form.contact_phone, form.contact_relationship, form.contact_of_home
    if tie.person.kind_on(today()) == PersonKind.ADULT or not is_asked_for_grade(tie.person.id):
        del form.grade
    return form.named(str(tie.person.id)) if wants_fragment() else form


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
        **EDIT,
        status=409,
        form=form,
        stale=refusal.message,
        differences=differences(refusal),
        form_errors=True,
        **person_context(tie),
    )
