"""Who leads the unit: given and taken in place."""

import uuid
from typing import Any

from flask import Response, url_for
from flask_login import current_user

from app.clock import today
from app.errors import NotAllowed, NotFound, RuleBroken
from app.extensions import db
from app.identity.models import User
from app.identity.permissions import Can
from app.members.forms import RoleForm
from app.members.listing import PAGE_SIZE
from app.members.queries import account_in, accounts_of
from app.members.rules.roles import Grant, set_role
from app.members.views import bp
from app.units.access import may, unit_for
from app.units.models import RoleName, Unit
from app.web.pages import go, page, wants_fragment
from app.web.paging import asked_page, pager
from app.web.public import needs
from app.web.toasts import toast

SAID = {
    None: "{} has no role any more.",
    RoleName.LEADER: "{} is a leader now{}.",
    RoleName.ADMIN: "{} is an admin now{}.",
}


@bp.get("/roles")
@needs(Can.GIVE_ROLES)
def roles(unit_id: uuid.UUID) -> Response:
    """The accounts of the unit and what they may do."""
    unit = unit_for(current_user, Can.GIVE_ROLES, unit_id)
    number = asked_page()
    rows, total = accounts_of(unit, number=number, size=PAGE_SIZE)
    pages = pager(number, total, PAGE_SIZE, lambda to: url_for(".roles", unit_id=unit.id, page=to))
    return page("members/roles.html", unit=unit, rows=rows, pager=pages)


@bp.post("/roles/<uuid:user_id>")
@needs(Can.GIVE_ROLES)
def save_role(unit_id: uuid.UUID, user_id: uuid.UUID) -> Response:
    """Give or take a role."""
    unit = unit_for(current_user, Can.GIVE_ROLES, unit_id)
    form = RoleForm()
    if not form.validate_on_submit():
        raise RuleBroken(" ".join(form.last_day.errors) or "Choose one of the roles of the list.", "last_day")
    wanted, seen = form.wanted(), form.seen()
    try:
        user = set_role(current_user, unit, user_id, wanted, seen)
    except (NotAllowed, NotFound):
        raise
    except RuleBroken as refusal:
        db.session.rollback()
        return refused(unit_for(current_user, Can.GIVE_ROLES, unit_id), user_id, refusal)
    db.session.commit()
    return toast(answer(unit, user_id), said(user, wanted), undo=undo(unit, user_id, wanted, seen))


def said(user: User, wanted: Grant) -> str:
    """The toast's sentence."""
    through = f" through {wanted.last_day:%b} {wanted.last_day.day}, {wanted.last_day.year}" if wanted.last_day else ""
    return SAID[wanted.name].format(user.name, through)


def undo(unit: Unit, user_id: uuid.UUID, wanted: Grant, seen: Grant) -> dict[str, Any] | None:
    """The form that takes it back; what had run out cannot be given back as it was."""
    if wanted == seen or (seen.last_day and seen.last_day < today(unit.time_zone)):
        return None
    return {
        "url": url_for(".save_role", unit_id=unit.id, user_id=user_id),
        "fields": {
            "role": seen.name or "",
            "last_day": str(seen.last_day or ""),
            "based_on": wanted.name or "",
            "based_on_day": str(wanted.last_day or ""),
        },
        "target": f"#account-{user_id}",
    }


def refused(unit: Unit, user_id: uuid.UUID, refusal: RuleBroken) -> Response:
    """The line as it stands, since the choice that was refused is still in the browser's; a page for a plain form."""
    if not wants_fragment():
        raise refusal
    line = page("members/_account_row.html", status=refusal.status, unit=unit, row=account_in(unit, user_id))
    return toast(line, refusal.message, kind="error")


def answer(unit: Unit, user_id: uuid.UUID) -> Response:
    """The line again for htmx, the page for a plain form; whoever gave away the own admin role cannot see it any longer."""
    if not may(current_user, Can.GIVE_ROLES, unit.id):
        stays = may(current_user, Can.SEE_MEMBERS, unit.id)
        return go(url_for(".index", unit_id=unit.id) if stays else url_for("outings.home"))
    if wants_fragment():
        return page("members/_account_row.html", unit=unit, row=account_in(unit, user_id))
    return go(url_for(".roles", unit_id=unit.id))
