"""Which people an account may make one of: those whose units it administers, every one of them."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from app.duplicates.models import PersonMerge
from app.errors import NotFound
from app.extensions import db
from app.families.models import Person
from app.identity.models import User
from app.identity.permissions import Can
from app.members.models import Membership
from app.units.access import may, refuse_unless
from app.units.models import Unit


@dataclass(frozen=True)
class Pair:
    """Two rows, and which of them stays."""

    kept: Person
    gone: Person


def homes_of(people: Collection[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """The units that each lives in; for whoever is a member nowhere any more, those of before."""
    rows = db.session.execute(
        select(Membership.person_id, Membership.unit_id, Membership.until.is_(None)).where(
            Membership.person_id.in_(people)
        )
    ).all()
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    for person_id in people:
        mine = [(unit_id, live) for id, unit_id, live in rows if id == person_id]
        found[person_id] = {unit_id for unit_id, live in mine if live} or {unit_id for unit_id, _ in mine}
    return found


def may_merge(actor: User, homes: Collection[uuid.UUID]) -> bool:
    """A site admin, or an admin of every unit. Whoever is in no unit is nobody's but their family's."""
    if actor.is_site_admin:
        return True
    return bool(homes) and all(may(actor, Can.KEEP_MEMBERS, unit_id) for unit_id in homes)


def pair_for(actor: User, unit: Unit, kept_id: uuid.UUID, gone_id: uuid.UUID) -> Pair:
    """Both people, one of them at home in ``unit``, for somebody who may merge them.

    Raises:
        NotAllowed: the actor does not administer the unit.
        NotFound: one of them is nobody, or lives in a unit that the actor does not administer; one answer for both.
    """
    refuse_unless(actor, Can.KEEP_MEMBERS, unit.id)
    people = {
        person.id: person for person in db.session.scalars(select(Person).where(Person.id.in_((kept_id, gone_id))))
    }
    homes = homes_of((kept_id, gone_id))
    known = len(people) == 2 and all(person.anonymised_at is None for person in people.values())
    here = any(unit.id in units for units in homes.values())
    if not known or not here or not all(may_merge(actor, units) for units in homes.values()):
        raise NotFound
    return Pair(people[kept_id], people[gone_id])


def merge_for(actor: User, unit: Unit, merge_id: uuid.UUID, *, lock: bool = False) -> PersonMerge:
    """A merge that was made in ``unit``, for somebody who may take it back.

    Raises:
        NotAllowed: the actor does not administer the unit.
        NotFound: there is none, or the person lives in a unit that the actor does not administer.
    """
    refuse_unless(actor, Can.KEEP_MEMBERS, unit.id)
    wanted = select(PersonMerge).where(PersonMerge.id == merge_id, PersonMerge.unit_id == unit.id)
    found = db.session.scalar(
        wanted.with_for_update(of=PersonMerge) if lock else wanted, execution_options={"populate_existing": lock}
    )
    if found is None or not may_merge(actor, homes_of([found.kept_id])[found.kept_id]):
        raise NotFound
    return found
