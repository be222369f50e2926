"""What two homes write about one child, row by row: whom to call in an emergency, and who may collect the child.

A row is shared, or kept to the home of the guardian who wrote it: then guardians of another home neither see it nor change it, and
the log, which both read, says only that there is one. Staff of an outing see all of them. (docs/decisions/0016-leads-and-homes.md)
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select, update

from app.audit.rules import assign, record
from app.errors import NotAllowed, NotFound, RuleBroken, Stale
from app.extensions import db
from app.families.access import Tie, tie_of
from app.families.models import Collector, EmergencyContact
from app.identity.models import User

Row = EmergencyContact | Collector
MOST = 10  # rows of one kind that one home sees
ASIDE = 1000  # added to positions while rows change places: two may not stand on one


@dataclass(frozen=True)
class Kind:
    """One of the two lists. ``fields`` are what somebody types, in the order of the form."""

    model: type[EmergencyContact] | type[Collector]
    word: str
    fields: tuple[str, ...]

    @property
    def is_ordered(self) -> bool:
        """Whether the order says something: whom to call first."""
        return self.model is EmergencyContact


CONTACTS = Kind(EmergencyContact, "emergency contact", ("name", "phone", "relationship_to"))
COLLECTORS = Kind(Collector, "who may collect", ("name", "phone", "may_collect", "note"))


def home_of(tie: Tie) -> uuid.UUID | None:
    """The account whose home a row may be kept to; None for oneself, who is one's own only home."""
    return tie.guardian.user_id if tie.guardian else None


def tie_to_write(actor: User, person_id: uuid.UUID, kind: Kind) -> Tie:
    """The person, locked, for a guardian who may write rows of this kind: who collects a child is a permission.

    Raises:
        NotFound: not of this family. NotAllowed: an admin took the right to give permission away.
    """
    tie = tie_of(actor, person_id, lock=True)
    if kind is COLLECTORS and not tie.may_permit:
        raise NotAllowed("Another guardian says who may collect this child.")
    return tie


def rows_seen(tie: Tie, kind: Kind) -> list[Any]:
    """The rows of one kind that this home knows, in their order. One statement."""
    mine = tie.guardian.user_id if tie.guardian else tie.person.user_id
    order = EmergencyContact.position if kind.is_ordered else Collector.created_at
    wanted = select(kind.model).where(
        kind.model.person_id == tie.person.id, or_(kind.model.home_of_id.is_(None), kind.model.home_of_id == mine)
    )
    return list(db.session.scalars(wanted.order_by(order, kind.model.id)))


def row_seen(tie: Tie, kind: Kind, row_id: uuid.UUID) -> Any:
    """One of them.

    Raises:
        NotFound: there is none, or another home keeps it to itself.
    """
    found = next((row for row in rows_seen(tie, kind) if row.id == row_id), None)
    if found is None:
        raise NotFound("This entry is not there any more.")
    return found


def row_version(row: Row, kind: Kind) -> str:
    """What an edit is based on: the values themselves."""
    said = [str(getattr(row, name)) for name in (*kind.fields, "home_of_id")]
    return hashlib.sha256("\0".join(said).encode()).hexdigest()[:16]


def add_row(
    actor: User, person_id: uuid.UUID, kind: Kind, row_id: uuid.UUID, values: Mapping[str, Any], *, of_home: bool
) -> tuple[Any, bool]:
    """Add a row at the end. Returns it and whether this call added it; ``row_id`` comes with the form, so twice is once.

    Raises:
        NotFound, NotAllowed: as ``tie_to_write``. RuleBroken: there are too many.
    """
    tie = tie_to_write(actor, person_id, kind)
    seen = rows_seen(tie, kind)
    known = next((row for row in seen if row.id == row_id), None)
    if known is not None:
        return known, False
    if len(seen) >= MOST:
        raise RuleBroken(f"There are {MOST} already. Remove one first.")
    if db.session.get(kind.model, row_id) is not None:
        raise NotFound
    row = kind.model(id=row_id, person_id=tie.person.id, home_of_id=home_of(tie) if of_home else None, **values)
    if isinstance(row, EmergencyContact):
        last = select(func.max(EmergencyContact.position)).where(EmergencyContact.person_id == tie.person.id)
        row.position = (db.session.scalar(last) or 0) + 1
    db.session.add(row)
    shown = {name: (None, getattr(row, name)) for name in kind.fields}
    record(actor, f"{kind.word}: added", tie.person, changes=hidden_if(row.home_of_id, kind, shown, "added"))
    db.session.flush()
    return row, True


