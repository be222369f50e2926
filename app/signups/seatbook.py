"""The seat book that the outings room reads; see app/outings/seatbook.py for why it stands here."""

import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    ScalarSelect,
    Select,
    Uuid,
    any_,
    bindparam,
    case,
    distinct,
    func,
    null,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import aliased

from app.driver import read
from app.extensions import db
from app.families.models import Guardian, Person, PersonKind
from app.families.queries import family_ids
from app.identity.models import User
from app.outings.models import Outing
from app.outings.seatbook import OwnPlace, Taken
from app.reading import Reading
from app.signups.consent import is_stale, is_unasked
from app.signups.models import Consent, Participant, ParticipantState, Signup
from app.signups.rules import leader

SEATED, IS_YOUTH = Participant.state == ParticipantState.CONFIRMED, Participant.kind == PersonKind.YOUTH
COUNTS = (  # youth and adults with a seat, and who waits
    func.count().filter(SEATED, IS_YOUTH),
    func.count().filter(SEATED, ~IS_YOUTH),
    func.count().filter(Participant.state == ParticipantState.WAITING),
)


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

    def columns(self, outing_id: Any, own: CTE, family: CTE) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """The same, for a statement that lists outings."""
        seats = select(func.json_build_array(*COUNTS)).where(
            Participant.outing_id == outing_id, Participant.state != ParticipantState.CANCELLED
        )
        name = select(family.c.first_name).where(family.c.id == own.c.person_id).correlate(own).scalar_subquery()
        place = case((own.c.state == ParticipantState.WAITING, place_in_line(own.c)))
        places = select(func.json_agg(aggregate_order_by(func.json_build_array(name, place), own.c.id)))
        places = places.where(own.c.outing_id == outing_id)
        return seats.correlate(Outing).scalar_subquery(), places.correlate(Outing).scalar_subquery()

    def permission_asked(self, user_id: uuid.UUID, outing: Outing) -> str:
        """Why the account is asked for permission for a child who has a seat, in a sentence; empty when it is not."""
        rows = db.session.execute(CHILDREN, {"account": user_id, "outing": outing.id}).all()
        if any(is_unasked(by_leader, since, given_at) for since, by_leader, given_at, _ in rows):
            return "A leader has put your child on the list, and your permission is missing."
        if any(terms is not None and is_stale(terms, outing) for *_, terms in rows):
            return "Dates, place or cost have changed since you gave permission."
        return ""

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
    return (
        select(Participant.outing_id, *COUNTS)
        .where(Participant.outing_id == any_(OUTINGS), Participant.state != ParticipantState.CANCELLED)
        .group_by(Participant.outing_id)
    )


def place_in_line(row: Any) -> ScalarSelect[int]:
    """How many parties stand before a participant who waits, and that one's own: its people share a place, 1 is next."""
    ahead = aliased(Participant)
    return (
        select(func.count(distinct(tuple_(ahead.queue_no, ahead.signup_id))))
        .where(
            ahead.outing_id == row.outing_id,
            ahead.state == ParticipantState.WAITING,
            tuple_(ahead.queue_no, ahead.signup_id) <= tuple_(row.queue_no, row.signup_id),
        )
        .correlate_except(ahead)
        .scalar_subquery()
    )


def standing_statement() -> CompoundSelect[Any]:
    """One row for each outing, and one for each of the family there."""
    own = (
        select(
            Participant.outing_id,
            null(),
            null(),
            null(),
            Participant.id,
            func.coalesce(Person.preferred_name, Person.first_name),
            case((Participant.state == ParticipantState.WAITING, place_in_line(Participant))),
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


def children_statement() -> Select[*tuple[Any, ...]]:
    """Of each child who has a seat and for whom the account may agree: since when, whether by a leader, and what the account agreed to last
    and when.
    """
    own = aliased(Signup)
    last = (
        select(Consent.given_at, Consent.terms)
        .join(own, own.id == Consent.signup_id)
        .where(own.outing_id == OUTING, own.user_id == ACCOUNT, ~own.by_leader)
        .order_by(Consent.given_at.desc())
        .limit(1)
        .subquery()
    )
    return (
        select(Participant.created_at, Signup.by_leader, last.c.given_at, last.c.terms)
        .select_from(Participant)
        .join(Signup, Signup.id == Participant.signup_id)
        .join(Guardian, Guardian.person_id == Participant.person_id)
        .outerjoin(last, true())
        .where(Guardian.user_id == ACCOUNT, Guardian.may_consent, Participant.outing_id == OUTING, SEATED, IS_YOUTH)
    )


# Built once: on the list of outings, putting these together cost more than running them.
ACCOUNT: uuid.UUID = bindparam("account", type_=Uuid())  # type: ignore[assignment]
OUTINGS = bindparam("outings", type_=ARRAY(Uuid()))
TAKEN = Reading(taken_statement())
STANDING = Reading(standing_statement())
OUTING: uuid.UUID = bindparam("outing", type_=Uuid())  # type: ignore[assignment]
CHILDREN = read(children_statement())
