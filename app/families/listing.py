"""The list of one's people, with what is still missing."""

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import column, select, table
from sqlalchemy.orm import selectinload

from app.extensions import db
from app.families.access import Tie
from app.families.models import Guardian, Person, PersonKind, age_on
from app.families.queries import MOST_PEOPLE, family_ids
from app.identity.models import User
from app.units.models import Patrol, Unit


@dataclass(frozen=True)
class FamilyMember:
    """One card of the list."""

    id: uuid.UUID
    name: str
    kind: PersonKind
    age: int | None
    is_self: bool
    relationship: str | None
    places: list[str]
    missing: list[str]


def family_list(user: User, day: date) -> list[FamilyMember]:
    """Everybody of the family: oneself first, then the youngest first. Three statements."""
    rows = db.session.execute(
        select(Person, Guardian)
        .outerjoin(Guardian, (Guardian.person_id == Person.id) & (Guardian.user_id == user.id))
        .where(Person.id.in_(family_ids(user.id)))
        .options(selectinload(Person.emergency_contacts))
        .order_by(Person.birth_date.desc().nulls_last(), Person.first_name, Person.id)
        .limit(MOST_PEOPLE)
    ).all()
    places = places_of([person.id for person, _ in rows])
    found = [
        FamilyMember(
            id=person.id,
            name=person.full_name,
            kind=person.kind_on(day),
            age=age_on(person.birth_date, day) if person.birth_date else None,
            is_self=person.user_id == user.id,
            relationship=guardian.relationship_to if guardian else None,
            places=places.get(person.id, []),
            missing=missing_of(Tie(person, None if person.user_id == user.id else guardian), day),
        )
        for person, guardian in rows
    ]
    return sorted(found, key=lambda member: not member.is_self)


def missing_of(tie: Tie, day: date) -> list[str]:
    """What a leader will ask for before a trip."""
    person = tie.person
    missing = []
    if person.birth_date is None:
        missing.append("birth date")
    if person.gender is None:
        missing.append("gender")
    if person.kind_on(day) == PersonKind.ADULT and not person.phone:
        missing.append("phone")
    if not tie.contacts:
        missing.append("emergency contact")
    return missing


def places_of(person_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """Units and patrols, by person: ``Troop 77, Fox patrol``."""
    # Memberships belong to a later room; this one knows of them only that they point here.
    members = table("memberships", *(column(name) for name in ("person_id", "unit_id", "patrol_id", "until")))
    rows = db.session.execute(
        select(members.c.person_id, Unit, Patrol.name)
        .join(Unit, Unit.id == members.c.unit_id)
        .outerjoin(Patrol, Patrol.id == members.c.patrol_id)
        .where(members.c.person_id.in_(person_ids), members.c.until.is_(None))
        .order_by(Unit.name)
    )
    places: dict[uuid.UUID, list[str]] = {}
    for person_id, unit, patrol in rows:
        said = f"{unit.name}, {patrol} {unit.patrol_word}" if patrol else unit.name
        places.setdefault(person_id, []).append(said)
    return places
