"""A roster set against what is known: what would be added, what would change, and what is left alone, and why. Writes nothing."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.families.models import PersonKind
from app.members.importing.cells import later
from app.members.importing.known import Known, KnownPerson, name_key
from app.members.importing.matching import Ambiguous, match
from app.members.importing.records import GuardianNamed, Remark, RosterFile, RosterPerson, TrainingSeen

Pair = tuple[Any, Any]
# Fields where the file's word, when it has one, replaces what is known.
PLAIN = ("first_name", "last_name", "birth_date", "gender", "email", "phone", "rank")
# Dates on which something runs out: an older paper never takes the place of a newer one.
UNTIL = ("form_ab_until", "form_c_until")
PLACE = ("member_number", "position")


@dataclass(frozen=True)
class GuardianPlan:
    """A named guardian to note beside a child. ``adult_number`` is set when the roster or the database knows the adult."""

    name: str
    is_new: bool
    changes: dict[str, Pair]
    adult_number: str | None = None


@dataclass(frozen=True)
class PersonPlan:
    """What becomes of one row. Without ``person_id`` it is somebody new."""

    row: RosterPerson
    person_id: uuid.UUID | None
    joins: bool
    values: dict[str, Pair] = field(default_factory=dict)
    place: dict[str, Pair] = field(default_factory=dict)
    trainings: list[tuple[TrainingSeen, date | None]] = field(default_factory=list)
    guardians: list[GuardianPlan] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        """Nobody here is this person yet."""
        return self.person_id is None

    @property
    def changes_anything(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.is_new or self.joins or self.values or self.place or self.trainings or self.guardians)


@dataclass
class Plan:
    """The whole import, before it is made."""

    unit_name: str
    unit_is_new: bool
    patrols: list[str] = field(default_factory=list)
    people: list[PersonPlan] = field(default_factory=list)
    ambiguous: list[Remark] = field(default_factory=list)
    rejected: list[Remark] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    not_in_file: int = 0

    @property
    def added(self) -> list[PersonPlan]:
        """People who are new to the site."""
        return [plan for plan in self.people if plan.is_new]

    @property
    def changed(self) -> list[PersonPlan]:
        """People who are known and would change."""
        return [plan for plan in self.people if not plan.is_new and plan.changes_anything]

    @property
    def unchanged(self) -> int:
        """How many stay as they are."""
        return len(self.people) - len(self.added) - len(self.changed)

    @property
    def nothing_to_do(self) -> bool:
        """Whether applying it would write nothing."""
        return not (self.unit_is_new or self.patrols or self.added or self.changed)


def compare(file: RosterFile, known: Known, unit_name: str, *, unit_is_new: bool = False) -> Plan:
    """The plan that makes the database say what the file says, as far as the file is to be believed."""
    plan = Plan(unit_name, unit_is_new, rejected=list(file.rejected), remarks=list(file.remarks))
    found = decide(file, known, plan)
    ids = {row.member_number: person.id if person else None for row, person in found if row.member_number}
    for number, people in known.by_number.items():
        # A number that is known twice points to nobody.
        if len(people) == 1:
            ids.setdefault(number, people[0].id)
    patrols = dict(known.patrols)
    for row, person in found:
        if row.patrol and row.patrol.casefold() not in patrols:
            patrols[row.patrol.casefold()] = row.patrol
            plan.patrols.append(row.patrol)
        plan.people.append(plan_person(row, person, patrols, ids))
    met = {person.id for _, person in found if person}
    plan.not_in_file = sum(person.in_unit and person.id not in met for person in known.people)
    plan.rejected.sort(key=lambda remark: remark.line)
    return plan


def decide(file: RosterFile, known: Known, plan: Plan) -> list[tuple[RosterPerson, KnownPerson | None]]:
    """Who each row is; rows that cannot be decided go to the plan's lists instead."""
    found: list[tuple[RosterPerson, KnownPerson | None]] = []
    taken: dict[uuid.UUID, int] = {}
    fresh: dict[tuple[Any, ...], int] = {}
    # Rows with a number choose first: a number is the better witness.
    for row in sorted(file.people, key=lambda row: (row.member_number is None, row.line)):
        try:
            refuse_other_unit(row, plan.unit_name)
            person = match(row, known)
            if person and person.id in taken:
                raise Ambiguous(f"line {taken[person.id]} is the same person already")
            # Two rows without a number and with one name may be one child twice, or two children.
            key = (name_key(row.first_name, row.last_name), row.member_number, row.birth_date)
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
    row: RosterPerson, person: KnownPerson | None, patrols: Mapping[str, str], ids: Mapping[str, uuid.UUID | None]
) -> PersonPlan:
    """What the row changes, field by field."""
    values: dict[str, Pair] = {}
    place: dict[str, Pair] = {}
    for name in PLAIN:
        differ(values, name, getattr(person, name, None), getattr(row, name))
    for name in UNTIL:
        before = getattr(person, name, None)
        if later(getattr(row, name), before):
            values[name] = (before, getattr(row, name))
    differ(values, "kind", person.kind if person else None, row.kind.value)
    values |= swim_changes(row, person)
    for name in PLACE:
        differ(place, name, getattr(person, name, None), getattr(row, name))
    wanted = patrols[row.patrol.casefold()] if row.patrol else None
    differ(place, "patrol", person.patrol if person else None, wanted)
    if person and person.in_unit and not person.registered:
        place["registered"] = (False, True)
    return PersonPlan(
        row=row,
        person_id=person.id if person else None,
        joins=person is None or not person.in_unit,
        values=values,
        place=place,
        trainings=training_changes(row, person),
        guardians=[plan for named in row.guardians if (plan := plan_guardian(named, person, ids))],
    )


def differ(changes: dict[str, Pair], name: str, before: Any, after: Any) -> None:
    """Note the change, unless the file says nothing: a blank never clears."""
    if after is not None and after != before:
        changes[name] = (before, after)


def swim_changes(row: RosterPerson, person: KnownPerson | None) -> dict[str, Pair]:
    """The class and its day belong together: an older test never replaces a newer one."""
    if row.swim_class is None:
        return {}
    before, before_on = (person.swim_class, person.swim_class_on) if person else (None, None)
    if before_on and (row.swim_class_on is None or row.swim_class_on < before_on):
        return {}
    changes: dict[str, Pair] = {}
    differ(changes, "swim_class", before, row.swim_class)
    differ(changes, "swim_class_on", before_on, row.swim_class_on)
    return changes


def training_changes(row: RosterPerson, person: KnownPerson | None) -> list[tuple[TrainingSeen, date | None]]:
    """Trainings that are new, or that last longer than we knew, each with the day that we knew."""
    known = person.trainings if person else {}
    return [
        (seen, known.get(seen.code))
        for seen in row.trainings
        if seen.code not in known or later(seen.expires_on, known[seen.code])
    ]


def plan_guardian(
    named: GuardianNamed, child: KnownPerson | None, ids: Mapping[str, uuid.UUID | None]
) -> GuardianPlan | None:
    """The proposal to add or change; None when it stands already."""
    before = child.proposals.get(named.name.casefold()) if child else None
    changes: dict[str, Pair] = {}
    differ(changes, "relationship_to", before.relationship_to if before else None, named.relationship)
    differ(changes, "phone", before.phone if before else None, named.phone)
    number = named.member_number if named.member_number in ids else None
    # None among the ids is somebody whom this very roster adds.
    linked = number is not None and (ids[number] is None or before is None or before.adult_id != ids[number])
    if before and not changes and not linked:
        return None
    return GuardianPlan(named.name, before is None, changes, number if linked else None)
