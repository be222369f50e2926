"""Youth or adult on the day on which an outing starts: looked at once more when that is another day."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.audit.rules import assign, record
from app.extensions import db
from app.families.models import Person, PersonKind
from app.identity.models import User
from app.outings.models import Outing
from app.signups.models import Participant, ParticipantState

NO_RIDE = {"passengers_there": None, "passengers_back": None}


def follow_ages(outing: Outing, actor: User) -> None:
    """Whoever has a seat or waits takes that of the age that they will be; the caller holds the lock and opens the book after this."""
    day = outing.starts_at.astimezone(outing.zone).date()
    live = (Participant.outing_id == outing.id, Participant.state != ParticipantState.CANCELLED)
    rows = (
        select(Participant)
        .join(Participant.person)
        .where(*live, Person.birth_date.is_not(None))
        .options(joinedload(Participant.person, innerjoin=True))
        .execution_options(populate_existing=True)
    )
    for row in db.session.scalars(rows):
        kind = row.person.kind_on(day)
        if row.kind == kind:
            continue
        # No child drives.
        changes = assign(row, {"kind": kind.value} | (NO_RIDE if kind == PersonKind.YOUTH else {}))
        row.version += 1
        record(actor, "counted by age", row, changes=changes, unit_id=outing.unit_id, outing_id=outing.id)
    db.session.flush()
