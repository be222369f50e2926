"""Reads what is known of the people that a roster may tell of: a fixed number of statements, however long the roster is."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select, union

from app.extensions import db
from app.families.models import GuardianProposal, Person, Training
from app.members.importing.known import Known, KnownPerson, KnownProposal
from app.members.importing.records import RosterFile
from app.members.models import Membership
from app.units.models import Patrol, Unit


@dataclass(frozen=True)
class Loaded:
    """The rows themselves, for whoever writes, and the plain data made of them, for whoever compares."""

    unit: Unit | None
    people: dict[uuid.UUID, Person]
    memberships: dict[uuid.UUID, Membership]  # live ones in the unit, by person
    trainings: dict[tuple[uuid.UUID, str], Training]
    proposals: dict[tuple[uuid.UUID, str], GuardianProposal]
    patrols: dict[str, Patrol]  # by name, case folded
    known: Known


def load(unit_name: str, file: RosterFile, *, lock: bool = False) -> Loaded:
    """Everybody of the unit, every bearer of a number in the file, and every bearer of one of its names.

    ``lock`` keeps others from changing the unit's roster and these people until the transaction ends.
    """
    wanted = select(Unit).where(func.lower(Unit.name) == unit_name.lower())
    unit = db.session.scalar(wanted.with_for_update() if lock else wanted)
    unit_id = unit.id if unit else None
    people = load_people(unit_id, file, lock=lock)
    memberships = list(db.session.scalars(select(Membership).where(Membership.person_id.in_(people)))) if people else []
    trainings = list(db.session.scalars(select(Training).where(Training.person_id.in_(people)))) if people else []
    proposals = (
        list(db.session.scalars(select(GuardianProposal).where(GuardianProposal.person_id.in_(people))))
        if people
        else []
    )
    patrols = list(db.session.scalars(select(Patrol).where(Patrol.unit_id == unit_id))) if unit_id else []
    here = {m.person_id: m for m in memberships if m.unit_id == unit_id and m.until is None}
    return Loaded(
        unit=unit,
        people=people,
        memberships=here,
        trainings={(t.person_id, t.code): t for t in trainings},
        proposals={(p.person_id, p.name.casefold()): p for p in proposals},
        patrols={p.name.casefold(): p for p in patrols},
        known=Known(known_people(people, memberships, here, trainings, proposals, patrols), [p.name for p in patrols]),
    )


def load_people(unit_id: uuid.UUID | None, file: RosterFile, *, lock: bool) -> dict[uuid.UUID, Person]:
    """Whoever a row may mean, by id."""
    numbers = {row.member_number for row in file.people if row.member_number}
    names = {row.last_name.lower() for row in file.people}
    candidates = union(
        select(Membership.person_id).where(Membership.unit_id == unit_id),
        select(Membership.person_id).where(Membership.member_number.in_(numbers)),
        select(Person.id).where(func.lower(Person.last_name).in_(names)),
    )
    # By id, as everybody does who locks several rows: two imports at once then wait instead of blocking each other.
    wanted = select(Person).where(Person.id.in_(candidates)).order_by(Person.id)
    found = db.session.scalars(
        wanted.with_for_update() if lock else wanted, execution_options={"populate_existing": lock}
    )
    return {person.id: person for person in found}


def known_people(
    people: dict[uuid.UUID, Person],
    memberships: Iterable[Membership],
    here: dict[uuid.UUID, Membership],
    trainings: Iterable[Training],
    proposals: Iterable[GuardianProposal],
    patrols: Iterable[Patrol],
) -> list[KnownPerson]:
    """The same as plain data."""
    numbers: dict[uuid.UUID, set[str]] = defaultdict(set)
    somewhere = set()
    for membership in memberships:
        if membership.member_number:
            numbers[membership.person_id].add(membership.member_number)
        if membership.until is None:
            somewhere.add(membership.person_id)
    trained: dict[uuid.UUID, dict] = defaultdict(dict)
    for training in trainings:
        trained[training.person_id][training.code] = training.expires_on
    named: dict[uuid.UUID, dict[str, KnownProposal]] = defaultdict(dict)
    for p in proposals:
        named[p.person_id][p.name.casefold()] = KnownProposal(p.name, p.relationship_to, p.phone, p.adult_id)
    patrol_names = {patrol.id: patrol.name for patrol in patrols}
    return [
        KnownPerson(
            id=person.id,
            first_name=person.first_name,
            last_name=person.last_name,
            preferred_name=person.preferred_name,
            kind=person.kind,
            has_account=person.user_id is not None,
            birth_date=person.birth_date,
            gender=person.gender,
            email=person.email,
            phone=person.phone,
            rank=person.rank,
            swim_class=person.swim_class,
            swim_class_on=person.swim_class_on,
            form_ab_until=person.form_ab_until,
            form_c_until=person.form_c_until,
            numbers=frozenset(numbers[person.id]),
            in_unit=place is not None,
            somewhere=person.id in somewhere,
            member_number=place.member_number if place else None,
            patrol=patrol_names.get(place.patrol_id) if place and place.patrol_id else None,
            position=place.position if place else None,
            registered=place.registered if place else True,
            trainings=trained[person.id],
            proposals=named[person.id],
        )
        for person in people.values()
        for place in (here.get(person.id),)
    ]
