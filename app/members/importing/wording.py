"""An import in sentences, for whoever runs the command and for the page that asks before it is made."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.members.importing.records import DATES
from app.members.models import ImportRow, Outcome, RosterImport

LABELS = {
    "first_name": "first name", "last_name": "last name", "preferred_name": "preferred name", "birth_date": "birth date",
    "gender": "gender", "email": "email", "phone": "phone", "rank": "rank", "kind": "youth or adult", "swim_class": "swim class",
    "swim_class_on": "day of the swim test", "form_ab_until": "end of health form A/B", "form_c_until": "end of health form C",
    "member_number": "member number", "position": "position", "patrol": "patrol", "registered": "registered",
    "relationship_to": "relationship",
}  # fmt: skip
# What a line of the list says of somebody new, in this order.
TELLING = ("kind", "member_number", "patrol", "position", "birth_date", "form_ab_until", "form_c_until", "swim_class")


def sentences(draft: RosterImport, unit_name: str, *, done: bool, unit_is_new: bool = False) -> Iterator[str]:
    """Counts first, then every change, then what was left alone and why."""
    would = "" if done else "would be "
    rows = list(db.session.scalars(select(ImportRow).where(ImportRow.import_id == draft.id).order_by(ImportRow.line)))
    yield from counts(draft, rows, unit_name, done=done)
    if unit_is_new and not nothing_to_do(rows):
        yield f"  {unit_name} {would or 'was '}created as a {draft.unit.kind}."
    for patrol in new_patrols(rows, set()) if not done else ():
        yield f"  Patrol {patrol} {would}added."
    for row in rows:
        if row.outcome == Outcome.NEW:
            yield f"  Line {row.line}: {row.name} {would or 'was '}added, {described(row)}."
    for row in rows:
        if row.outcome == Outcome.CHANGED and any(change["on"] for change in row.changes):
            yield f"  Line {row.line}: {row.name}: {'; '.join(said(c) for c in row.changes if c['on'])}."
    for title, outcome in (
        ("Left alone, because nobody can tell from the file who is meant:", Outcome.UNCLEAR),
        ("Rows that cannot be used:", Outcome.REJECTED),
    ):
        if found := [row for row in rows if row.outcome == outcome]:
            yield title
            yield from (f"  Line {row.line}: {row.name + ': ' if row.name else ''}{row.remark}." for row in found)
    usable = (Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED)
    if found := [row for row in rows if row.remark and row.outcome in usable]:
        yield "Cells that were left out; the rest of their rows is used:"
        yield from (f"  Line {row.line}: {row.remark}." for row in found)
    older = sum(not change["on"] for row in rows if row.outcome == Outcome.CHANGED for change in row.changes)
    if older:
        yield f"{older} dates that are older than what is known; they are left alone."
    if draft.not_in_file:
        yield f"{people(draft.not_in_file)} of {unit_name} not in this file; nothing is done about that."
    yield from ending(rows, done=done)


def counts(draft: RosterImport, rows: list[ImportRow], unit_name: str, *, done: bool) -> Iterator[str]:
    """How many of each."""
    found = Counter(row.outcome for row in rows)
    changed = sum(row.outcome == Outcome.CHANGED and any(c["on"] for c in row.changes) for row in rows)
    same = found[Outcome.UNCHANGED] + found[Outcome.CHANGED] - changed
    yield f"{draft.file_name}: {people(draft.rows)} read for {unit_name}, {draft.style}."
    yield (
        f"{found[Outcome.NEW]} {'added' if done else 'to add'}, {changed} {'changed' if done else 'to change'}, "
        f"{same} unchanged, {found[Outcome.UNCLEAR]} unclear, {found[Outcome.REJECTED]} rejected."
    )


def ending(rows: list[ImportRow], *, done: bool) -> Iterator[str]:
    """What happens next."""
    if nothing_to_do(rows):
        yield "There is nothing to change."
    elif done:
        yield "Done."
    else:
        yield "Nothing was written yet. Run the same command with --apply to do this."


def nothing_to_do(rows: list[ImportRow]) -> bool:
    """Whether no change is ticked."""
    return not any(change["on"] for row in rows for change in row.changes)


def new_patrols(rows: list[ImportRow], known: set[str]) -> list[str]:
    """Patrols that the file names first, of the rows given."""
    named = [change["after"] for row in rows for change in row.changes if change["key"] == "patrol"]
    return list({name.casefold(): name for name in named if name.casefold() not in known}.values())


def described(row: ImportRow) -> str:
    """Who is added, in a few words."""
    values = {change["key"]: change["after"] for change in row.changes}
    parts = []
    for key in TELLING:
        if key in values:
            words = plain(key, values[key])
            short = {"member_number": "member ", "patrol": "patrol ", "birth_date": "born "}
            parts.append(
                {"form_ab_until": "health form A/B until ", "form_c_until": "health form C until "}.get(
                    key, short.get(key, "")
                )
                + words
            )
    parts += [
        f"{key.removeprefix('training ')} until {plain('until', value['until'])}"
        for key, value in values.items()
        if key.startswith("training ")
    ]
    parts += [f"guardian named: {value['name']}" for key, value in values.items() if key.startswith("guardian ")]
    return ", ".join(parts)


def said(change: dict[str, Any]) -> str:
    """One change: ``rank from Star to Life``."""
    key, before, after = change["key"], change["before"], change["after"]
    if key == "joins":
        return "joins the unit"
    if key.startswith("training "):
        was = f", was {plain('until', before['until'])}" if before else ""
        return f"{key} until {plain('until', after['until'])}{was}"
    if key.startswith("guardian "):
        details = [f"{LABELS[name]} {after[name]}" for name in ("relationship_to", "phone") if after.get(name)]
        details += [f"is member {after['number']}"] if after.get("number") else []
        details += ["is a person here"] if after.get("adult_id") else []
        return f"guardian named: {after['name']}" + (f" ({', '.join(details)})" if details else "")
    if before is None:
        return f"{LABELS[key]} {plain(key, after)}"
    return f"{LABELS[key]} from {plain(key, before)} to {plain(key, after)}"


def plain(key: str, value: Any) -> str:
    """A value as people write it."""
    if value is None:
        return "no date"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key in DATES or key == "until":
        day = date.fromisoformat(value)
        return f"{day:%b} {day.day}, {day.year}"
    return str(value)


def people(number: int) -> str:
    """``1 person``, ``2 people``."""
    return "1 person" if number == 1 else f"{number} people"
