"""Reads what is known of the people that a roster may tell of: a fixed number of statements, however long the roster is."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import and_, exists, literal_column, or_, select, union

from app.extensions import db
from app.families.models import LAST_KEY, Guardian, GuardianProposal, Person, Training
from app.members.importing.known import Known, KnownPerson, KnownProposal, last_key
from app.members.importing.records import RosterPerson
from app.members.models import Membership
from app.units.models import Patrol, Unit


@dataclass(frozen=True)
class Loaded:
    """The rows themselves, for whoever writes, and the plain data made of them, for whoever compares."""

    people: dict[uuid.UUID, Person]
    memberships: dict[uuid.UUID, Membership]  # live ones in the unit, by person
    trainings: dict[tuple[uuid.UUID, str], Training]
    proposals: dict[tuple[uuid.UUID, str], GuardianProposal]
    patrols: dict[str, Patrol]  # by name, case folded
    known: Known
    loose: list[Membership]  # of other units, or over

    def everything(self) -> Iterator[Any]:
        """Every row that was read, for whoever lets go of them."""
        for kept in (self.people, self.memberships, self.trainings, self.proposals):
            yield from kept.values()
        yield from self.loose


def load(
    unit: Unit | None,
    people: Sequence[RosterPerson],
    *,
    reach: frozenset[uuid.UUID] | None = None,
    lock: bool = False,
    without: Collection[uuid.UUID] = (),
) -> Loaded:
    """Every bearer of a number or of a last name among ``people``, and what is kept of them. Five statements.

    ``reach`` holds the units whose people may be seen; None is everybody. ``lock`` keeps others from changing these people until the
    transaction ends. Nobody of ``without`` can be meant.
    """
    unit_id = unit.id if unit else None
    found = load_people(people, reach, lock=lock)
    places = select(Membership).where(Membership.person_id.in_(found)).order_by(Membership.id)
    places = places.with_for_update() if lock else places
    memberships = list(db.session.scalars(places, execution_options={"populate_existing": lock})) if found else []
    live = {m.person_id: set[uuid.UUID]() for m in memberships}
    for membership in memberships:
        if membership.until is None:
            live[membership.person_id].add(membership.unit_id)
    hidden = {id for id in found if reach is not None and live.get(id) and not live[id] & reach}
    foreign = {m.member_number for m in memberships if m.person_id in hidden and m.member_number}
    memberships = [m for m in memberships if m.person_id not in hidden]
    shown = {id: person for id, person in found.items() if id not in hidden and id not in without}
    trainings = list(db.session.scalars(select(Training).where(Training.person_id.in_(shown)))) if shown else []
    proposals = (
        list(db.session.scalars(select(GuardianProposal).where(GuardianProposal.person_id.in_(shown)))) if shown else []
    )
    patrols = list(db.session.scalars(select(Patrol).where(Patrol.unit_id == unit_id))) if unit_id else []
    here = {m.person_id: m for m in memberships if m.unit_id == unit_id and m.until is None}
    plain = known_people(shown, memberships, here, trainings, proposals, patrols)
    if reach is not None:
        plain = [replace(person, in_reach=bool(live.get(person.id))) for person in plain]
    return Loaded(
        people=shown,
        memberships=here,
        trainings={(t.person_id, t.code): t for t in trainings},
        proposals={(p.person_id, p.name.casefold()): p for p in proposals},
        patrols={p.name.casefold(): p for p in patrols},
        known=Known(plain, [p.name for p in patrols], frozenset(foreign)),
        loose=[m for m in memberships if here.get(m.person_id) is not m],
    )


def load_people(
    people: Sequence[RosterPerson], reach: frozenset[uuid.UUID] | None, *, lock: bool
) -> dict[uuid.UUID, Person]:
    """Whoever a row may mean, by id; the guardians that it names among them.

    Not whom a family has added by itself and no unit has ever had: anybody can add a child of any name and birth date to their list,
    and would be its guardian here as soon as a file named it. Nor whoever has left a unit out of ``reach``: that is their family's.
    """
    numbers = {row.member_number for row in people if row.member_number}
    numbers |= {named.member_number for row in people for named in row.guardians if named.member_number}
    names = {last_key(row.last_name) for row in people}
    names |= {last_key(named.name.split()[-1]) for row in people for named in row.guardians if named.email}
    candidates = union(
        select(Membership.person_id).where(Membership.member_number.in_(numbers)),
        select(Person.id).where(literal_column(LAST_KEY).in_(names)),
    )
    of_a_unit = exists().where(Membership.person_id == Person.id)
    if reach is not None:
        of_a_unit = of_a_unit.where(or_(Membership.until.is_(None), Membership.unit_id.in_(reach)))
    nobodys = and_(Person.user_id.is_(None), ~exists().where(Guardian.person_id == Person.id))
    # By id, as everybody does who locks several rows: two imports at once then wait instead of blocking each other.
    wanted = select(Person).where(Person.id.in_(candidates), or_(of_a_unit, nobodys)).order_by(Person.id)
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
