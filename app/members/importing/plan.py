"""What an import would do, as plain data."""

import uuid
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.members.importing.known import KnownProposal
from app.members.importing.records import Remark, RosterPerson, TrainingSeen, plain

Pair = tuple[Any, Any]


@dataclass(frozen=True)
class GuardianPlan:
    """A named guardian to note beside a child. ``adult_number`` is set when the roster or the database knows the adult."""

    name: str
    is_new: bool
    changes: dict[str, Pair]
    adult_number: str | None = None
    # Found by name and address; only where there is no number.
    adult_id: uuid.UUID | None = None
    before: KnownProposal | None = None


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
    # Dates that would take the place of newer ones: made only if somebody asks for it.
    older: dict[str, Pair] = field(default_factory=dict)
    older_trainings: list[tuple[TrainingSeen, date | None]] = field(default_factory=list)

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


def changes_of(step: PersonPlan, unit_name: str) -> list[dict[str, Any]]:
    """Every single change as JSON keeps it, those that replace a newer date last and not ticked.

    ``key`` says what is changed; ``before`` is None for what is not there yet.
    """
    found = [change("joins", None, unit_name)] if step.joins and not step.is_new else []
    found += [change(name, *pair) for name, pair in (step.values | step.place).items()]
    found += [training_change(seen, before) for seen, before in step.trainings]
    found += [guardian_change(guardian) for guardian in step.guardians]
    older = [change(name, *pair, on=False) for name, pair in step.older.items()]
    older += [training_change(seen, before, on=False) for seen, before in step.older_trainings]
    return found + older


def change(key: str, before: Any, after: Any, *, on: bool = True) -> dict[str, Any]:
    """One change."""
    made = {"key": key, "before": plain(before), "after": plain(after), "on": on}
    return made if on else made | {"older": True}


def training_change(seen: TrainingSeen, before: date | None, *, on: bool = True) -> dict[str, Any]:
    """A training that is new, or that ends on another day than we knew."""
    was = {"until": plain(before)} if before else None
    return change(f"training {seen.code}", was, {"name": seen.name, "until": plain(seen.expires_on)}, on=on)


def guardian_change(guardian: GuardianPlan) -> dict[str, Any]:
    """A named guardian to note, or to note better."""
    before = guardian.before
    was = before and {
        "relationship_to": before.relationship_to,
        "phone": before.phone,
        "adult_id": str(before.adult_id) if before.adult_id else None,
    }
    after = {"name": guardian.name} | {name: pair[1] for name, pair in guardian.changes.items()}
    after |= {"number": guardian.adult_number} if guardian.adult_number else {}
    after |= {"adult_id": str(guardian.adult_id)} if guardian.adult_id else {}
    return change(f"guardian {guardian.name.casefold()}", was, after)
