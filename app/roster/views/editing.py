"""One row: read it, edit it, save it, move it in line, take it back."""

import uuid

from flask import Response, request, url_for
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from app.errors import NotFound, RuleBroken, Stale
from app.extensions import db
from app.families.models import PersonKind
from app.identity.permissions import Can
from app.outings.access import outing_for
from app.outings.models import Outing
from app.roster import queries, wording
from app.roster.desk import Desk
from app.roster.forms import PlaceForm, RowForm, first_error, problems
from app.roster.found import Found
from app.roster.views import bp
from app.roster.views.reading import Asked, listing
from app.signups.models import ParticipantState
from app.signups.rules import leader, undoing
from app.signups.rules.leader import Done
from app.units.queries import patrols_of
from app.web.pages import go, page, wants_fragment
from app.web.public import needs
from app.web.toasts import toast

ROW = "/outings/<uuid:outing_id>/roster/<uuid:participant_id>"


def row_for(what: Can, outing_id: uuid.UUID, participant_id: uuid.UUID) -> tuple[Outing, Found]:
    """A row of an outing, for somebody who may do ``what`` with it.

    Raises:
        NotFound, NotAllowed: as ``outing_for``; NotFound: the outing has no such row.
    """
    outing = outing_for(current_user, what, outing_id)
    found = queries.rows_of(outing, [participant_id]).get(participant_id)
    if found is None:
        raise NotFound("This person is not on the roster.")
    return outing, found


@bp.get(ROW)
@needs(Can.KEEP_ROSTER)
def row(outing_id: uuid.UUID, participant_id: uuid.UUID) -> Response:
    """One row as it stands; on a page of its own also whom to call, and who may collect a child, until some days after the end."""
    outing, found = row_for(Can.KEEP_ROSTER, outing_id, participant_id)
    desk = Desk(outing)
    return page(
        "roster/one.html",
        fragment="roster/_row.html",
        desk=desk,
        line=desk.lines([found])[0],
        others=[],
        calls=None if wants_fragment() else desk.calls(found),
        is_youth=found.kind == PersonKind.YOUTH,
    )


@bp.get(f"{ROW}/edit")
@needs(Can.KEEP_ROSTER)
def edit(outing_id: uuid.UUID, participant_id: uuid.UUID) -> Response:
    """The same row, with its cells to be changed."""
    outing, found = row_for(Can.KEEP_ROSTER, outing_id, participant_id)
    return edit_row(outing, found, RowForm.over(found, patrols_for(outing, found)))


@bp.post(ROW)
@needs(Can.KEEP_ROSTER)
def save(outing_id: uuid.UUID, participant_id: uuid.UUID) -> Response:
    """Save what was sent of the row."""
    outing, found = row_for(Can.KEEP_ROSTER, outing_id, participant_id)
    form = RowForm.over(found, patrols_for(outing, found), sent_fields())
    if not form.validate():
        return edit_row(outing, found, form, status=422)
    try:
        done = leader.edit_row(
            current_user,
            outing_id,
            participant_id,
            int(form.version.data or 0),
            form.details(),
            form.state.data,
            (form.overbook_reason.data or "").strip() or None,
        )
    except RuleBroken as refusal:
        return refuse(outing_id, participant_id, form, refusal)
    db.session.commit()
    return changed(outing, done, wording.saved(found, done, form.patrols))


@bp.post(f"{ROW}/undo")
@needs(Can.KEEP_ROSTER)
def undo(outing_id: uuid.UUID, participant_id: uuid.UUID) -> Response:
    """Take one's own edit back."""
    outing, found = row_for(Can.KEEP_ROSTER, outing_id, participant_id)
    entry = request.form.get("entry", type=uuid.UUID)
    if entry is None:
        raise NotFound("There is nothing to take back.")
    done = undoing.undo(current_user, outing_id, participant_id, entry)
    db.session.commit()
    return changed(outing, done, wording.taken_back(found, done), may_undo=False)


@bp.post(f"{ROW}/place")
@needs(Can.KEEP_ROSTER)
def place(outing_id: uuid.UUID, participant_id: uuid.UUID) -> Response:
    """Move a waiting party in line. Every place behind it changes, so the whole list is shown again."""
    outing, found = row_for(Can.KEEP_ROSTER, outing_id, participant_id)
    form = PlaceForm()
    if not form.validate():
        raise RuleBroken(first_error(form), "place")
    moved = leader.move_in_line(
        current_user, outing_id, participant_id, int(form.place.data or 0), form.reason.data or ""
    )
    db.session.commit()
    said = wording.moved_in_line(found, moved, participant_id)
    if not wants_fragment():
        return toast(back_to_list(outing, participant_id), said)
    shown = listing(Desk(outing), Asked.by_page(), or_first=True)
    return toast(page("roster/_list.html", with_counts=True, **shown), said)


