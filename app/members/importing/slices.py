"""A long file is compared slice by slice, so that no request takes long and no process needs much memory."""

import time
import uuid

from sqlalchemy import func, select

from app.extensions import db
from app.identity.models import User
from app.members.importing.comparing import Earlier, compare, fresh_key
from app.members.importing.drafting import LONGEST_REMARK, SLICE, let_go, lock, reach_of
from app.members.importing.loading import load
from app.members.importing.plan import changes_of
from app.members.importing.records import RosterFile, RosterPerson
from app.members.models import ImportRow, ImportState, Membership, Outcome, RosterImport
from app.units.models import Unit
from app.writing import update_together

PATIENCE = 2.0  # seconds that one request may compare for


def go_on(draft: RosterImport, actor: User | None, unit: Unit, patience: float | None = PATIENCE) -> bool:
    """Compare slices until all are done or ``patience`` has run out. Returns whether all are done.

    Whoever looks at the page of the import moves it on: there is no other process to do it.
    """
    lock(draft)
    began = time.monotonic()
    while draft.state == ImportState.COMPARING:
        rows = list(
            db.session.scalars(
                select(ImportRow)
                .where(
                    ImportRow.import_id == draft.id, ImportRow.number >= draft.compared, ImportRow.number < draft.rows
                )
                .order_by(ImportRow.number)
                .limit(SLICE)
            )
        )
        if rows:
            compare_slice(draft, rows, actor, unit)
            draft.compared += len(rows)
        else:
            draft.not_in_file = not_in_file(draft)
            draft.state = ImportState.READY
        db.session.flush()
        if patience is not None and time.monotonic() - began > patience:
            break
    return draft.state != ImportState.COMPARING


def compare_slice(draft: RosterImport, rows: list[ImportRow], actor: User | None, unit: Unit) -> None:
    """Write beside each row what it would change."""
    let_go(rows)
    people = [RosterPerson.from_json(row.said or {}) for row in rows]
    loaded = load(unit, people, reach=reach_of(actor))
    plan = compare(
        RosterFile(people),
        loaded.known,
        unit.name,
        earlier=earlier_rows(draft, rows, people, [person.id for person in loaded.known.people]),
        elsewhere=numbers_elsewhere(draft, people),
    )
    by_line = {row.line: row for row in rows}
    for step in plan.people:
        row = by_line[step.row.line]
        row.changes = changes_of(step, unit.name)
        row.person_id = step.person_id
        row.outcome = Outcome.NEW if step.is_new else Outcome.CHANGED if row.changes else Outcome.UNCHANGED
        # What was read is needed only where it may be written.
        row.said = row.said if row.changes else None
        row.fresh_key = fresh_key(step.row) if step.is_new else None
    for outcome, remarks in ((Outcome.UNCLEAR, plan.ambiguous), (Outcome.REJECTED, plan.rejected)):
        for remark in remarks:
            row = by_line[remark.line]
            row.outcome, row.said = outcome, None
            row.remark = remark.message.removeprefix(f"{row.name}: ")[:LONGEST_REMARK]
    let_go(loaded.everything())
    update_together(rows, ("changes", "person_id", "outcome", "fresh_key", "said", "remark"))


def earlier_rows(
    draft: RosterImport, rows: list[ImportRow], people: list[RosterPerson], known_ids: list[uuid.UUID]
) -> Earlier:
    """Who the rows before these were, as far as it matters to them. Two statements."""
    before = (ImportRow.import_id == draft.id, ImportRow.number < rows[0].number)
    taken = select(ImportRow.person_id, ImportRow.line).where(*before, ImportRow.person_id.in_(known_ids))
    keys = [fresh_key(person) for person in people if person.member_number is None]
    birth = ImportRow.said["birth_date"].astext
    fresh = select(ImportRow.fresh_key, ImportRow.line, birth).where(*before, ImportRow.fresh_key.in_(keys))
    namesakes: dict[str, list[tuple[int, str | None]]] = {}
    for key, line, born in db.session.execute(fresh) if keys else ():
        namesakes.setdefault(str(key), []).append((line, born))
    return Earlier(
        {row[0]: row[1] for row in db.session.execute(taken) if row[0]} if known_ids else {},
        namesakes,
    )


def numbers_elsewhere(draft: RosterImport, people: list[RosterPerson]) -> dict[str, str]:
    """The guardians' member numbers that rows of other slices bring, and their names. One statement."""
    named = {g.member_number for person in people for g in person.guardians if g.member_number}
    if not named:
        return {}
    wanted = select(ImportRow.member_number, ImportRow.name).where(
        ImportRow.import_id == draft.id,
        ImportRow.member_number.in_(named),
        # What is not compared yet may turn out to be neither. Adults are compared first.
        ImportRow.outcome.not_in((Outcome.READ, Outcome.UNCLEAR, Outcome.REJECTED)),
    )
    return {number: name for number, name in db.session.execute(wanted) if number}


def not_in_file(draft: RosterImport) -> int:
    """How many members of the unit the file does not speak of."""
    met = select(ImportRow.person_id).where(
        ImportRow.import_id == draft.id, ImportRow.person_id == Membership.person_id
    )
    wanted = select(func.count()).where(
        Membership.unit_id == draft.unit_id, Membership.until.is_(None), ~met.correlate(Membership).exists()
    )
    return db.session.scalar(wanted) or 0
