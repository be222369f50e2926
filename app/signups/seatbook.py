"""The seat book that the outings room reads; see app/outings/seatbook.py for why it stands here."""

import uuid
from collections.abc import Collection

from sqlalchemy import func, select

from app.extensions import db
from app.families.models import Person, PersonKind
from app.families.queries import family_ids
from app.identity.models import User
from app.outings.models import Outing
from app.outings.seatbook import OwnPlace, Taken
from app.signups.models import Participant, ParticipantState
from app.signups.queries import line_places
from app.signups.rules import leader


class Seats:
    """Counts the rows of sign-ups."""

    def taken(self, outing_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Taken]:
        """Seats taken, for each outing that has any."""
        rows = db.session.execute(
            select(Participant.outing_id, Participant.state, Participant.kind, func.count())
            .where(Participant.outing_id.in_(outing_ids), Participant.state != ParticipantState.CANCELLED)
            .group_by(Participant.outing_id, Participant.state, Participant.kind)
        )
        counts: dict[uuid.UUID, dict[str, int]] = {}
        for outing_id, state, kind, people in rows:
            of_outing = counts.setdefault(outing_id, {"youth": 0, "adults": 0, "waiting": 0})
            seat = "youth" if kind == PersonKind.YOUTH else "adults"
            of_outing["waiting" if state == ParticipantState.WAITING else seat] += people
        return {outing_id: Taken(**of_outing) for outing_id, of_outing in counts.items()}

    def own_places(self, user_id: uuid.UUID, outing_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[OwnPlace]]:
        """The family's confirmed and waiting people, for each outing where there are any."""
        places = line_places(outing_ids).subquery()
        rows = db.session.execute(
            select(Participant.outing_id, func.coalesce(Person.preferred_name, Person.first_name), places.c.place)
            .join(Person, Person.id == Participant.person_id)
            .outerjoin(places, places.c.id == Participant.id)
            .where(
                Participant.outing_id.in_(outing_ids),
                Participant.state != ParticipantState.CANCELLED,
                Participant.person_id.in_(family_ids(user_id)),
            )
            .order_by(Participant.id)
        )
        found: dict[uuid.UUID, list[OwnPlace]] = {}
        for outing_id, first_name, place in rows:
            found.setdefault(outing_id, []).append(OwnPlace(first_name, place))
        return found

    def seats_changed(self, outing: Outing, actor: User) -> list[str]:
        """Work the waiting list off after an edit of the outing."""
        return leader.seats_changed(outing, actor)