def sent_fields() -> "MultiDict[str, str]":
    """The row's fields; the button that takes somebody off sends the version as its own value."""
    sent: MultiDict[str, str] = MultiDict(request.form)
    if "cancel" in sent:
        sent = MultiDict({"version": sent["cancel"], "state": ParticipantState.CANCELLED.value})
    return sent


def patrols_for(outing: Outing, found: Found) -> list[tuple[uuid.UUID, str]]:
    """The host's patrols and those of the unit that a guest came with, told apart by that unit's name."""
    current = uuid.UUID(found.patrol_id) if found.patrol_id else None
    choices = [(patrol.id, patrol.name) for patrol in patrols_of(outing.unit_id, current)]
    home = uuid.UUID(found.unit_id) if found.unit_id else outing.unit_id
    if home != outing.unit_id:
        choices += [(patrol.id, f"{patrol.name} ({found.unit})") for patrol in patrols_of(home, current)]
    return choices


def edit_row(
    outing: Outing, found: Found, form: RowForm, *, status: int = 200, refusal: RuleBroken | None = None
) -> Response:
    """The row with its cells to be changed, and what stands against saving it."""
    desk = Desk(outing)
    in_cells, stale = problems(form, f"edit-{found.id}"), isinstance(refusal, Stale)
    return page(
        "roster/one.html",
        fragment="roster/_row_edit.html",
        status=status,
        desk=desk,
        line=desk.lines([found])[0],
        form=form,
        asks_reason=bool(form.overbook_reason.data) or (refusal is not None and refusal.field == "overbook_reason"),
        refusal=refusal,
        problems_in_cells=in_cells,
        problems=[(refusal.message, None), *in_cells] if refusal and (stale or not in_cells) else in_cells,
        form_errors=status != 200,
    )


def refuse(outing_id: uuid.UUID, participant_id: uuid.UUID, form: RowForm, refusal: RuleBroken) -> Response:
    """The edit row again: with both values where somebody saved first, else with the rule's sentence.

    Raises:
        RuleBroken: the refusal itself, when the row is no longer there to be shown.
    """
    db.session.rollback()
    if refusal.status == 404:
        raise refusal
    outing, found = row_for(Can.KEEP_ROSTER, outing_id, participant_id)
    if isinstance(refusal, Stale):
        form.compare(refusal)
        # Both values have now been seen: saved again, this goes on top.
        form.version.data = form.version.raw_data = None
        form.version.process_data(str(found.version))
    elif refusal.field and refusal.field in form:
        form[refusal.field].errors = [refusal.message]
    response = edit_row(outing, found, form, status=refusal.status, refusal=refusal)
    # In a row there is no room for the sentence; the page has it in its summary.
    return toast(response, refusal.message) if isinstance(refusal, Stale) and wants_fragment() else response


def changed(outing: Outing, done: Done, said: str, *, may_undo: bool = True) -> Response:
    """The row as it is now, the rows that changed with it, the counts, and a toast that can take it back."""
    row_id = done.participant.id
    undo = None
    if done.entry and may_undo:
        undo = {
            "url": url_for(".undo", outing_id=outing.id, participant_id=row_id),
            "fields": {"entry": str(done.entry.id)},
            "target": f"#row-{row_id}",
        }
    if not wants_fragment():
        return toast(back_to_list(outing, row_id), said, undo=undo)
    desk = Desk(outing)
    line_moved = done.entry is not None and "state" in done.entry.changes
    line, others = desk.fresh(row_id, [other.id for other in done.moved_up], line_moved=line_moved)
    return toast(page("roster/_row.html", desk=desk, line=line, others=others, with_counts=True), said, undo=undo)


def back_to_list(outing: Outing, participant_id: uuid.UUID) -> Response:
    """The page of the list on which the row stands."""
    number = queries.page_with(outing, participant_id) or 1
    url = url_for(".index", outing_id=outing.id, page=number if number > 1 else None, _anchor=f"row-{participant_id}")
    return go(url)
