"""People with accounts, and the log; a unit's own log for its admins."""

import uuid
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, url_for
from flask_login import current_user

from app.admin import access, queries, rules
from app.admin.forms import LogForm
from app.audit import log
from app.extensions import db
from app.identity.confirming import confirmed_on
from app.identity.permissions import Can
from app.units.access import unit_for
from app.web.pages import go, page
from app.web.paging import asked_page, pager
from app.web.public import needs
from app.web.toasts import toast

bp = Blueprint("admin", __name__)
UTC = ZoneInfo("UTC")


@bp.get("/admin/people")
@needs(Can.RUN_SITE)
def people() -> Response:
    """Everybody with an account, and a search that answers while one types."""
    access.site_admin(current_user)
    search = " ".join(request.args.get("q", "").split())[: queries.LONGEST_SEARCH]
    number = asked_page()
    rows, total = queries.accounts(search, number)
    pages = pager(number, total, queries.PAGE_SIZE, lambda to: url_for(".people", q=search or None, page=to))
    return page(
        "admin/people.html", fragment="admin/_people.html", rows=rows, total=total, search=search, pager=pages, zone=UTC
    )


@bp.post("/admin/people/<uuid:user_id>/suspension")
@needs(Can.RUN_SITE)
def suspension(user_id: uuid.UUID) -> Response:
    """Keep an account out, or let it in again."""
    access.account_for(current_user, user_id)
    wanted = request.form.get("suspended") == "1"
    user = rules.suspend(current_user, user_id, wanted)
    db.session.commit()
    said = f"{user.name} is {'suspended and signed out everywhere' if wanted else 'let in again'}."
    return toast(go(url_for(".people", q=user.email)), said, undo=back(".suspension", user_id, suspended=not wanted))


@bp.post("/admin/people/<uuid:user_id>/site-admin")
@needs(Can.RUN_SITE)
@confirmed_on("admin.people")
def site_admin(user_id: uuid.UUID) -> Response:
    """Make a site admin, or take that back."""
    access.account_for(current_user, user_id)
    wanted = request.form.get("site_admin") == "1"
    user = rules.set_site_admin(current_user, user_id, wanted)
    db.session.commit()
    said = f"{user.name} is {'a site admin now' if wanted else 'no site admin any more'}."
    return toast(go(url_for(".people", q=user.email)), said, undo=back(".site_admin", user_id, site_admin=not wanted))


def back(endpoint: str, user_id: uuid.UUID, **fields: bool) -> dict[str, Any]:
    """The form that takes it back."""
    sent = {name: "1" if value else "" for name, value in fields.items()}
    return {"url": url_for(endpoint, user_id=user_id), "fields": sent}


@bp.get("/admin/log")
@needs(Can.RUN_SITE)
def site_log() -> Response:
    """Who changed what, anywhere."""
    access.site_admin(current_user)
    form = LogForm(request.args)
    form.validate()
    found, last = log.entries(form.wanted(request.args, UTC))
    return log_page(form, found, last, UTC, None)


@bp.get("/units/<uuid:unit_id>/log")
@needs(Can.READ_LOG)
def unit_log(unit_id: uuid.UUID) -> Response:
    """Who changed what in the unit."""
    unit = unit_for(current_user, Can.READ_LOG, unit_id)
    form, zone = LogForm(request.args), ZoneInfo(unit.time_zone)
    form.validate()
    found, last = log.entries(form.wanted(request.args, zone, unit_id=unit.id), zone=zone)
    return log_page(form, found, last, zone, unit)


def log_page(form: LogForm, found: list[log.Entry], last: uuid.UUID | None, zone: ZoneInfo, unit: Any) -> Response:
    """A page of the log; ``last`` is where the next one goes on."""
    asked = {name: value for name, value in request.args.items() if name in form and value}
    here = url_for(".unit_log", unit_id=unit.id) if unit else url_for(".site_log")
    older = f"{here}?{urlencode(asked | {'before': str(last)})}" if last else None
    return page(
        "admin/log.html", form=form, entries=found, older=older, here=here, zone=zone, unit=unit, asked=bool(asked)
    )
