"""The plan in sentences, for whoever runs the command."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from app.members.importing.applying import unit_kind
from app.members.importing.comparing import PersonPlan, Plan
from app.members.importing.records import RosterPerson

LABELS = {
    "first_name": "first name", "last_name": "last name", "birth_date": "birth date", "gender": "gender", "email": "email",
    "phone": "phone", "rank": "rank", "kind": "youth or adult", "swim_class": "swim class", "swim_class_on": "day of the swim test",
    "form_ab_until": "end of health form A/B", "form_c_until": "end of health form C", "member_number": "member number",
    "position": "position", "patrol": "patrol", "registered": "registered",
}  # fmt: skip


def sentences(plan: Plan, file_name: str, *, done: bool) -> Iterator[str]:
    """Counts first, then every change, then what was left alone and why."""
    would = "" if done else "would be "
    yield from counts(plan, file_name, done=done)
    if plan.unit_is_new:
        yield f"  {plan.unit_name} {would or 'was '}created as a {unit_kind(plan.unit_name).value}."
    for patrol in plan.patrols:
        yield f"  Patrol {patrol} {would or 'was '}added."
    for step in plan.added:
        yield f"  Line {step.row.line}: {step.row.full_name} {would or 'was '}added, {described(step.row)}."
    for step in plan.changed:
        yield f"  Line {step.row.line}: {step.row.full_name}: {'; '.join(changes(step))}."
    for title, remarks in (
        ("Left alone, because nobody can tell from the file who is meant:", plan.ambiguous),
        ("Rows that cannot be used:", plan.rejected),
        ("Cells that were left out; the rest of their rows is used:", plan.remarks),
    ):
        if remarks:
            yield title
            yield from (f"  Line {remark.line}: {remark.message}." for remark in remarks)
    if plan.not_in_file:
        yield f"{people(plan.not_in_file)} of {plan.unit_name} not in this file; nothing is done about that."
    yield from ending(plan, done=done)


def counts(plan: Plan, file_name: str, *, done: bool) -> Iterator[str]:
    """How many of each."""
    adults = sum(step.row.kind == "adult" for step in plan.people)
    read = len(plan.people) + len(plan.ambiguous)
    yield f"{file_name}: {people(read)} read for {plan.unit_name}; {adults} adults and {len(plan.people) - adults} youth can be used."
    yield (
        f"{len(plan.added)} {'added' if done else 'to add'}, {len(plan.changed)} {'changed' if done else 'to change'}, "
        f"{plan.unchanged} unchanged, {len(plan.ambiguous)} unclear, {len(plan.rejected)} rejected."
    )


def ending(plan: Plan, *, done: bool) -> Iterator[str]:
    """What happens next."""
    if plan.nothing_to_do:
        yield "There is nothing to change."
    elif done:
        yield "Done."
    else:
        yield "Nothing was written yet. Run the same command with --apply to do this."


def described(row: RosterPerson) -> str:
    """Who is added, in a few words."""
    parts = [row.kind.value]
    if row.member_number:
        parts.append(f"member {row.member_number}")
    if row.patrol:
        parts.append(f"patrol {row.patrol}")
    if row.position:
        parts.append(row.position)
    parts.extend(f"{seen.code} until {plain(seen.expires_on)}" for seen in row.trainings)
    if row.form_ab_until:
        parts.append(f"health form A/B until {row.form_ab_until}")
    if row.form_c_until:
        parts.append(f"health form C until {row.form_c_until}")
    if row.swim_class:
        parts.append(row.swim_class + (f" since {row.swim_class_on}" if row.swim_class_on else ""))
    parts.extend(f"guardian named: {guardian.name}" for guardian in row.guardians)
    return ", ".join(parts)


def changes(step: PersonPlan) -> Iterator[str]:
    """Each change of somebody who is known."""
    if step.joins:
        yield "joins the unit"
    for name, (before, after) in (step.values | step.place).items():
        yield (
            f"{LABELS[name]} from {plain(before)} to {plain(after)}"
            if before is not None
            else f"{LABELS[name]} {plain(after)}"
        )
    for seen, before in step.trainings:
        yield f"training {seen.code} until {plain(seen.expires_on)}" + (f", was {plain(before)}" if before else "")
    for guardian in step.guardians:
        details = [
            f"{LABELS.get(name, 'relationship')} {plain(after)}" for name, (_, after) in guardian.changes.items()
        ]
        if guardian.adult_number:
            details.append(f"is member {guardian.adult_number}")
        yield f"guardian named: {guardian.name}" + (f" ({', '.join(details)})" if details else "")


def plain(value: Any) -> str:
    """A value as people write it."""
    if value is None:
        return "no date"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def people(number: int) -> str:
    """``1 person``, ``2 people``."""
    return "1 person" if number == 1 else f"{number} people"
