"""Members added by hand."""

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.audit.rules import record
from app.clock import today
from app.errors import Conflict, RuleBroken
from app.extensions import db
from app.families.models import Person, PersonKind
from app.families.rules import check_birth_date
from app.identity.models import User
from app.identity.permissions import Can
from app.members.access import member_of
from app.members.models import Membership
from app.units.access import refuse_unless
from app.units.models import Patrol, Unit


@dataclass(frozen=True)
class NewMember:
    """What the form says of somebody new. ``id`` comes with the form, so that sending it twice adds one person."""

    id: uuid.UUID
    first_name: str
    last_name: str
    kind: PersonKind
    birth_date: date | None = None
    gender: str | None = None
    patrol_id: uuid.UUID | None = None
    member_number: str | None = None


def add_member(actor: User, unit: Unit, new: NewMember) -> tuple[Person, bool]:
    """Add a person to the unit. Returns the person and whether this call added it.

    Raises:
        NotAllowed: the actor does not administer the unit.
        RuleBroken: the birth date cannot be one, the member number is in use, or the patrol is another unit's.
        Conflict: the form was used for somebody else.
    """
    refuse_unless(actor, Can.KEEP_MEMBERS, unit.id)
    known = db.session.get(Person, new.id)
    if known is not None:
        return member_of(unit.id, known.id).person, False
    check_birth_date(new.birth_date)
    check_patrol(unit.id, new.patrol_id)
    check_number(unit.id, new.member_number)
    person = Person(
        id=new.id,
        first_name=new.first_name,
        last_name=new.last_name,
        kind=new.kind,
        birth_date=new.birth_date,
        gender=new.gender,
    )
    person.kind = person.kind_on(today(unit.time_zone))
    place = Membership(
        person_id=person.id,
        unit_id=unit.id,
        patrol_id=new.patrol_id,
        member_number=new.member_number,
        since=today(unit.time_zone),
    )
    place.person = person
    db.session.add(place)
    record(actor, "member added", person, changes={"name": (None, person.full_name)}, unit_id=unit.id)
    try:
        db.session.flush()
    except IntegrityError as collision:
        raise Conflict(
            "Somebody added this person or this member number at the same moment. Look again."
        ) from collision
    return person, True


def check_patrol(unit_id: uuid.UUID, patrol_id: uuid.UUID | None) -> None:
    """Refuse a patrol that is not the unit's, or that is offered no more."""
    if patrol_id is None:
        return
    offered = (Patrol.id == patrol_id, Patrol.unit_id == unit_id, Patrol.retired_at.is_(None))
    if db.session.scalar(select(Patrol.id).where(*offered)) is None:
        raise RuleBroken("Choose one of this unit's own.", "patrol_id")


def check_number(unit_id: uuid.UUID, number: str | None) -> None:
    """Refuse a member number that somebody of the unit has."""
    taken = select(Membership.id).where(
        Membership.unit_id == unit_id, Membership.member_number == number, Membership.until.is_(None)
    )
    if number and db.session.scalar(taken) is not None:
        raise RuleBroken("Somebody in this unit has this member number already.", "member_number")
