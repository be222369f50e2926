"""A file that somebody brings becomes an import: rows in the database, compared slice by slice, looked at, ticked.

Nothing of it lies on a disk. The plan is its maker's alone, and gone when it is applied, or after a day.
"""

import json
import uuid
import zlib
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select

from app.clock import now
from app.errors import RuleBroken
from app.extensions import Model, db, new_id
from app.families.birthdays import OF_AGE, Held, hold
from app.families.models import PersonKind
from app.identity.models import User
from app.identity.permissions import Can
from app.members.importing.columns import FIELDS, fingerprint
from app.members.importing.reading import ColumnMapping, UnknownColumns, read_roster, read_table
from app.members.importing.records import Remark, RosterFile
from app.members.importing.table import Row
from app.members.models import ColumnMemory, ImportRow, ImportState, Outcome, RosterImport
from app.units.access import forget_roles, refuse_unless, roles_of
from app.units.models import RoleName, Unit
from app.writing import insert_together

PLAN_LIVES = timedelta(days=1)
UNDO_LIVES = timedelta(days=30)
SLICE = 1000  # rows; more at once need more memory, fewer more round trips
LONGEST_REMARK = 500


def start(actor: User | None, unit: Unit, data: bytes, file_name: str) -> RosterImport:
    """Read a file for a unit. The import then waits for its columns to be named, or to be compared.

    Raises:
        NotARoster: it is none; nothing is kept.
    """
    purge()
    draft = RosterImport(
        id=new_id(), unit_id=unit.id, by_id=actor.id if actor else None, file_name=short_name(file_name), style=""
    )
    draft.state = ImportState.COMPARING
    try:
        file = read_roster(data, lambda key: remembered(unit.id, key))
    except UnknownColumns as unknown:
        if actor is None:
            raise
        draft.state, draft.cells = ImportState.COLUMNS, packed(unknown.labels, unknown.rows)
        db.session.add(draft)
    else:
        db.session.add(draft)
        keep(draft, file)
    db.session.flush()
    return draft


def short_name(file_name: str) -> str:
    """What the file was called, without any folder."""
    return file_name.replace("\\", "/").rsplit("/", 1)[-1].strip()[:120] or "roster"


def purge() -> dict[str, int]:
    """Forget what is not to be kept any longer. Returns how many of each. ``flask tidy`` does so as well, for a site to which nobody
    brings another file.
    """
    return {
        words: db.session.execute(delete(model).where(condition)).rowcount  # type: ignore[attr-defined]
        for words, model, condition in outlived()
    }


def outlived() -> tuple[tuple[str, type[Model], ColumnElement[bool]], ...]:
    """Plans that are older than a day, and what imports of more than 30 days ago have changed: in words, the table, and which of its
    rows.
    """
    waits = RosterImport.state.in_((ImportState.COLUMNS, ImportState.COMPARING, ImportState.READY))
    old = select(RosterImport.id).where(~waits, RosterImport.created_at < now() - UNDO_LIVES - PLAN_LIVES)
    return (
        ("roster plans", RosterImport, and_(waits, RosterImport.created_at < now() - PLAN_LIVES)),
        ("rows of roster imports", ImportRow, ImportRow.import_id.in_(old)),
    )


# --- columns that nobody knows


def packed(labels: list[str], rows: Iterable[Row]) -> bytes:
    """The table as one value."""
    table = {"labels": labels, "rows": [[row.line, row.unclosed, row.cells] for row in rows]}
    return zlib.compress(json.dumps(table, ensure_ascii=False).encode("utf-8", "replace"), 6)


def unpacked(cells: bytes) -> tuple[list[str], list[Row]]:
    """The table again."""
    table = json.loads(zlib.decompress(cells))
    return table["labels"], [Row(line, found, unclosed) for line, unclosed, found in table["rows"]]


def remembered(unit_id: uuid.UUID, key: str) -> ColumnMapping | None:
    """What the unit has said of the columns of such a file."""
    found = db.session.get(ColumnMemory, (unit_id, key))
    return ColumnMapping(found.fields, found.kind) if found else None  # type: ignore[arg-type]


def name_columns(draft: RosterImport, mapping: ColumnMapping) -> None:
    """Read the table with what somebody says of its columns, and remember it for the unit.

    Raises:
        RuleBroken: it has no columns for the names.
    """
    lock(draft)
    if draft.state != ImportState.COLUMNS or draft.cells is None:
        return
    labels, rows = unpacked(draft.cells)
    fields = {label: field for label, field in mapping.fields.items() if label in labels and field in FIELDS}
    missing = [FIELDS[name].lower() for name in ("first_name", "last_name") if name not in fields.values()]
    if missing:
        raise RuleBroken(f"Say which column holds the {' and which the '.join(missing)}.", "columns")
    db.session.merge(
        ColumnMemory(
            unit_id=draft.unit_id, fingerprint=fingerprint(labels), fields=fields, kind=mapping.kind, used_at=now()
        )
    )
    keep(draft, read_table(labels, rows, ColumnMapping(fields, mapping.kind)))
    draft.state, draft.cells = ImportState.COMPARING, None
    db.session.flush()


