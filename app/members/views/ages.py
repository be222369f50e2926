"""Youth who have come of age."""

import uuid

from flask import Response, url_for
from flask_login import current_user

from app.extensions import db
from app.identity.permissions import Can
from app.members.rules.ages import make_adult as make_adult_member
from app.members.views import bp
from app.units.access import unit_for
from app.web.pages import go
from app.web.public import needs
from app.web.toasts import toast


@bp.post("/<uuid:person_id>/adult")
@needs(Can.KEEP_MEMBERS)
def make_adult(unit_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """The unit keeps them as an adult from now on."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    person, is_new = make_adult_member(current_user, unit, person_id)
    db.session.commit()
    said = f"{person.full_name} is an adult member now." if is_new else f"{person.full_name} is one already."
    return toast(go(url_for(".show", unit_id=unit.id, person_id=person_id)), said)
