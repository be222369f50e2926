"""A roster file in the browser: brought, its columns named, looked at, applied, taken back."""

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, url_for
from flask_login import current_user
from sqlalchemy.exc import IntegrityError

from app.errors import Conflict, NotFound, RuleBroken
from app.extensions import db
from app.identity.permissions import Can
from app.members.access import import_for
from app.members.forms import ColumnsForm, RosterFileForm
from app.members.importing import columns as known_columns
from app.members.importing import drafting, queries, slices, wording
from app.members.importing.applying import apply
from app.members.importing.reading import ColumnMapping
from app.members.importing.records import LARGEST_FILE
from app.members.importing.running import SAME_MOMENT
from app.members.importing.undoing import undo as take_back
from app.members.models import ImportState, Outcome, RosterImport
from app.members.rules.accounts import give_account
from app.units.access import unit_for
from app.units.models import Unit
from app.web.forms import refuse_in_form
from app.web.pages import go, page, wants_fragment
from app.web.paging import asked_page
from app.web.public import needs
from app.web.toasts import toast
from app.web.uploads import takes_files

bp = Blueprint("imports", __name__, url_prefix="/units/<uuid:unit_id>/import")
TABS = {
    Outcome.NEW: "New", Outcome.CHANGED: "Changed", Outcome.UNCLEAR: "Unclear", Outcome.REJECTED: "Cannot be used",
    "remarks": "Cells left out", Outcome.UNCHANGED: "Unchanged",
}  # fmt: skip
LONGEST_COLUMN, SAMPLES = 80, 3


@bp.get("")
@needs(Can.KEEP_MEMBERS)
def index(unit_id: uuid.UUID) -> Response:
    """Bring a file, and the imports that were made."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    return page("members/import/index.html", form=RosterFileForm(), **listed(unit))


def listed(unit: Unit) -> dict[str, Any]:
    """What the page needs beside the form."""
    return {"unit": unit, "imports": queries.imports_of(unit.id, current_user.id), "zone": ZoneInfo(unit.time_zone)}


@bp.post("")
@needs(Can.KEEP_MEMBERS)
@takes_files(LARGEST_FILE // 1024 // 1024, "file")
def bring(unit_id: uuid.UUID) -> Response:
    """Read a file. Nothing is changed yet."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    form = RosterFileForm()
    if not form.validate_on_submit():
        return page("members/import/index.html", form=form, status=422, **listed(unit))
    sent = form.file.data
    try:
        draft = drafting.start(current_user, unit, sent.stream.read(LARGEST_FILE + 1), sent.filename or "")
    except RuleBroken as refusal:
        db.session.rollback()
        return refuse_in_form(form, refusal, "members/import/index.html", **listed(unit))
    db.session.commit()
    return go(url_for(".show", unit_id=unit.id, import_id=draft.id))


@bp.get("/<uuid:import_id>")
@needs(Can.KEEP_MEMBERS)
def show(unit_id: uuid.UUID, import_id: uuid.UUID) -> Response:
    """How far it is: its columns are to be named, it is compared, it waits to be made, it was made. Looking moves it on."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    draft = import_for(current_user, unit.id, import_id)
    if draft.state == ImportState.COLUMNS:
        return go(url_for(".columns", unit_id=unit.id, import_id=draft.id))
    if draft.state == ImportState.COMPARING:
        ready = slices.go_on(draft, current_user, unit)
        db.session.commit()
        if not ready:
            return page(
                "members/import/progress.html", fragment="members/import/_progress.html", unit=unit, draft=draft
            )
        if wants_fragment():
            return go(url_for(".show", unit_id=unit.id, import_id=draft.id))
    if draft.state == ImportState.READY:
        return page("members/import/plan.html", **plan(unit, draft))
    return page("members/import/result.html", **result(unit, draft))


def plan(unit: Unit, draft: RosterImport) -> dict[str, Any]:
    """A page of what would change."""
    counts = queries.counts_of(draft.id)
    tabs = [(key, label, number) for key, label in TABS.items() if (number := number_of(counts, key))]
    asked = request.args.get("show", "")
    show = asked if asked in {tab[0] for tab in tabs} else tabs[0][0] if tabs else Outcome.NEW
    number = asked_page()
    rows = queries.rows_of(draft.id, show, number)
    if number > 1 and not rows:
        raise NotFound
    return {
        "unit": unit,
        "draft": draft,
        "counts": counts,
        "tabs": tabs,
        "show": show,
        "rows": rows,
        "number": number,
        "pages": max(1, -(-number_of(counts, show) // queries.PAGE_SIZE)),
        "patrols": queries.patrols_in(draft.id, unit.id),
        "said": wording.said,
        "described": wording.described,
    }


def number_of(counts: queries.Counts, tab: str) -> int:
    """How many rows a tab holds."""
    return counts.remarks if tab == "remarks" else counts.of(tab)


@bp.post("/<uuid:import_id>")
@needs(Can.KEEP_MEMBERS)
def send(unit_id: uuid.UUID, import_id: uuid.UUID) -> Response:
    """Keep the ticks of the page, and go to another page of the plan or make the import."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    draft = import_for(current_user, unit.id, import_id)
    shown = [int(text) for text in request.form.getlist("shown") if text.isascii() and text.isdigit() and len(text) < 7]
    drafting.tick(draft, shown[: queries.PAGE_SIZE], request.form.getlist("tick")[:5000])
    wanted, _, number = request.form.get("go", "").partition(":")
    if wanted != "apply":
        db.session.commit()
        return go(url_for(".show", unit_id=unit.id, import_id=draft.id, show=wanted or None, page=number or None))
    try:
        made = apply(draft, current_user, unit)
    except IntegrityError as collision:
        raise Conflict(SAME_MOMENT) from collision
    db.session.commit()
    said = "The roster is imported." if made else "This import was made already; nothing was changed again."
    return toast(go(url_for(".show", unit_id=unit.id, import_id=draft.id)), said)


