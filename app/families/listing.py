"""The list of one's people, with what is still missing or runs out."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import column, select, table
from sqlalchemy.orm import selectinload

from app.extensions import db
from app.families.access import Tie
from app.families.grades import GRADES, asks_grade, grade_on
from app.families.health.states import Answered, answered_by
from app.families.models import Guardian, Person, PersonKind, age_on
from app.families.needs import Need, Place, Where, needs_of
from app.families.queries import MOST_PEOPLE, family_ids
from app.families.training.queries import Line, Record, courses_together, lines_of, records_of
from app.identity.models import User
from app.units.models import Patrol, Unit


@dataclass(frozen=True)
class FamilyMember:
    """One card of the list."""

    id: uuid.UUID
    name: str
    kind: PersonKind
    age: int | None
    grade: str | None
    is_self: bool
    may_see_health: bool
    relationship: str | None
    places: list[str]
    needs: list[Need]
    # When somebody last said that the health notes are right; None where they are not this account's to see.
    health: Answered | None
    trainings: list[Line]


def family_list(user: User, day: date) -> list[FamilyMember]:
    """Everybody of the family: oneself first, then the youngest first. Five statements."""
    rows = db.session.execute(
        select(Person, Guardian)
        .outerjoin(Guardian, (Guardian.person_id == Person.id) & (Guardian.user_id == user.id))
        .where(Person.id.in_(family_ids(user.id)))
        .options(selectinload(Person.emergency_contacts))
        .order_by(Person.user_id.is_(None), Person.birth_date.desc().nulls_last(), Person.first_name, Person.id)
        .limit(MOST_PEOPLE)
    ).all()
    ties = [Tie(person, None if person.user_id == user.id else guardian) for person, guardian in rows]
    return sorted(members(ties, day), key=lambda member: not member.is_self)


def member_of_family(tie: Tie, day: date) -> FamilyMember:
    """One card. Three statements, and one more for the emergency contacts if nobody has read them."""
    return members([tie], day)[0]


def members(ties: Collection[Tie], day: date) -> list[FamilyMember]:
    """The cards for several people."""
    places = places_of([tie.person.id for tie in ties])
    records = records_of([tie.person.id for tie in ties if tie.person.kind_on(day) == PersonKind.ADULT])
    answered = answered_by([tie.person.id for tie in ties if tie.may_see_health])
    return [
        member(tie, day, places.get(tie.person.id, []), records.get(tie.person.id), answered.get(tie.person.id))
        for tie in ties
    ]


def member(tie: Tie, day: date, places: list[Place], record: Record | None, health: Answered | None) -> FamilyMember:
    """A card for what the database gave."""
    person = tie.person
    courses = courses_together((place.preset, place.kind) for place in places)
    adult = person.kind_on(day) == PersonKind.ADULT
    trainings = lines_of(record or Record(), courses, day) if adult else []
    grade = grade_on(person.grade, person.grade_said_on, day)
    asked = not adult and any(asks_grade(place.kind, place.preset) for place in places)
    return FamilyMember(
        id=person.id,
        name=person.full_name,
        kind=person.kind_on(day),
        age=age_on(person.birth_date, day) if person.birth_date else None,
        grade=GRADES[grade] if asked and grade is not None else None,
        is_self=tie.is_self,
        may_see_health=tie.may_see_health,
        relationship=tie.guardian.relationship_to if tie.guardian else None,
        places=[place.words for place in places],
        needs=[
            need
            for need in needs_of(person, places, bool(tie.contacts), trainings, day)
            if tie.may_see_health or need.where != Where.HEALTH
        ],
        health=health,
        trainings=trainings,
    )


def places_of(person_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Place]]:
    """Units and patrols, by person; one statement."""
    # Memberships belong to a later room; this one knows of them only that they point here.
    names = ("person_id", "unit_id", "patrol_id", "registered", "until")
    places = table("memberships", *(column(name) for name in names))
    rows = db.session.execute(
        select(places.c.person_id, places.c.registered, Unit, Patrol.name)
        .join(Unit, Unit.id == places.c.unit_id)
        .outerjoin(Patrol, Patrol.id == places.c.patrol_id)
        .where(places.c.person_id.in_(person_ids), places.c.until.is_(None))
        .order_by(Unit.name)
    )
    found: dict[uuid.UUID, list[Place]] = {}
    for person_id, registered, unit, patrol in rows:
        said = f"{unit.name}, {patrol} {unit.patrol_word}" if patrol else unit.name
        found.setdefault(person_id, []).append(Place(said, unit.kind, unit.policy_preset, registered))
    return found


def is_asked_for_grade(person_id: uuid.UUID) -> bool:
    """Whether a unit of theirs goes by the school grade; one statement."""
    return any(asks_grade(place.kind, place.preset) for place in places_of([person_id]).get(person_id, []))
