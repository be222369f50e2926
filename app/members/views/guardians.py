"""Who looks after a member: limited and detached by an admin, with a reason where a child is left without anybody."""

import uuid

from flask import Response, request, url_for
from flask_login import current_user

from app.clock import today
from app.errors import NotFound, RuleBroken
from app.extensions import db
from app.families import guardians
from app.families.guardians import Rights
from app.identity.permissions import Can
from app.members.access import member_of
from app.members.models import Membership
from app.members.rules.guardians import change_guardian as change
from app.members.views import bp
from app.units.access import unit_for
from app.units.models import Unit
from app.web.pages import go, page
from app.web.public import needs
from app.web.toasts import toast

NAMES = tuple(Rights.__dataclass_fields__)
LONGEST_REASON = 500  # characters


@bp.get("/<uuid:person_id>/guardians")
@needs(Can.KEEP_GUARDIANS)
def homes(unit_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Everybody who looks after a member."""
    unit = unit_for(current_user, Can.KEEP_GUARDIANS, unit_id)
    return homes_page(unit, member_of(unit.id, person_id))


@bp.post("/<uuid:person_id>/guardians/<uuid:user_id>")
@needs(Can.KEEP_GUARDIANS)
def change_guardian(unit_id: uuid.UUID, person_id: uuid.UUID, user_id: uuid.UUID) -> Response:
    """Limit one of them, give it back, or detach them."""
    unit = unit_for(current_user, Can.KEEP_GUARDIANS, unit_id)
    place = member_of(unit.id, person_id)
    wanted = None if request.form.get("detach") else Rights(**{name: name in request.form for name in NAMES})
    seen = Rights(**{name: request.form.get(f"seen_{name}") == "1" for name in NAMES})
    reason = " ".join(request.form.get("reason", "").split())[:LONGEST_REASON]
    try:
        change(current_user, unit.id, place.person, user_id, wanted, seen, reason)
    except NotFound:
        raise
    except RuleBroken as refusal:
        db.session.rollback()
        unit = unit_for(current_user, Can.KEEP_GUARDIANS, unit_id)
        return homes_page(unit, member_of(unit.id, person_id), refusal, user_id)
    db.session.commit()
    return toast(go(url_for(".homes", unit_id=unit.id, person_id=person_id)), "Saved.")


def homes_page(
    unit: Unit, place: Membership, refusal: RuleBroken | None = None, refused: uuid.UUID | None = None
) -> Response:
    """The page; with what was typed in the line that a rule refused."""
    return page(
        "members/homes.html",
        status=refusal.status if refusal else 200,
        unit=unit,
        person=place.person,
        is_adult=place.person.kind_on(today(unit.time_zone)) == "adult",
        guardians=guardians.guardians_of(place.person.id),
        refusal=refusal,
        refused=refused,
        form_errors=refusal is not None,
        typed=request.form,
    )
