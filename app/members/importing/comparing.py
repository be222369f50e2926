"""A roster set against what is known: what would be added, what would change, and what is left alone, and why. Writes nothing."""

import re
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.families.models import PersonKind
from app.members.importing.cells import later
from app.members.importing.known import Known, KnownPerson, name_key
from app.members.importing.matching import Ambiguous, match
from app.members.importing.plan import GuardianPlan, Pair, PersonPlan, Plan
from app.members.importing.records import GuardianNamed, Remark, RosterFile, RosterPerson, TrainingSeen

# Fields where the file's word, when it has one, replaces what is known.
PLAIN = ("first_name", "last_name", "preferred_name", "birth_date", "gender", "email", "phone", "rank")
# Dates on which something runs out: an older paper never takes the place of a newer one.
UNTIL = ("form_ab_until", "form_c_until")
PLACE = ("member_number",)


@dataclass(frozen=True)
class Earlier:
    """The lines of rows that were decided before: by the person whom they tell of, and by the key of somebody new."""

    taken: dict[uuid.UUID, int] = field(default_factory=dict)
    fresh: dict[str, int] = field(default_factory=dict)


NOTHING_EARLIER = Earlier()


def compare(
    file: RosterFile,
    known: Known,
    unit_name: str,
    *,
    unit_is_new: bool = False,
    earlier: Earlier = NOTHING_EARLIER,
    elsewhere: Collection[str] = (),
) -> Plan:
    """The plan that makes the database say what the file says, as far as the file is to be believed.

    A long file is compared in slices: ``earlier`` tells who the rows before this slice were, ``elsewhere`` which member numbers
    stand in the other slices.
    """
    plan = Plan(unit_name, unit_is_new, rejected=list(file.rejected), remarks=list(file.remarks))
    found = decide(file, known, plan, earlier)
    ids = {row.member_number: person.id if person else None for row, person in found if row.member_number}
    for number, people in known.by_number.items():
        # A number that is known twice points to nobody.
        if len(people) == 1:
            ids.setdefault(number, people[0].id)
    for number in elsewhere:
        ids.setdefault(number, None)
    patrols = dict(known.patrols)
    for row, person in found:
        if row.patrol and row.patrol.casefold() not in patrols:
            patrols[row.patrol.casefold()] = row.patrol
            plan.patrols.append(row.patrol)
        plan.people.append(plan_person(row, person, patrols, ids, known))
    met = {person.id for _, person in found if person}
    plan.not_in_file = sum(person.in_unit and person.id not in met for person in known.people)
    plan.rejected.sort(key=lambda remark: remark.line)
    return plan


def decide(
    file: RosterFile, known: Known, plan: Plan, earlier: Earlier
) -> list[tuple[RosterPerson, KnownPerson | None]]:
    """Who each row is; rows that cannot be decided go to the plan's lists instead."""
    found: list[tuple[RosterPerson, KnownPerson | None]] = []
    taken = dict(earlier.taken)
    fresh = dict(earlier.fresh)
    # Rows with a number choose first: a number is the better witness.
    for row in sorted(file.people, key=lambda row: (row.member_number is None, row.line)):
        try:
            refuse_other_unit(row, plan.unit_name)
            person = match(row, known)
            if person and person.id in taken:
                raise Ambiguous(f"line {taken[person.id]} is the same person already")
            # Two rows without a number and with one name may be one child twice, or two children.
            key = fresh_key(row)
            if person is None and row.member_number is None and key in fresh:
                raise Ambiguous(f"line {fresh[key]} has the same name, and neither has a member number")
            if person and person.has_account and row.kind == PersonKind.YOUTH:
                raise Refused("the file lists as youth somebody who has an account, and only adults have one")
        except Ambiguous as problem:
            plan.ambiguous.append(Remark(row.line, f"{row.full_name}: {problem}"))
        except Refused as problem:
            plan.rejected.append(Remark(row.line, f"{row.full_name}: {problem}"))
        else:
            if person:
                taken[person.id] = row.line
            else:
                fresh[key] = row.line
            found.append((row, person))
    return sorted(found, key=lambda pair: pair[0].line)


def fresh_key(row: RosterPerson) -> str:
    """By what two rows of new people may be one and the same."""
    return f"{name_key(row.first_name, row.last_name)}|{row.member_number or ''}|{row.birth_date or ''}"


class Refused(Exception):
    """This row is not for this unit, or against a rule of the house."""


def refuse_other_unit(row: RosterPerson, unit_name: str) -> None:
    """A roster of Pack 12 must not fill Troop 77. ``Troop 77 B`` and ``Troop 0077`` are Troop 77."""
    wanted = numbers_in(unit_name)
    if wanted and row.units and not any(numbers_in(unit) & wanted or not numbers_in(unit) for unit in row.units):
        raise Refused(f"the file says {' and '.join(row.units)}, and this import is for {unit_name}")


def numbers_in(unit: str) -> set[tuple[str, int]]:
    """``Troop 77 B`` -> ``{("troop", 77)}``."""
    return {(kind.casefold(), int(number)) for kind, number in re.findall(r"([^\W\d]+)\s+0*(\d{1,9})", unit)}


