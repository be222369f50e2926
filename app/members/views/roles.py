"""Who leads the unit: given and taken in place."""

import uuid

from flask import Response, request, url_for
from flask_login import current_user

from app.errors import NotAllowed, NotFound, RuleBroken
from app.extensions import db
from app.members.forms import RoleForm
from app.members.listing import PAGE_SIZE
from app.members.queries import account_in, accounts_of
from app.members.rules.roles import set_role
from app.members.views import bp
from app.units.access import may_administer, may_lead, unit_for_admin
from app.units.models import RoleName, Unit
from app.web.pages import go, page, wants_fragment
from app.web.toasts import toast

SAID = {None: "{} has no role any more.", RoleName.LEADER: "{} is a leader now.", RoleName.ADMIN: "{} is an admin now."}


@bp.get("/roles")
def roles(unit_id: uuid.UUID) -> Response:
    """The accounts of the unit and what they may do."""
    unit = unit_for_admin(current_user, unit_id)
    number = max(1, min(request.args.get("page", 1, type=int), 10_000))
    rows, total = accounts_of(unit.id, number=number, size=PAGE_SIZE)
    if number > 1 and not rows:
        raise NotFound
    pages = max(1, -(-total // PAGE_SIZE))
    pager = {
        "number": number,
        "pages": pages,
        "total": total,
        "prev_url": url_for(".roles", unit_id=unit.id, page=number - 1) if number > 1 else None,
        "next_url": url_for(".roles", unit_id=unit.id, page=number + 1) if number < pages else None,
    }
    return page("members/roles.html", unit=unit, rows=rows, pager=pager)


@bp.post("/roles/<uuid:user_id>")
def save_role(unit_id: uuid.UUID, user_id: uuid.UUID) -> Response:
    """Give or take a role."""
    unit = unit_for_admin(current_user, unit_id)
    form = RoleForm()
    if not form.validate_on_submit():
        raise RuleBroken("Choose one of the roles of the list.")
    wanted, based_on = form.name_in(form.role), form.name_in(form.based_on)
    try:
        user = set_role(current_user, unit.id, user_id, wanted, based_on)
    except (NotAllowed, NotFound):
        raise
    except RuleBroken as refusal:
        db.session.rollback()
        return refused(unit_for_admin(current_user, unit_id), user_id, refusal)
    db.session.commit()
    undo = {
        "url": url_for(".save_role", unit_id=unit.id, user_id=user_id),
        "fields": {"role": based_on or "", "based_on": wanted or ""},
        "target": f"#account-{user_id}",
    }
    return toast(answer(unit, user_id), SAID[wanted].format(user.name), undo=undo if wanted != based_on else None)


def refused(unit: Unit, user_id: uuid.UUID, refusal: RuleBroken) -> Response:
    """The line as it stands, since the choice that was refused is still in the browser's; a page for a plain form."""
    if not wants_fragment():
        raise refusal
    line = page("members/_account_row.html", status=refusal.status, unit=unit, row=account_in(unit.id, user_id))
    return toast(line, refusal.message, kind="error")


def answer(unit: Unit, user_id: uuid.UUID) -> Response:
    """The line again for htmx, the page for a plain form; whoever gave away the own admin role cannot see it any longer."""
    if not may_administer(current_user, unit.id):
        return go(url_for(".index", unit_id=unit.id) if may_lead(current_user, unit.id) else url_for("outings.home"))
    if wants_fragment():
        return page("members/_account_row.html", unit=unit, row=account_in(unit.id, user_id))
    return go(url_for(".roles", unit_id=unit.id))
