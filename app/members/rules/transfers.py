"""Somebody goes from one unit to another. The place here ends, one begins there, and what was stays to be read.

Whoever administers both units does it at once. Else an admin of the other unit accepts first: nobody is put into a unit from outside,
and nobody is taken out of one. See docs/decisions/0025.
"""

import uuid
from dataclasses import dataclass

from sqlalchemy import column, func, select, table
from sqlalchemy.exc import IntegrityError

from app.audit.rules import record
from app.clock import now, today
from app.errors import Conflict, NotFound, RuleBroken
from app.extensions import db, new_id
from app.families.models import Person
from app.identity.models import User
from app.identity.permissions import Can
from app.members.access import member_of
from app.members.models import Membership, Transfer, TransferState
from app.members.rules.people import check_number
from app.units.access import may, refuse_unless
from app.units.models import Unit

NO_UNIT = "There is no other unit of this name here. Write it as its own people do, for example Troop 77."
NO_WORD = (
    "Whoever asked for this is no admin of {unit} any more. It can be accepted once an admin of {unit} asks again."
)
DECIDED = "Somebody has decided about this already."


@dataclass(frozen=True)
class Coming:
    """An outing that somebody who goes stays signed up for."""

    id: uuid.UUID
    title: str


def coming_outings(person_id: uuid.UUID, unit_id: uuid.UUID) -> list[Coming]:
    """Outings of a unit that somebody has a seat on or waits for, soonest first. They stay so, whatever unit they go to."""
    # Outings and participants belong to later rooms; this one knows of them only what a sentence needs.
    rows = table("participants", *(column(name) for name in ("person_id", "outing_id", "state")))
    outings = table("outings", *(column(name) for name in ("id", "title", "unit_id", "starts_at", "state")))
    found = db.session.execute(
        select(outings.c.id, outings.c.title)
        .join(rows, rows.c.outing_id == outings.c.id)
        .where(rows.c.person_id == person_id, rows.c.state != "cancelled", outings.c.unit_id == unit_id)
        .where(outings.c.starts_at > now(), outings.c.state == "published")
        .order_by(outings.c.starts_at)
        .limit(20)
    )
    return [Coming(*row) for row in found]


def transfer(actor: User, unit: Unit, person_id: uuid.UUID, name: str) -> Transfer:
    """Let a member go to the unit called ``name``: at once for an admin of both, else once it is accepted. Again changes nothing.

    Raises:
        NotAllowed: the actor does not administer the unit. NotFound: no member of it.
        RuleBroken: no other unit has this name, or the number is taken there. Conflict: another transfer waits.
    """
    refuse_unless(actor, Can.KEEP_MEMBERS, unit.id)
    other = db.session.scalar(select(Unit).where(func.lower(Unit.name) == " ".join(name.split()).lower()))
    if other is None or other.id == unit.id:
        raise RuleBroken(NO_UNIT, "to")
    lock_person(person_id)
    place = member_of(unit.id, person_id, lock=True)
    waits = (Transfer.from_unit_id == unit.id, Transfer.person_id == person_id)
    found = db.session.scalar(select(Transfer).where(*waits, Transfer.state == TransferState.WAITING))
    if found is not None and found.to_unit_id != other.id:
        raise Conflict("Another transfer waits for an answer. Take it back first.")
    if found is None:
        found = Transfer(
            id=new_id(), person_id=person_id, from_unit_id=unit.id, to_unit_id=other.id, asked_by_id=actor.id,
            state=TransferState.WAITING,
        )  # fmt: skip
        found.person, found.from_unit, found.to_unit = place.person, unit, other
        db.session.add(found)
        record(actor, "transfer asked for", place.person, changes={"unit": (unit.name, other.name)}, unit_id=unit.id)
        db.session.flush()
    # Whose word it is: whoever asked before may be no admin any more.
    found.asked_by_id = actor.id
    if may(actor, Can.KEEP_MEMBERS, other.id):
        carry_out(actor, found, place)
    return found


def lock_person(person_id: uuid.UUID) -> None:
    """The person first, then places."""
    db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update())


