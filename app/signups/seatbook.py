"""The seat book that the outings room reads; see app/outings/seatbook.py for why it stands here."""

import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Select,
    Uuid,
    any_,
    bindparam,
    case,
    distinct,
    func,
    null,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from app.extensions import db
from app.families.models import Person, PersonKind
from app.families.queries import family_ids
from app.identity.models import User
from app.outings.models import Outing
from app.outings.seatbook import OwnPlace, Taken
from app.reading import Reading
from app.signups.models import Participant, ParticipantState
from app.signups.rules import leader


class Seats:
    """Counts the rows of sign-ups."""

    def taken(self, outing_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Taken]:
        """Seats taken, for each outing that has any."""
        rows = TAKEN.rows({"outings": list(outing_ids)})
        return {outing_id: Taken(youth, adults, waiting) for outing_id, youth, adults, waiting in rows}

    def standing(
        self, user_id: uuid.UUID, outing_ids: Collection[uuid.UUID]
    ) -> tuple[dict[uuid.UUID, Taken], dict[uuid.UUID, list[OwnPlace]]]:
        """The same, and the family's confirmed and waiting people, for each outing where there are any."""
        taken: dict[uuid.UUID, Taken] = {}
        own: dict[uuid.UUID, list[OwnPlace]] = {}
        who = {"account": user_id, "outings": list(outing_ids)}
        for outing_id, youth, adults, waiting, _, first_name, place in STANDING.rows(who):
            if first_name is None:
                taken[outing_id] = Taken(youth, adults, waiting)
            else:
                own.setdefault(outing_id, []).append(OwnPlace(first_name, place))
        return taken, own

    def units_with_people(self, outing_id: uuid.UUID) -> set[uuid.UUID]:
        """The units that anybody who has a seat or waits comes with."""
        units = select(Participant.unit_id).where(
            Participant.outing_id == outing_id, Participant.state != ParticipantState.CANCELLED
        )
        return {unit for unit in db.session.scalars(units.distinct()) if unit is not None}

    def seats_changed(self, outing: Outing, actor: User) -> list[str]:
        """Work the waiting list off after an edit of the outing."""
        return leader.seats_changed(outing, actor)


def taken_statement() -> Select[uuid.UUID, int, int, int]:
    """One row for each outing."""
    confirmed = Participant.state == ParticipantState.CONFIRMED
    youth = Participant.kind == PersonKind.YOUTH
    return (
        select(
            Participant.outing_id,
            func.count().filter(confirmed, youth),
            func.count().filter(confirmed, ~youth),
            func.count().filter(Participant.state == ParticipantState.WAITING),
        )
        .where(Participant.outing_id == any_(OUTINGS), Participant.state != ParticipantState.CANCELLED)
        .group_by(Participant.outing_id)
    )


def standing_statement() -> CompoundSelect[Any]:
    """One row for each outing, and one for each of the family there. The people of a party share a place; 1 is next."""
    ahead = aliased(Participant)
    place = (
        select(func.count(distinct(tuple_(ahead.queue_no, ahead.signup_id))))
        .where(
            ahead.outing_id == Participant.outing_id,
            ahead.state == ParticipantState.WAITING,
            tuple_(ahead.queue_no, ahead.signup_id) <= tuple_(Participant.queue_no, Participant.signup_id),
        )
        .correlate(Participant)
        .scalar_subquery()
    )
    own = (
        select(
            Participant.outing_id,
            null(),
            null(),
            null(),
            Participant.id,
            func.coalesce(Person.preferred_name, Person.first_name),
            case((Participant.state == ParticipantState.WAITING, place)),
        )
        .join(Person, Person.id == Participant.person_id)
        .where(
            Participant.outing_id == any_(OUTINGS),
            Participant.state != ParticipantState.CANCELLED,
            Participant.person_id.in_(family_ids(ACCOUNT)),
        )
    )
    everybody = taken_statement().add_columns(null().label("since"), null(), null())
    return union_all(everybody, own).order_by("since")


# Built once: on the list of outings, putting these together cost more than running them.
ACCOUNT: uuid.UUID = bindparam("account", type_=Uuid())  # type: ignore[assignment]
OUTINGS = bindparam("outings", type_=ARRAY(Uuid()))
TAKEN = Reading(taken_statement())
STANDING = Reading(standing_statement())
