"""The days of positions. Their names of today stand in ``memberships.position``, which rosters and old code read and write."""

import uuid
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.audit.rules import assign, record
from app.clock import today
from app.errors import Conflict, NotFound, RuleBroken, Stale
from app.extensions import db, new_id
from app.families.models import Person
from app.identity.models import User
from app.identity.permissions import Can
from app.members.access import member_of
from app.members.models import Membership, Position
from app.members.rules.transfers import lock_person
from app.units.access import refuse_unless
from app.units.models import Unit

Days = tuple[date | None, date | None]
MOST = 60  # positions of one member in one unit; over that somebody is playing


def positions_of(unit_id: uuid.UUID, person_id: uuid.UUID) -> list[Position]:
    """What somebody is and was in a unit, in all their times there: today's first, then the latest."""
    wanted = (
        select(Position)
        .join(Membership, Membership.id == Position.membership_id)
        .where(Membership.unit_id == unit_id, Membership.person_id == person_id)
        .order_by(Position.until.desc().nulls_first(), Position.since.desc().nulls_last(), Position.name)
    )
    return list(db.session.scalars(wanted.limit(MOST)))


def add_position(actor: User, unit: Unit, place: Membership, name: str, days: Days) -> Position:
    """A position that somebody has, or had.

    Raises:
        NotAllowed: the actor does not administer the unit. RuleBroken: the days will not do, or they have it already.
    """
    refuse_unless(actor, Can.KEEP_MEMBERS, unit.id)
    lock_person(place.person_id)
    place = member_of(unit.id, place.person_id, lock=True)
    check_days(unit, days)
    if "|" in name:
        raise RuleBroken("One position at a time.", "name")
    if len(positions_of(unit.id, place.person_id)) >= MOST:
        raise RuleBroken("There are many positions already.", "name")
    found = Position(id=new_id(), membership_id=place.id, unit_id=unit.id, name=name, since=days[0], until=days[1])
    db.session.add(found)
    save(name)
    name_those_of_today(place)
    said = {"position": (None, name), "since": (None, days[0]), "until": (None, days[1])}
    record(actor, "position added", place.person, changes=said, unit_id=unit.id)
    return found


def change_position(
    actor: User, unit: Unit, person_id: uuid.UUID, position_id: uuid.UUID, days: Days, seen: Days
) -> Position:
    """Other days of a position; with a last day it is one that somebody had.

    Raises:
        NotAllowed, NotFound. RuleBroken: the days will not do. Stale: somebody else changed them since they were ``seen``.
    """
    refuse_unless(actor, Can.KEEP_MEMBERS, unit.id)
    lock_person(person_id)
    found, place = own_position(unit, person_id, position_id)
    here = (found.since, found.until)
    if here == days:
        return found
    if here != seen:
        raise Stale(
            "Somebody else changed this position since you opened the page.",
            {"since": here[0], "until": here[1]},
            {"since": days[0], "until": days[1]},
        )
    check_days(unit, days)
    if days[1] is None and place.until is not None:
        raise RuleBroken("They are no member any more, so the position has a last day.", "until")
    changes = assign(found, {"since": days[0], "until": days[1]})
    save(found.name)
    name_those_of_today(place)
    person = db.session.get_one(Person, person_id)
    record(actor, f"days of the position {found.name} changed", person, changes=changes, unit_id=unit.id)
    return found


def own_position(unit: Unit, person_id: uuid.UUID, position_id: uuid.UUID) -> tuple[Position, Membership]:
    """A position of this person in this unit, and the place that it belongs to; both locked.

    Raises:
        NotFound: there is none.
    """
    wanted = (
        select(Position, Membership)
        .join(Membership, Membership.id == Position.membership_id)
        .where(Position.id == position_id, Membership.unit_id == unit.id, Membership.person_id == person_id)
        .with_for_update()
    )
    found = db.session.execute(wanted, execution_options={"populate_existing": True}).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


def check_days(unit: Unit, days: Days) -> None:
    """Raises RuleBroken: the last day is before the first, or either is still to come."""
    since, until = days
    if since and until and until < since:
        raise RuleBroken("The last day is before the first one.", "until")
    if any(day and day > today(unit.time_zone) for day in days):
        raise RuleBroken(
            "Enter a day that has come: a position begins and ends when it does.", "since" if until is None else "until"
        )


def save(name: str) -> None:
    """Send it; the unique index is the last to know."""
    try:
        db.session.flush()
    except IntegrityError as collision:
        raise Conflict(f"They are {name} today already.") from collision


def name_those_of_today(place: Membership) -> None:
    """The text names what has no last day, so that what follows from it changes nothing more."""
    live = select(Position.name).where(Position.membership_id == place.id, Position.until.is_(None))
    names = list(db.session.scalars(live.order_by(Position.since.nulls_first(), Position.name)))
    kept = [part.strip() for part in (place.position or "").split("|")]
    # In the order in which they stand; what is new comes last.
    names.sort(key=lambda name: kept.index(name) if name in kept else len(kept))
    place.position = " | ".join(names) or None
    db.session.flush()