def change_row(
    actor: User, person_id: uuid.UUID, kind: Kind, row_id: uuid.UUID, values: Mapping[str, Any], version: str
) -> tuple[Any, bool]:
    """Change a row; ``values`` may say ``of_home``. Returns it and whether anything changed.

    Raises:
        NotFound: not of this home. NotAllowed: as ``tie_to_write``. Stale: somebody else changed it since ``version``, and to something else.
    """
    tie = tie_to_write(actor, person_id, kind)
    row = row_seen(tie, kind, row_id)
    keeper = home_of(tie) if values["of_home"] else None
    yours = {name: values[name] for name in kind.fields} | {"home_of_id": keeper}
    differ = [name for name in yours if getattr(row, name) != yours[name]]
    if not differ:
        return row, False
    refuse_stale(row, kind, version, {name: yours[name] for name in differ})
    before = {name: getattr(row, name) for name in kind.fields}
    was_hidden = row.home_of_id
    changes = assign(row, yours)
    moved = changes.pop("home_of_id", None)
    what = "changed"
    if moved and keeper:
        # What both homes knew is gone from one of them: that one reads what it was, and nothing of what it says now.
        what, changes = "kept to one home", {name: [value, None] for name, value in before.items() if value is not None}
    elif moved:
        what, changes = "shared", {name: [None, yours[name]] for name in kind.fields if yours[name] is not None}
    told = changes if moved else hidden_if(was_hidden, kind, changes, what)
    record(actor, f"{kind.word}: {what}", tie.person, changes=told)
    db.session.flush()
    return row, True


def remove_row(actor: User, person_id: uuid.UUID, kind: Kind, row_id: uuid.UUID, version: str) -> dict[str, Any] | None:
    """Take a row away. Returns what it said, for whoever takes that back; None when it was gone already.

    Raises:
        NotFound, NotAllowed: as ``tie_to_write``. Stale: somebody else changed it since ``version``: it says something new now.
    """
    tie = tie_to_write(actor, person_id, kind)
    row = next((row for row in rows_seen(tie, kind) if row.id == row_id), None)
    if row is None:
        return None
    refuse_stale(row, kind, version, {})
    said = {name: getattr(row, name) for name in kind.fields} | {"of_home": row.home_of_id is not None}
    shown = {name: (said[name], None) for name in kind.fields}
    record(actor, f"{kind.word}: removed", tie.person, changes=hidden_if(row.home_of_id, kind, shown, "removed"))
    db.session.delete(row)
    db.session.flush()
    return said


def move_contact(actor: User, person_id: uuid.UUID, row_id: uuid.UUID, place: int) -> list[EmergencyContact]:
    """Put an emergency contact at a place, 1 being called first; asked twice, it stands there already. Returns the new order.

    Rows that another home keeps to itself stay where they are.

    Raises:
        NotFound: not of this home.
    """
    tie = tie_of(actor, person_id, lock=True)
    row = row_seen(tie, CONTACTS, row_id)
    before: list[EmergencyContact] = rows_seen(tie, CONTACTS)
    after = [other for other in before if other.id != row_id]
    after.insert(max(0, place - 1), row)
    if after == before:
        return after
    positions = [other.position for other in before]
    moved = [(other, position) for other, position in zip(after, positions, strict=True) if other.position != position]
    aside = update(EmergencyContact).where(EmergencyContact.id.in_([other.id for other, _ in moved]))
    db.session.execute(aside.values(position=EmergencyContact.position + ASIDE))
    for other, position in moved:
        db.session.execute(update(EmergencyContact).where(EmergencyContact.id == other.id).values(position=position))
    record(actor, "emergency contacts: order changed", tie.person)
    db.session.flush()
    return after


def refuse_stale(row: Row, kind: Kind, version: str, yours: dict[str, Any]) -> None:
    """Stop an edit of what is no longer there.

    Raises:
        Stale: with both values of the fields that differ.
    """
    if row_version(row, kind) != version:
        theirs = {name: getattr(row, name) for name in yours}
        raise Stale("Somebody else changed this entry since you opened it.", theirs, yours)


def hidden_if(home: Any, kind: Kind, changes: Mapping[str, Any], what: str) -> Mapping[str, Any]:
    """What the log says, which both homes read: of a row that one of them keeps to itself only that something happened."""
    return {f"{kind.word} of one home": (None, what)} if home else changes
