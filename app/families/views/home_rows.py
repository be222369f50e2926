"""Whom to call and who may collect a child: the rows of a person's page, each edited where it stands."""

import uuid
from typing import Any

from flask import Response, request, url_for
from flask_login import current_user

from app.errors import RuleBroken, Stale
from app.extensions import db, new_id
from app.families import home_rows
from app.families.access import tie_of
from app.families.home_rows import Kind
from app.families.row_forms import MAY, ROW_FORMS, RowForm
from app.families.views import bp
from app.identity.permissions import Can
from app.web.pages import go, page, wants_fragment
from app.web.public import needs
from app.web.toasts import toast

ROWS = "/family/people/<uuid:person_id>/<any(contacts, collecting):what>"


def section(person_id: uuid.UUID, what: str, *, form: RowForm | None = None, **more: Any) -> Response:
    """The list with, perhaps, one row open: alone for htmx, on a page of its own for anybody else."""
    tie = tie_of(current_user, person_id)
    kind = ROW_FORMS[what].kind
    status = more.pop("status", 200)
    return page(
        "families/rows.html",
        fragment=f"families/_{what}.html",
        status=status,
        form_errors=status >= 400,
        person=tie.person,
        is_self=tie.is_self,
        may_give=tie.may_permit,
        what=what,
        form=form,
        rows=home_rows.rows_seen(tie, kind),
        **more,
    )


@bp.get(ROWS)
@needs(Can.SEE_PERSON)
def rows(person_id: uuid.UUID, what: str) -> Response:
    """The list; ``?add=1`` with an empty row at its end."""
    # What one home says of the other is kept to it unless somebody decides otherwise.
    kept = what == "collecting"
    form = ROW_FORMS[what](formdata=None, id=new_id(), of_home=kept) if request.args.get("add") else None
    return section(person_id, what, form=form)


@bp.post(ROWS)
@needs(Can.SEE_PERSON)
def add_row(person_id: uuid.UUID, what: str) -> Response:
    """Another row."""
    tie_of(current_user, person_id)
    form = ROW_FORMS[what]()
    if not form.validate():
        return section(person_id, what, form=form, status=422)
    place = request.form.get("place", type=int)
    try:
        row, _ = home_rows.add_row(
            current_user, person_id, form.kind, form.row_id() or new_id(), form.values(), of_home=form.of_home.data
        )
        if place and form.kind.is_ordered:  # taken back: it returns to where it stood
            home_rows.move_contact(current_user, person_id, row.id, min(place, home_rows.MOST))
    except RuleBroken as refusal:
        db.session.rollback()
        return refused(person_id, what, form, refusal)
    db.session.commit()
    return done(person_id, what, f"{row.name} is on the list.")


@bp.get(f"{ROWS}/<uuid:row_id>")
@needs(Can.SEE_PERSON)
def row(person_id: uuid.UUID, what: str, row_id: uuid.UUID) -> Response:
    """The list with one row to be changed."""
    form = ROW_FORMS[what]
    found = home_rows.row_seen(tie_of(current_user, person_id), form.kind, row_id)
    return section(person_id, what, form=form.over(found), row_id=row_id)


@bp.post(f"{ROWS}/<uuid:row_id>")
@needs(Can.SEE_PERSON)
def save_row(person_id: uuid.UUID, what: str, row_id: uuid.UUID) -> Response:
    """Save a row, or by another button remove it or give it another place in the order."""
    tie_of(current_user, person_id)
    kind = ROW_FORMS[what].kind
    if "remove" in request.form:
        return remove(person_id, what, row_id, request.form["remove"])
    place = request.form.get("place", type=int)
    if place and kind.is_ordered:
        home_rows.move_contact(current_user, person_id, row_id, min(place, home_rows.MOST))
        db.session.commit()
        return done(person_id, what, "The order is changed.", moved=row_id)
    return change(person_id, what, row_id)


def change(person_id: uuid.UUID, what: str, row_id: uuid.UUID) -> Response:
    """Save what was typed."""
    form = ROW_FORMS[what]()
    if not form.validate():
        return section(person_id, what, form=form, row_id=row_id, status=422)
    values = form.values() | {"of_home": form.of_home.data}
    try:
        kept, changed = home_rows.change_row(
            current_user, person_id, form.kind, row_id, values, form.version.data or ""
        )
    except RuleBroken as refusal:
        db.session.rollback()
        return refused(person_id, what, form, refusal, row_id)
    db.session.commit()
    return done(person_id, what, f"{kept.name} is saved." if changed else "Nothing was changed.")


def remove(person_id: uuid.UUID, what: str, row_id: uuid.UUID, version: str) -> Response:
    """Take a row away; a toast offers it back."""
    form = ROW_FORMS[what]
    seen = home_rows.rows_seen(tie_of(current_user, person_id), form.kind)
    place = next((at for at, found in enumerate(seen, 1) if found.id == row_id), 1)
    said = home_rows.remove_row(current_user, person_id, form.kind, row_id, version)
    db.session.commit()
    if said is None:
        return done(person_id, what, "That entry was gone already.")
    typed = {name: value for name, value in form.shown(said).items() if value and name != "of_home"}
    fields = typed | {"id": str(row_id), "place": str(place)} | ({"of_home": "y"} if said["of_home"] else {})
    undo = {"url": url_for(".add_row", person_id=person_id, what=what), "fields": fields, "target": f"#{what}"}
    return done(person_id, what, f"{said['name']} is off the list.", undo=undo)


def refused(
    person_id: uuid.UUID, what: str, form: RowForm, refusal: RuleBroken, row_id: uuid.UUID | None = None
) -> Response:
    """The row again with the rule's sentence; with both values where somebody saved first."""
    if isinstance(refusal, Stale) and row_id:
        found = home_rows.row_seen(tie_of(current_user, person_id), form.kind, row_id)
        # Both values are seen now: saved again, what was typed goes on top.
        form.version.data, form.version.raw_data = home_rows.row_version(found, form.kind), None
    theirs = in_words(refusal.theirs, form.kind) if isinstance(refusal, Stale) else {}
    status = refusal.status
    return section(person_id, what, form=form, row_id=row_id, status=status, refusal=refusal.message, theirs=theirs)


def in_words(theirs: dict[str, Any], kind: Kind) -> dict[str, str]:
    """What stands there now, under the labels of the form."""
    labels = {
        "name": "name", "phone": "phone", "relationship_to": "who they are", "note": "note", "may_collect": "may collect",
        "home_of_id": "kept to one home",
    }  # fmt: skip
    said = {}
    for name in (*kind.fields, "home_of_id"):
        if name in theirs:
            value = theirs[name]
            words = MAY["1" if value else ""].lower() if name == "may_collect" else value or "nothing"
            said[labels[name]] = ("yes" if value else "no") if name == "home_of_id" else str(words)
    return said


def done(person_id: uuid.UUID, what: str, said: str, *, undo: dict[str, Any] | None = None, **more: Any) -> Response:
    """The list again for htmx; the person's page for a plain form."""
    if wants_fragment():
        return toast(section(person_id, what, **more), said, undo=undo)
    return toast(go(url_for(".person", person_id=person_id, _anchor=what)), said, undo=undo)