# --- rows


def keep(draft: RosterImport, file: RosterFile) -> None:
    """The file's rows, those with a member number first: a number is the better witness, and they choose first. Adults before their children:
    who is named as a guardian must be decided by then.
    """
    draft.style = file.style
    db.session.flush()
    remarks: dict[int, list[str]] = {}
    for remark in file.remarks:
        remarks.setdefault(remark.line, []).append(remark.message)
    people = sorted(file.people, key=lambda row: (row.member_number is None, row.kind == PersonKind.YOUTH, row.line))
    lines = {person.line for person in people}
    rejected = file.rejected + [Remark(line, "; ".join(found)) for line, found in remarks.items() if line not in lines]
    draft.rows = len(people)
    for first in range(0, len(people), SLICE):
        insert_together(
            ImportRow(
                import_id=draft.id,
                number=number,
                line=person.line,
                outcome=Outcome.READ,
                name=person.full_name,
                member_number=person.member_number,
                remark="; ".join(remarks.get(person.line, []))[:LONGEST_REMARK] or None,
                said=person.as_json(),
            )
            for number, person in enumerate(people[first : first + SLICE], first)
        )
    insert_together(
        ImportRow(
            import_id=draft.id,
            number=number,
            line=remark.line,
            outcome=Outcome.REJECTED,
            name="",
            remark=remark.message[:LONGEST_REMARK],
        )
        for number, remark in enumerate(rejected, len(people))
    )


def hold_outings(draft: RosterImport) -> Held:
    """Lock the coming outings of those whose birth date the import corrects, before the unit and the people."""
    corrected = or_(*(ImportRow.changes.contains([{"key": name}]) for name in OF_AGE))
    people = select(ImportRow.person_id).where(
        ImportRow.import_id == draft.id, ImportRow.person_id.is_not(None), corrected
    )
    return hold([person_id for person_id in db.session.scalars(people) if person_id])


def lock_unit(actor: User | None, unit: Unit) -> None:
    """One import of a unit after the other. Roles are given and taken under the same lock, so that whoever was waited for may have taken
    the actor's.

    Raises:
        NotAllowed: the actor does not administer the unit any more.
    """
    # A family that signs up points to the unit, and to its people before: it must not stand here while the import comes to them.
    db.session.refresh(unit, with_for_update={"key_share": True})
    if actor is not None:
        forget_roles(actor)
        refuse_unless(actor, Can.KEEP_MEMBERS, unit.id)


def lock(draft: RosterImport) -> None:
    """Nobody else touches the import until the transaction ends; what stands here is what is there."""
    db.session.refresh(draft, with_for_update=True)


def let_go(things: Iterable[object]) -> None:
    """The session forgets them; thousands that it keeps would cost more than all the rest."""
    for thing in things:
        db.session.expunge(thing)


def reach_of(actor: User | None) -> frozenset[uuid.UUID] | None:
    """The units whose people a file may speak of: those that the actor administers; all of them for a site admin or a command.

    Anything else would let an admin of one unit read and change another unit's children by writing their numbers into a file.
    """
    if actor is None or actor.is_site_admin:
        return None
    return frozenset(unit_id for unit_id, held in roles_of(actor).items() if held.role == RoleName.ADMIN)


# --- ticks


def tick(draft: RosterImport, shown: Iterable[int], ticked: Iterable[str]) -> None:
    """Keep what is ticked among the rows that were ``shown``: ``<number>`` for a new person, ``<number>.<n>`` for the n-th change."""
    lock(draft)
    if draft.state != ImportState.READY:
        return
    boxes = set(ticked)
    rows = db.session.scalars(
        select(ImportRow).where(
            ImportRow.import_id == draft.id,
            ImportRow.number.in_(list(shown)),
            ImportRow.outcome.in_((Outcome.NEW, Outcome.CHANGED)),
        )
    )
    for row in rows:
        whole = str(row.number) in boxes if row.outcome == Outcome.NEW else None
        row.changes = [
            found | {"on": f"{row.number}.{at}" in boxes if whole is None else whole}
            for at, found in enumerate(row.changes)
        ]
    db.session.flush()


def give_up(draft: RosterImport) -> None:
    """Forget a plan."""
    lock(draft)
    if draft.state in (ImportState.COLUMNS, ImportState.COMPARING, ImportState.READY):
        db.session.execute(delete(RosterImport).where(RosterImport.id == draft.id))
