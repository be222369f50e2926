"""The unit's members as a file, for those who may change them all."""

import uuid

from flask import Response
from flask_login import current_user

from app.audit.rules import record
from app.clock import today
from app.extensions import db
from app.identity.permissions import Can
from app.members.columns import headings_of, shown
from app.members.export import member_rows
from app.members.listing import chosen_columns
from app.members.views import bp
from app.members.views.listing import wanted_here
from app.units.access import unit_for
from app.web import spreadsheets
from app.web.public import needs


@bp.get("/export.<any(csv, xlsx):kind>")
@needs(Can.KEEP_MEMBERS)
def export(unit_id: uuid.UUID, kind: str) -> Response:
    """Names, birth dates and phones leave the house, so it is written down who took them."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    wanted, day = wanted_here(), today(unit.time_zone)
    columns = shown(chosen_columns(unit.id, current_user.id), administers=True, former=wanted.is_former)
    headings = headings_of(columns)
    rows = member_rows(unit, day, wanted, columns)
    said = {"rows": (None, len(rows)), "columns": (None, headings)} | {
        name: (None, value) for name, value in wanted.as_args().items()
    }
    record(current_user, "exported the members", unit, changes=said, unit_id=unit.id)
    name = f"{spreadsheets.slug(unit.name, 'members')}-members-{day:%Y-%m-%d}.{kind}"
    if kind == "xlsx":
        response = Response(spreadsheets.as_xlsx("Members", headings, rows), mimetype=spreadsheets.XLSX)
    else:
        response = Response(spreadsheets.as_csv(headings, rows), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    db.session.commit()
    return response
