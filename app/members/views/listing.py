"""The list of a unit's people: searched, filtered, with columns of one's choice."""

import uuid
from typing import Any

from flask import Response, request, url_for
from flask_login import current_user

from app.clock import today
from app.errors import NotFound
from app.extensions import db
from app.identity.permissions import Can
from app.members import filtering
from app.members.columns import Column, label_of, offered, shown
from app.members.filtering import LONGEST_SEARCH, Wanted
from app.members.importing.cells import clean
from app.members.listing import PAGE_SIZE, Around, around, chosen_columns, member_in, members_of
from app.members.rules.columns import remember_columns
from app.members.rules.positions import positions_of
from app.members.views import bp
from app.units.access import may, unit_for
from app.units.models import Unit
from app.web.pages import go, page, wants_fragment
from app.web.paging import asked_page, pager
from app.web.public import needs
from app.web.toasts import toast


@bp.get("")
@needs(Can.SEE_MEMBERS)
def index(unit_id: uuid.UUID) -> Response:
    """Everybody in the unit, and a search that answers while one types."""
    unit = unit_for(current_user, Can.SEE_MEMBERS, unit_id)
    administers = may(current_user, Can.KEEP_MEMBERS, unit.id)
    wanted, day = wanted_here(), today(unit.time_zone)
    if "" in request.args.values() and not wants_fragment():
        # A form sends its empty fields along; an address that somebody keeps or passes on does without.
        return go(url_for(".index", unit_id=unit.id, **wanted.as_args()))
    near = None if wants_fragment() else around(unit.id, current_user.id)
    names = near.columns if near else chosen_columns(unit.id, current_user.id)
    columns = shown(names, administers=administers, former=wanted.is_former)
    number = asked_page()
    found = members_of(unit, day, wanted, columns, number=number)
    return page(
        "members/index.html",
        fragment="members/_list.html",
        **(choices(unit, near, wanted, administers=administers) if near else {}),
        **table(unit, columns, administers=administers),
        found=found,
        wanted=wanted,
        pager=pager(
            number, found.total, PAGE_SIZE, lambda to: url_for(".index", unit_id=unit.id, **wanted.as_args(), page=to)
        ),
        files={kind: url_for(".export", unit_id=unit.id, kind=kind, **wanted.as_args()) for kind in ("csv", "xlsx")},
        day=day,
    )


def wanted_here() -> Wanted:
    """What the address asks for."""
    return Wanted.of(request.args, clean(request.args.get("q", "")[:LONGEST_SEARCH]))


def table(unit: Unit, columns: list[Column], *, administers: bool) -> dict[str, Any]:
    """What the macros of the rows need."""
    labels = {column.key: label_of(column, unit) for column in columns}
    return {"unit": unit, "columns": labels, "administers": administers, "soon": today(unit.time_zone) + filtering.SOON}


def choices(unit: Unit, near: Around, wanted: Wanted, *, administers: bool) -> dict[str, Any]:
    """What can be chosen around the list: columns, and for each filter its word, its choices and what is chosen."""
    word = unit.patrol_word
    patrols = [*near.patrols, (filtering.NO_PATROL, f"in no {word}")]
    filters = [
        ("patrol", word.capitalize(), patrols, f"Any {word}"),
        ("position", "Position", [(name, name) for name in near.positions], "Any position"),
        ("registered", "Registration", list(filtering.REGISTERED.items()), "All"),
        ("form", "Health form", list(filtering.RUNS_OUT.items()), "Any"),
        ("training", "Training", list(filtering.TRAINING_RUNS_OUT.items()), "Any"),
        ("only", "Only", list(filtering.OTHERS.items()), "Today's members"),
    ]
    every = [(column.key, label_of(column, unit)) for column in offered(administers=administers)]
    return {"filters": filters, "chosen": wanted.as_args(), "every_column": every, "arrivals": near.arrivals}


@bp.post("/columns")
@needs(Can.SEE_MEMBERS)
def choose_columns(unit_id: uuid.UUID) -> Response:
    """Remember which columns this account wants to see of this unit."""
    unit = unit_for(current_user, Can.SEE_MEMBERS, unit_id)
    remember_columns(current_user, unit.id, request.form.getlist("columns"))
    db.session.commit()
    wanted = Wanted.of(request.form, clean(request.form.get("q", "")[:LONGEST_SEARCH]))
    return toast(go(url_for(".index", unit_id=unit.id, **wanted.as_args())), "These columns are shown from now on.")


@bp.get("/<uuid:person_id>")
@needs(Can.SEE_MEMBERS)
def show(unit_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """One line of the list."""
    return row(unit_for(current_user, Can.SEE_MEMBERS, unit_id), person_id)


def row(unit: Unit, person_id: uuid.UUID) -> Response:
    """The line, alone for htmx or on a page of its own."""
    administers = may(current_user, Can.KEEP_MEMBERS, unit.id)
    columns = shown(chosen_columns(unit.id, current_user.id), administers=administers)
    day = today(unit.time_zone)
    member = member_in(unit, day, person_id, columns)
    if member is None:
        raise NotFound
    held = [] if wants_fragment() else positions_of(unit.id, person_id)
    context = table(unit, columns, administers=administers) | {"day": day, "positions": held}
    return page("members/show.html", fragment="members/_row.html", member=member, **context)
