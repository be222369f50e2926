"""The cook's view."""

import uuid

from flask import Response
from flask_login import current_user

from app.identity.permissions import Can
from app.outings.access import outing_for
from app.roster.meals import meals_of
from app.roster.views import bp
from app.roster.views.health import check_time
from app.web.pages import page
from app.web.public import needs


@bp.get("/outings/<uuid:outing_id>/meals")
@needs(Can.KEEP_ROSTER)
def meals(outing_id: uuid.UUID) -> Response:
    """Counts by diet and allergy, without names."""
    outing = outing_for(current_user, Can.KEEP_ROSTER, outing_id)
    check_time(outing)
    return page("roster/meals.html", outing=outing, meals=meals_of(outing))