def plan_person(
    row: RosterPerson,
    person: KnownPerson | None,
    patrols: Mapping[str, str],
    ids: Mapping[str, uuid.UUID | None],
    known: Known,
) -> PersonPlan:
    """What the row changes, field by field."""
    values: dict[str, Pair] = {}
    place: dict[str, Pair] = {}
    for name in PLAIN:
        differ(values, name, getattr(person, name, None), getattr(row, name))
    older: dict[str, Pair] = {}
    for name in UNTIL:
        before, after = getattr(person, name, None), getattr(row, name)
        differ(values if later(after, before) else older, name, before, after)
    differ(values, "kind", person.kind if person else None, row.kind.value)
    values |= swim_changes(row, person)
    older |= swim_changes(row, person, older=True)
    for name in PLACE:
        differ(place, name, getattr(person, name, None), getattr(row, name))
    wanted = patrols[row.patrol.casefold()] if row.patrol else None
    differ(place, "patrol", person.patrol if person else None, wanted)
    if not is_among(row, person):
        differ(place, "position", person.position if person else None, row.position)
    differ(place, "registered", person.registered if person and person.in_unit else True, row.registered)
    trainings, older_trainings = training_changes(row, person)
    if person and row.kind == PersonKind.YOUTH and person.phone:
        values.pop("phone", None)  # a child's own number is the family's to change, and nobody else's to see
    if person and not person.in_reach:
        values, older, older_trainings = {n: p for n, p in values.items() if p[0] is None}, {}, []
        trainings = [(seen, before) for seen, before in trainings if before is None]
    return PersonPlan(
        row=row,
        person_id=person.id if person else None,
        joins=person is None or not person.in_unit,
        values=values,
        place=place,
        trainings=trainings,
        guardians=[plan for named in row.guardians if (plan := plan_guardian(named, person, ids, known))],
        older=older,
        older_trainings=older_trainings,
    )


def is_among(row: RosterPerson, person: KnownPerson | None) -> bool:
    """Whether the one position that the file knows of is among those that we know."""
    known = (person.position or "").split(" | ") if person else []
    return row.one_position and row.position in known


def differ(changes: dict[str, Pair], name: str, before: Any, after: Any) -> None:
    """Note the change, unless the file says nothing: a blank never clears."""
    if after is not None and after != before:
        changes[name] = (before, after)


def swim_changes(row: RosterPerson, person: KnownPerson | None, *, older: bool = False) -> dict[str, Pair]:
    """The class and its day belong together: an older test never replaces a newer one, unless ``older`` is what is asked for."""
    if row.swim_class is None:
        return {}
    before, before_on = (person.swim_class, person.swim_class_on) if person else (None, None)
    # A class without a day is no witness against one that was seen on a day.
    if before_on and row.swim_class_on is None:
        return {}
    if older != bool(before_on and row.swim_class_on and row.swim_class_on < before_on):
        return {}
    changes: dict[str, Pair] = {}
    differ(changes, "swim_class", before, row.swim_class)
    differ(changes, "swim_class_on", before_on, row.swim_class_on)
    return changes


TrainingChanges = list[tuple[TrainingSeen, date | None]]


def training_changes(row: RosterPerson, person: KnownPerson | None) -> tuple[TrainingChanges, TrainingChanges]:
    """Trainings that are new, or that last longer than we knew, each with the day that we knew; then those that end sooner."""
    known = person.trainings if person else {}
    newer: TrainingChanges = []
    older: TrainingChanges = []
    for seen in row.trainings:
        before = known.get(seen.code)
        if seen.code not in known or later(seen.expires_on, before):
            newer.append((seen, before))
        elif seen.expires_on and before and seen.expires_on < before:
            older.append((seen, before))
    return newer, older


def plan_guardian(
    named: GuardianNamed, child: KnownPerson | None, ids: Mapping[str, uuid.UUID | None], known: Known
) -> GuardianPlan | None:
    """The proposal to add or change; None when it stands already."""
    before = child.proposals.get(named.name.casefold()) if child else None
    changes: dict[str, Pair] = {}
    differ(changes, "relationship_to", before.relationship_to if before else None, named.relationship)
    differ(changes, "phone", before.phone if before else None, named.phone)
    number = named.member_number if named.member_number in ids else None
    # None among the ids is somebody whom this very roster adds.
    linked = number is not None and (ids[number] is None or before is None or before.adult_id != ids[number])
    adult_id = None if number else adult_by_email(named, known)
    if before and before.adult_id:
        # Who was found once is not exchanged for somebody found by a weaker sign.
        adult_id = None
    if before and not changes and not linked and adult_id is None:
        return None
    return GuardianPlan(named.name, before is None, changes, number if linked else None, adult_id, before)


def adult_by_email(named: GuardianNamed, known: Known) -> uuid.UUID | None:
    """The adult of this name and this address, where the file knows no number: two witnesses, as for everybody."""
    if not named.email:
        return None
    found = {
        person.id
        for person in known.by_name.get(name_key(named.name, ""), ())
        if person.kind == PersonKind.ADULT and (person.email or "").casefold() == named.email.casefold()
    }
    return found.pop() if len(found) == 1 else None