def result(unit: Unit, draft: RosterImport) -> dict[str, Any]:
    """What was changed, what was not, and whom to make a guardian."""
    counts = queries.counts_of(draft.id)
    shown = [(key, TABS[key]) for key in (Outcome.UNCLEAR, Outcome.REJECTED, "remarks") if number_of(counts, key)]
    return {
        "unit": unit,
        "draft": draft,
        "counts": counts,
        "problems": [(title, queries.rows_of(draft.id, key, 1), number_of(counts, key)) for key, title in shown],
        "guardians": queries.guardians_named(draft) if draft.state == ImportState.APPLIED else [],
        "zone": ZoneInfo(unit.time_zone),
        "may_undo": draft.state == ImportState.APPLIED and counts.done > 0,
    }


@bp.post("/<uuid:import_id>/undo")
@needs(Can.KEEP_MEMBERS)
def undo(unit_id: uuid.UUID, import_id: uuid.UUID) -> Response:
    """Take it back as one."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    draft = import_for(current_user, unit.id, import_id)
    undone = take_back(draft, current_user, unit)
    db.session.commit()
    said = "The import is taken back." if undone else "It was taken back already."
    return toast(go(url_for(".show", unit_id=unit.id, import_id=draft.id)), said)


@bp.post("/<uuid:import_id>/forget")
@needs(Can.KEEP_MEMBERS)
def forget(unit_id: uuid.UUID, import_id: uuid.UUID) -> Response:
    """Give a plan up: what was read of the file is gone at once."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    drafting.give_up(import_for(current_user, unit.id, import_id))
    db.session.commit()
    return toast(go(url_for(".index", unit_id=unit.id)), "The plan is forgotten; nothing was changed.")


@bp.route("/<uuid:import_id>/columns", methods=["GET", "POST"])
@needs(Can.KEEP_MEMBERS)
def columns(unit_id: uuid.UUID, import_id: uuid.UUID) -> Response:
    """Say what the columns of a file hold that nobody knows."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    draft = import_for(current_user, unit.id, import_id)
    if draft.state != ImportState.COLUMNS or draft.cells is None:
        return go(url_for(".show", unit_id=unit.id, import_id=draft.id))
    form = ColumnsForm()
    context = {"unit": unit, "draft": draft, "fields": known_columns.FIELDS, **table(draft)}
    if not form.validate_on_submit():
        return page("members/import/columns.html", form=form, status=422 if form.is_submitted() else 200, **context)
    try:
        drafting.name_columns(draft, ColumnMapping(context["chosen"], form.kind.data or None))
    except RuleBroken as refusal:
        db.session.rollback()
        return refuse_in_form(form, refusal, "members/import/columns.html", **context)
    db.session.commit()
    return go(url_for(".show", unit_id=unit.id, import_id=draft.id))


def table(draft: RosterImport) -> dict[str, Any]:
    """The columns with a few cells of each, and what each is taken for."""
    labels, rows = drafting.unpacked(draft.cells or b"")
    samples = [
        [cell[:LONGEST_COLUMN] for row in rows if at < len(row.cells) and (cell := row.cells[at])][:SAMPLES]
        for at in range(len(labels))
    ]
    chosen = known_columns.guesses(labels)
    if request.method == "POST":
        sent = {label: request.form.get(f"column-{at}", "") for at, label in enumerate(labels) if label}
        chosen = {label: field for label, field in sent.items() if field in known_columns.FIELDS}
    found = [(at, label, samples[at], chosen.get(label, "")) for at, label in enumerate(labels) if label]
    return {"columns": found, "chosen": chosen, "dropped": labels.count(""), "rows": len(rows)}


@bp.post("/<uuid:import_id>/guardians/<uuid:adult_id>")
@needs(Can.KEEP_GUARDIANS)
def accept(unit_id: uuid.UUID, import_id: uuid.UUID, adult_id: uuid.UUID) -> Response:
    """Make an adult who has an account the guardian of the children beside whom the file names them."""
    unit = unit_for(current_user, Can.KEEP_GUARDIANS, unit_id)
    draft = import_for(current_user, unit.id, import_id)
    given = give_account(current_user, unit, adult_id, "", queries.children_named(draft, adult_id), ())
    db.session.commit()
    return toast(go(url_for(".show", unit_id=unit.id, import_id=draft.id)), f"{given.user.name} is a guardian now.")
