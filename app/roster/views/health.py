"""What one person's guardians wrote about diet and health, on a page of its own, so that every look can be written down."""

import uuid

from flask import Response, current_app
from flask_login import current_user

from app.clock import now
from app.errors import NotAllowed
from app.extensions import db
from app.families.health import words
from app.families.health.answers import NOTHING
from app.families.health.notes import papers_of, read_for_staff
from app.identity.permissions import Can
from app.outings.leads import health_is_open
from app.outings.plain import AnyOuting
from app.roster.desk import Desk
from app.roster.found import Found
from app.roster.views import bp
from app.roster.views.editing import ROW, row_for
from app.web.formats import plural
from app.web.pages import page
from app.web.public import needs


@bp.get(f"{ROW}/health")
@needs(Can.OPEN_HEALTH)
def health(outing_id: uuid.UUID, participant_id: uuid.UUID) -> Response:
    """The notes on one person, for the leads of the outing. The look is logged, and the guardians can read the log."""
    outing, found = row_for(Can.OPEN_HEALTH, outing_id, participant_id)
    desk = Desk(outing)
    check_need_to_know(desk, found)
    person_id = uuid.UUID(found.person_id)
    notes = read_for_staff(current_user, [person_id], outing.id, f"Roster of {outing.title}")
    answer = page(
        "roster/health.html",
        desk=desk,
        person=found,
        answers=notes.get(person_id, NOTHING),
        papers=papers_of(person_id),
        words=words,
    )
    db.session.commit()  # what it forgets is read no more, and nobody sees the answer before the look is written down
    return answer


def check_need_to_know(desk: Desk, found: Found) -> None:
    """Health notes are for whoever takes this person along, while that is so.

    Raises:
        NotAllowed: the outing is not published, or was over some days ago, or the person does not come.
    """
    check_time(desk.outing)
    if desk.stays_at_home(found):
        raise NotAllowed(f"{found.first_name} is not coming, so the health notes stay closed.")


def check_time(outing: AnyOuting) -> None:
    """Nothing about health is shown of an outing that is not published, or was over some days ago.

    Raises:
        NotAllowed: so it is.
    """
    kept = current_app.config["HEALTH_OPEN"]
    if not health_is_open(outing, now(), kept):
        days = plural(kept.days, "day", "days")
        raise NotAllowed(f"Health notes can be read from when an outing is published until {days} after its end.")
