"""The unit's members as a file, for those who may change them all."""

import uuid

from flask import Response
from flask_login import current_user

from app.audit.rules import record
from app.clock import today
from app.extensions import db
from app.identity.permissions import Can
from app.members.export import HEADINGS, member_rows
from app.members.views import bp
from app.units.access import unit_for
from app.web import spreadsheets
from app.web.public import needs


@bp.get("/export.<any(csv, xlsx):kind>")
@needs(Can.KEEP_MEMBERS)
def export(unit_id: uuid.UUID, kind: str) -> Response:
    """Names, birth dates and phones leave the house, so it is written down who took them."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    rows = member_rows(unit.id)
    record(current_user, "exported the members", unit, changes={"rows": (None, len(rows))}, unit_id=unit.id)
    name = f"{spreadsheets.slug(unit.name, 'members')}-members-{today(unit.time_zone):%Y-%m-%d}.{kind}"
    if kind == "xlsx":
        response = Response(spreadsheets.as_xlsx("Members", HEADINGS, rows), mimetype=spreadsheets.XLSX)
    else:
        response = Response(spreadsheets.as_csv(HEADINGS, rows), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    db.session.commit()
    return response
