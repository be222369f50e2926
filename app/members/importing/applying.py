"""Writes a plan, as it was looked at. Everything or nothing: the caller commits once."""

import uuid
from typing import Any

from sqlalchemy import select

from app.audit.rules import entry_of, record
from app.clock import now, today
from app.errors import RuleBroken
from app.extensions import db, new_id
from app.identity.models import User
from app.members.following import follow
from app.members.importing.comparing import compare
from app.members.importing.drafting import SLICE, hold_outings, let_go, lock, lock_unit, reach_of
from app.members.importing.loading import Loaded, load
from app.members.importing.plan import PersonPlan, changes_of
from app.members.importing.records import RosterFile, RosterPerson
from app.members.importing.slices import numbers_elsewhere
from app.members.importing.writing import Writing, link_adults
from app.members.models import ImportRow, ImportState, Outcome, RosterImport
from app.units.models import Patrol, Unit
from app.writing import update_together

SOURCE = "roster file"
MEANWHILE = "somebody changed this meanwhile, so it was left alone"
NOT_READY = "This import is not ready to be made yet."


def apply(draft: RosterImport, actor: User | None, unit: Unit) -> bool:
    """Write every ticked change. Returns False when it was applied already: sending it twice changes nothing.

    Each slice is compared once more under lock. What is no longer as it was when somebody looked at it is left alone, and its row
    says so.

    Raises:
        NotAllowed: the actor does not administer the unit any more. RuleBroken: it is not ready.
    """
    held = hold_outings(draft)
    lock_unit(actor, unit)
    lock(draft)
    if draft.state in (ImportState.APPLIED, ImportState.UNDONE):
        return False
    if draft.state != ImportState.READY:
        raise RuleBroken(NOT_READY)
    job = Job(draft, actor, unit)
    after = -1
    while rows := job.rows_after(after):
        after = rows[-1].number
        job.write(rows)
    link_adults(job.links, actor, unit)
    held.follow(actor)
    draft.cells = None
    draft.state, draft.applied_at = ImportState.APPLIED, now()
    record(actor, "roster imported", unit, changes={"rows": (None, job.count)}, unit_id=unit.id, reason=draft.file_name)
    db.session.flush()
    return True


class Job:
    """One import being written."""

    def __init__(self, draft: RosterImport, actor: User | None, unit: Unit) -> None:
        self.draft, self.actor, self.unit = draft, actor, unit
        self.reach = reach_of(actor)
        self.day = today(unit.time_zone)
        self.created: set[uuid.UUID] = set()
        # Guardians whose adult another row brings: child, name, member number.
        self.links: list[tuple[uuid.UUID, str, str]] = []
        self.count = 0

    def rows_after(self, number: int) -> list[ImportRow]:
        """The next rows with something to do."""
        return list(
            db.session.scalars(
                select(ImportRow)
                .where(
                    ImportRow.import_id == self.draft.id,
                    ImportRow.number > number,
                    ImportRow.outcome.in_((Outcome.NEW, Outcome.CHANGED)),
                )
                .order_by(ImportRow.number)
                .limit(SLICE)
            )
        )

    def write(self, rows: list[ImportRow]) -> None:
        """One slice."""
        let_go(rows)
        wanted = [row for row in rows if any(change["on"] for change in row.changes)]
        people = [RosterPerson.from_json(row.said or {}) for row in wanted]
        loaded = load(self.unit, people, reach=self.reach, lock=True, without=self.created)
        plan = compare(
            RosterFile(people), loaded.known, self.unit.name, elsewhere=numbers_elsewhere(self.draft, people)
        )
        steps = {step.row.line: step for step in plan.people}
        pairs = [(row, taken) for row in wanted if (taken := self.still_so(row, steps.get(row.line)))]
        let_go(loaded.everything())
        patrols = self.patrols(pairs, loaded)
        writing = Writing(self.unit, patrols, loaded, self.day)
        entries = []
        for row, taken in pairs:
            person, changes = writing.write(row, taken)
            if row.outcome == Outcome.NEW:
                self.created.add(person.id)
            self.links += [
                (person.id, c["after"]["name"], c["after"]["number"]) for c in taken if "number" in values(c)
            ]
            action = "added from a roster" if row.outcome == Outcome.NEW else "changed by a roster"
            entries.append(entry_of(self.actor, action, person, changes=changes, unit_id=self.unit.id, reason=SOURCE))
        self.count += len(pairs)
        writing.send(entries)
        follow(writing.touched, positions=any(change["key"] == "position" for _, taken in pairs for change in taken))
        for row, _ in pairs:
            row.person_id = uuid.UUID((row.done or {})["person"])
        for row in rows:
            row.said = None
        # Of the others the person is left alone: a merge may have moved the row to somebody else meanwhile.
        update_together([row for row, _ in pairs if row.outcome == Outcome.NEW], ("person_id",))
        update_together(rows, ("done", "remark", "said"))

    def still_so(self, row: ImportRow, step: PersonPlan | None) -> list[dict[str, Any]]:
        """The ticked changes of a row that are still to be made, and still from what somebody saw."""
        if step is None or step.person_id != row.person_id:
            row.remark = MEANWHILE
            return []
        fresh = {change["key"]: change for change in changes_of(step, self.unit.name)}
        taken = []
        for change in row.changes:
            there = fresh.get(change["key"])
            if not change["on"] or there is None:
                continue
            if (there["before"], there["after"]) == (change["before"], change["after"]):
                taken.append(change)
            else:
                row.remark = MEANWHILE
        return taken

    def patrols(self, pairs: list[tuple[ImportRow, list[dict[str, Any]]]], loaded: Loaded) -> dict[str, Patrol]:
        """The unit's patrols by folded name, and those that the file names first."""
        named = {c["after"].casefold(): c["after"] for _, taken in pairs for c in taken if c["key"] == "patrol"}
        new = [
            Patrol(id=new_id(), unit_id=self.unit.id, name=name)
            for key, name in named.items()
            if key not in loaded.patrols
        ]
        db.session.add_all(new)
        db.session.flush()
        for patrol in new:
            record(
                self.actor,
                "patrol added",
                patrol,
                changes={"name": (None, patrol.name)},
                unit_id=self.unit.id,
                reason=SOURCE,
            )
        self.bring_back([loaded.patrols[key] for key in named if key in loaded.patrols])
        self.draft.patrols = [*self.draft.patrols, *(str(patrol.id) for patrol in new)]
        return loaded.patrols | {patrol.name.casefold(): patrol for patrol in new}

    def bring_back(self, patrols: list[Patrol]) -> None:
        """A file that puts somebody into a retired patrol says that there is one."""
        for patrol in patrols:
            if patrol.retired_at is not None:
                patrol.retired_at = None
                record(self.actor, "patrol brought back", patrol, unit_id=self.unit.id, reason=SOURCE)
        db.session.flush()


def values(change: dict[str, Any]) -> dict[str, Any]:
    """What the change writes, where it is more than one value."""
    return change["after"] if isinstance(change["after"], dict) else {}
