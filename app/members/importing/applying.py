"""Writes a plan. Everything or nothing: the caller commits once."""

import re
import uuid

from app.audit.rules import record
from app.clock import today
from app.extensions import db, new_id
from app.families.models import GuardianProposal, Person, Training
from app.identity.models import User
from app.members.importing.comparing import GuardianPlan, PersonPlan, Plan
from app.members.importing.loading import Loaded
from app.members.models import Membership
from app.units.models import Patrol, Unit, UnitKind

SOURCE = "roster file"


def apply_plan(plan: Plan, loaded: Loaded, actor: User | None, time_zone: str) -> Unit:
    """Make the database what the plan says. ``loaded`` must have been read with ``lock=True`` in this transaction.

    Flushed in stages, because SQLAlchemy orders by relationships and some of these tables have none; each stage is sent in
    batches, so that the number of statements does not grow with every row.
    """
    unit = loaded.unit or new_unit(plan.unit_name, time_zone, actor)
    patrols = loaded.patrols | {patrol.name.casefold(): patrol for patrol in new_patrols(plan, unit, actor)}
    people = dict(loaded.people)
    ids: dict[str, uuid.UUID] = {}
    written: list[tuple[PersonPlan, Person]] = []
    for step in plan.people:
        if not step.changes_anything:
            person = people[step.person_id] if step.person_id else None
        else:
            person = write_person(step, people)
            written.append((step, person))
        if person and step.row.member_number:
            ids[step.row.member_number] = person.id
    db.session.flush()
    for number, found in loaded.known.by_number.items():
        if len(found) == 1:
            ids.setdefault(number, found[0].id)
    for step, person in written:
        changes = dict(step.values) | write_place(step, person, unit, patrols, loaded)
        changes |= write_trainings(step, person, loaded)
        for guardian in step.guardians:
            changes |= write_guardian(guardian, person, loaded, ids)
        action = "added from a roster" if step.is_new else "changed by a roster"
        record(actor, action, person, changes=changes, unit_id=unit.id, reason=SOURCE)
    db.session.flush()
    return unit


def unit_kind(name: str) -> UnitKind:
    """``Troop 77`` is a troop; a name that starts with no such word is a group."""
    first = name.split()[0].casefold() if name.split() else ""
    return UnitKind(first) if first in set(UnitKind) else UnitKind.GROUP


def new_unit(name: str, time_zone: str, actor: User | None) -> Unit:
    """A unit for people who have none here yet."""
    number = re.search(r"\d+", name)
    unit = Unit(id=new_id(), name=name, kind=unit_kind(name), number=number[0] if number else None, time_zone=time_zone)
    db.session.add(unit)
    db.session.flush()
    record(actor, "unit added", unit, changes={"name": (None, name)}, unit_id=unit.id, reason=SOURCE)
    return unit


def new_patrols(plan: Plan, unit: Unit, actor: User | None) -> list[Patrol]:
    """Patrols that the file names first."""
    patrols = [Patrol(id=new_id(), unit_id=unit.id, name=name) for name in plan.patrols]
    db.session.add_all(patrols)
    db.session.flush()
    for patrol in patrols:
        record(actor, "patrol added", patrol, changes={"name": (None, patrol.name)}, unit_id=unit.id, reason=SOURCE)
    return patrols


def write_person(step: PersonPlan, people: dict[uuid.UUID, Person]) -> Person:
    """The person with the new values; a form that somebody has open notices by the version."""
    values = {name: after for name, (_, after) in step.values.items()}
    if step.person_id is None:
        person = Person(id=new_id(), **values)
        db.session.add(person)
        return person
    person = people[step.person_id]
    for name, after in values.items():
        setattr(person, name, after)
    if values:
        person.version += 1
    return person


def write_place(
    step: PersonPlan, person: Person, unit: Unit, patrols: dict[str, Patrol], loaded: Loaded
) -> dict[str, tuple[object, object]]:
    """The person's place in the unit; returns what changed of it."""
    place = loaded.memberships.get(person.id)
    if place is None:
        place = Membership(id=new_id(), person_id=person.id, unit_id=unit.id, since=today(unit.time_zone))
        db.session.add(place)
    for name, (_, after) in step.place.items():
        if name == "patrol":
            place.patrol_id = patrols[after.casefold()].id
        else:
            setattr(place, name, after)
    return dict(step.place) | ({"unit": (None, unit.name)} if step.joins else {})


def write_trainings(step: PersonPlan, person: Person, loaded: Loaded) -> dict[str, tuple[object, object]]:
    """New trainings, and longer ones; returns what changed."""
    for seen, _ in step.trainings:
        known = loaded.trainings.get((person.id, seen.code))
        if known:
            known.expires_on = seen.expires_on
        else:
            db.session.add(Training(person_id=person.id, code=seen.code, name=seen.name, expires_on=seen.expires_on))
    return {f"training {seen.code}": (before, seen.expires_on or "no end") for seen, before in step.trainings}


def write_guardian(
    plan: GuardianPlan, child: Person, loaded: Loaded, ids: dict[str, uuid.UUID]
) -> dict[str, tuple[object, object]]:
    """A proposal, never a Guardian: only a unit admin gives somebody rights over a child. Returns what changed."""
    proposal = loaded.proposals.get((child.id, plan.name.casefold()))
    if proposal is None:
        proposal = GuardianProposal(person_id=child.id, name=plan.name)
        db.session.add(proposal)
    for name, (_, after) in plan.changes.items():
        setattr(proposal, name, after)
    changes: dict[str, tuple[object, object]] = {
        f"named guardian {plan.name}, {name}": pair for name, pair in plan.changes.items()
    }
    if plan.adult_number:
        changes[f"named guardian {plan.name}, person"] = (proposal.adult_id, ids[plan.adult_number])
        proposal.adult_id = ids[plan.adult_number]
    return changes or {f"named guardian {plan.name}": (None, "named")}
