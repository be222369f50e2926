"""A roster set against what is known: what would be added, what would change, and what is left alone, and why. Writes nothing."""

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.families.models import PersonKind
from app.members.importing.cells import later
from app.members.importing.known import Known, KnownPerson, name_key
from app.members.importing.matching import Ambiguous, match
from app.members.importing.plan import GuardianPlan, Pair, PersonPlan, Plan
from app.members.importing.records import GuardianNamed, Remark, RosterFile, RosterPerson, TrainingSeen, plain

# Fields where the file's word, when it has one, replaces what is known.
PLAIN = ("first_name", "last_name", "preferred_name", "birth_date", "gender", "email", "phone", "rank")
# Dates on which something runs out: an older paper never takes the place of a newer one.
UNTIL = ("form_ab_until", "form_c_until")
PLACE = ("member_number",)


@dataclass(frozen=True)
class Earlier:
    """The lines of rows that were decided before: by the person whom they tell of, and, with their birth dates, by the key of somebody new."""

    taken: dict[uuid.UUID, int] = field(default_factory=dict)
    fresh: dict[str, list[tuple[int, str | None]]] = field(default_factory=dict)


NOTHING_EARLIER = Earlier()


@dataclass(frozen=True)
class Bearer:
    """Whose a member number is once the import is made. Without an ``id`` it is somebody whom this very roster adds."""

    id: uuid.UUID | None
    names: frozenset[str]

    def may_be(self, name: str) -> bool:
        """Whether first or last name are the same: a number with a typing error in it leads to anybody."""
        mine = name_key(name, "").split()
        return any(mine[:1] == words[:1] or mine[-1:] == words[-1:] for words in map(str.split, self.names))


def compare(
    file: RosterFile,
    known: Known,
    unit_name: str,
    *,
    unit_is_new: bool = False,
    earlier: Earlier = NOTHING_EARLIER,
    elsewhere: Mapping[str, str] | None = None,
) -> Plan:
    """The plan that makes the database say what the file says, as far as the file is to be believed.

    A long file is compared in slices: ``earlier`` tells who the rows before this slice were, ``elsewhere`` whose member numbers
    other slices bring.
    """
    plan = Plan(unit_name, unit_is_new, rejected=list(file.rejected), remarks=list(file.remarks))
    found = decide(file, known, plan, earlier)
    bearers = {number: Bearer(None, frozenset({name_key(name, "")})) for number, name in (elsewhere or {}).items()}
    bearers |= dict(bearers_here(known)) | dict(bearers_in(found))
    patrols = dict(known.patrols)
    for row, person in found:
        if row.patrol and row.patrol.casefold() not in patrols:
            patrols[row.patrol.casefold()] = row.patrol
            plan.patrols.append(row.patrol)
        plan.people.append(plan_person(row, person, patrols, bearers, known))
    met = {person.id for _, person in found if person}
    plan.not_in_file = sum(person.in_unit and person.id not in met for person in known.people)
    plan.rejected.sort(key=lambda remark: remark.line)
    return plan


def bearers_here(known: Known) -> Iterator[tuple[str, Bearer]]:
    """Of the unit's members. A number that two of them have points to nobody."""
    for number, people in known.by_number.items():
        bearing = [person for person in people if person.in_unit and person.member_number == number]
        if len(bearing) == 1:
            yield number, Bearer(bearing[0].id, frozenset(bearing[0].name_keys()))


def bearers_in(found: Iterable[tuple[RosterPerson, KnownPerson | None]]) -> Iterator[tuple[str, Bearer]]:
    """Of the rows that are used."""
    for row, person in found:
        if row.member_number:
            names = {name_key(row.first_name, row.last_name)} | (person.name_keys() if person else set())
            yield row.member_number, Bearer(person.id if person else None, frozenset(names))


def decide(
    file: RosterFile, known: Known, plan: Plan, earlier: Earlier
) -> list[tuple[RosterPerson, KnownPerson | None]]:
    """Who each row is; rows that cannot be decided go to the plan's lists instead."""
    found: list[tuple[RosterPerson, KnownPerson | None]] = []
    taken = dict(earlier.taken)
    fresh = {key: list(lines) for key, lines in earlier.fresh.items()}
    # Rows with a number choose first: a number is the better witness.
    for row in sorted(file.people, key=lambda row: (row.member_number is None, row.line)):
        try:
            refuse_other_unit(row, plan.unit_name)
            person = match(row, known)
            if person and person.id in taken:
                raise Ambiguous(f"line {taken[person.id]} is the same person already")
            if person is None and row.member_number is None:
                refuse_namesake(row, fresh.get(fresh_key(row), ()))
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
                fresh.setdefault(fresh_key(row), []).append((row.line, plain(row.birth_date)))
            found.append((row, person))
    return sorted(found, key=lambda pair: pair[0].line)


def fresh_key(row: RosterPerson) -> str:
    """By what two rows of new people may be one and the same. A father and a son often share their name."""
    return f"{name_key(row.first_name, row.last_name)}|{row.kind}"


def refuse_namesake(row: RosterPerson, others: Iterable[tuple[int, str | None]]) -> None:
    """Two rows with one name may be one child twice, or two children, as long as nothing tells them apart.

    Raises:
        Ambiguous: the row has no number, and its birth date is that of another one, or unknown.
    """
    for line, birth in others:
        if birth is None or row.birth_date is None or birth == plain(row.birth_date):
            raise Ambiguous(f"line {line} has the same name, and neither a number nor a birth date tells them apart")


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
    bearers: Mapping[str, Bearer],
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
        guardians=[plan for named in row.guardians if (plan := plan_guardian(named, person, bearers, known))],
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
    named: GuardianNamed, child: KnownPerson | None, bearers: Mapping[str, Bearer], known: Known
) -> GuardianPlan | None:
    """The proposal to add or change; None when it stands already."""
    before = child.proposals.get(named.name.casefold()) if child else None
    changes: dict[str, Pair] = {}
    differ(changes, "relationship_to", before.relationship_to if before else None, named.relationship)
    differ(changes, "phone", before.phone if before else None, named.phone)
    bearer = bearers.get(named.member_number or "")
    if bearer and not bearer.may_be(named.name):
        bearer = None
    linked = bearer is not None and (before is None or bearer.id is None or before.adult_id != bearer.id)
    adult_id = None if bearer else adult_by_email(named, known)
    if before and before.adult_id:
        # Who was found once is not exchanged for somebody found by a weaker sign.
        adult_id = None
    if before and not changes and not linked and adult_id is None:
        return None
    return GuardianPlan(named.name, before is None, changes, named.member_number if linked else None, adult_id, before)


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