def waiting(transfer_id: uuid.UUID, unit_id: uuid.UUID) -> Transfer:
    """A transfer from or to this unit; locked.

    Raises:
        NotFound: there is none. Conflict: it was decided already.
    """
    either = (Transfer.from_unit_id == unit_id) | (Transfer.to_unit_id == unit_id)
    found = db.session.scalar(
        select(Transfer).where(Transfer.id == transfer_id, either).with_for_update(of=Transfer),
        execution_options={"populate_existing": True},
    )
    if found is None:
        raise NotFound
    if found.state != TransferState.WAITING:
        raise Conflict(DECIDED)
    return found


def accept(actor: User, unit: Unit, transfer_id: uuid.UUID) -> Transfer:
    """Take somebody in.

    Raises:
        NotAllowed: the actor does not administer the unit. NotFound: nobody is to come by this. Conflict: decided, gone from there, or
            asked for by somebody who is no admin there any more.
        RuleBroken: the member number is taken here.
    """
    refuse_unless(actor, Can.KEEP_MEMBERS, unit.id)
    person_id = db.session.scalar(select(Transfer.person_id).where(Transfer.id == transfer_id))
    if person_id is not None:
        lock_person(person_id)
    found = waiting(transfer_id, unit.id)
    if found.to_unit_id != unit.id:
        raise NotFound
    refuse_old_word(found)
    try:
        place = member_of(found.from_unit_id, found.person_id, lock=True)
    except NotFound:
        raise Conflict(
            f"They are no longer a member of {found.from_unit.name}. Decline, and add them by hand."
        ) from None
    carry_out(actor, found, place)
    return found


def refuse_old_word(found: Transfer) -> None:
    """Raises Conflict when whoever asked could not ask today: nobody is drawn out of a unit."""
    asker = found.asked_by
    if asker is None or asker.suspended_at is not None or not may(asker, Can.KEEP_MEMBERS, found.from_unit_id):
        raise Conflict(NO_WORD.format(unit=found.from_unit.name))


def turn_down(actor: User, unit: Unit, transfer_id: uuid.UUID) -> Transfer:
    """The unit that it leads to declines, or the one that it comes from takes it back.

    Raises:
        NotAllowed: the actor does not administer the unit. NotFound: there is no such transfer. Conflict: it was decided already.
    """
    refuse_unless(actor, Can.KEEP_MEMBERS, unit.id)
    found = waiting(transfer_id, unit.id)
    here = found.to_unit_id == unit.id
    found.state = TransferState.DECLINED if here else TransferState.WITHDRAWN
    found.decided_by_id, found.decided_at = actor.id, now()
    for unit_id in (found.from_unit_id, found.to_unit_id):
        record(actor, f"transfer {found.state}", found.person, unit_id=unit_id)
    db.session.flush()
    return found


def carry_out(actor: User, found: Transfer, place: Membership) -> None:
    """End the place here and begin one there. Somebody who is there already only leaves here."""
    here, there = found.from_unit, found.to_unit
    day = today(here.time_zone)
    live = (Membership.unit_id == there.id, Membership.person_id == place.person_id, Membership.until.is_(None))
    known = db.session.scalar(select(Membership.id).where(*live))
    if known is None:
        refuse_taken_number(there, place)
    place.until = max(day, place.since) if place.since else day
    if known is None:
        db.session.add(
            Membership(
                id=new_id(), person_id=place.person_id, unit_id=there.id, member_number=place.member_number,
                registered=place.registered, since=today(there.time_zone),
            )
        )  # fmt: skip
    found.state, found.decided_by_id, found.decided_at = TransferState.ACCEPTED, actor.id, now()
    for unit in (here, there):
        record(actor, "transferred", place.person, changes={"unit": (here.name, there.name)}, unit_id=unit.id)
    try:
        db.session.flush()
    except IntegrityError as collision:
        raise Conflict("Somebody changed this at the same moment. Look again.") from collision


def refuse_taken_number(there: Unit, place: Membership) -> None:
    """Raises RuleBroken when somebody else there has the number: then one of the two is a duplicate, or mistyped."""
    try:
        check_number(there.id, place.member_number)
    except RuleBroken:
        raise RuleBroken(
            f"Somebody in {there.name} has the member number of {place.person.full_name}. One of the two must be corrected first.",
            "to",
        ) from None
