"""The whole import in order, for the command; the browser does the same in steps."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.audit.rules import record
from app.errors import Conflict, RuleBroken
from app.extensions import db, new_id
from app.identity.models import User
from app.members.importing import wording
from app.members.importing.applying import apply as apply_draft
from app.members.importing.cells import clean
from app.members.importing.drafting import start
from app.members.importing.slices import go_on
from app.members.models import ImportRow, RosterImport
from app.units.models import Unit, UnitKind

LONGEST_UNIT_NAME = 120  # as in the CHECK on units
SAME_MOMENT = "Somebody changed this unit's roster at the same moment. Nothing was written; run it again."


@dataclass(frozen=True)
class Ran:
    """What was found in the file, and whether it was written."""

    draft: RosterImport
    unit: Unit
    unit_is_new: bool
    done: bool

    def sentences(self) -> Iterator[str]:
        """For people."""
        return wording.sentences(self.draft, self.unit.name, done=self.done, unit_is_new=self.unit_is_new)


def import_roster(
    data: bytes, unit_name: str, *, apply: bool, actor: User | None, time_zone: str, file_name: str = "roster"
) -> Ran:
    """Read a roster file and say what it would change; with ``apply``, change it. The caller commits, or rolls back.

    Raises:
        NotARoster: the file is none; nothing was changed.
        RuleBroken: the unit's name will not do.
        Conflict: somebody made the same unit or member number at the same moment.
    """
    unit_name = clean(unit_name)
    if not 1 <= len(unit_name) <= LONGEST_UNIT_NAME:
        raise RuleBroken(f"A unit's name has 1 to {LONGEST_UNIT_NAME} characters.", "unit")
    try:
        unit = db.session.scalar(select(Unit).where(func.lower(Unit.name) == unit_name.lower()))
        is_new = unit is None
        unit = unit or new_unit(unit_name, time_zone, actor)
        draft = start(actor, unit, data, file_name)
        go_on(draft, actor, unit, patience=None)
        done = apply and not nothing_to_do(draft)
        if done:
            apply_draft(draft, actor, unit)
    except IntegrityError as collision:
        raise Conflict(SAME_MOMENT) from collision
    return Ran(draft, unit, is_new, done)


def nothing_to_do(draft: RosterImport) -> bool:
    """Whether no change is ticked."""
    ticked = ImportRow.changes.contains([{"on": True}])
    return db.session.scalar(select(ImportRow.number).where(ImportRow.import_id == draft.id, ticked).limit(1)) is None


def unit_kind(name: str) -> UnitKind:
    """``Troop 77`` is a troop; a name that starts with no such word is a group."""
    first = name.split()[0].casefold() if name.split() else ""
    return UnitKind(first) if first in set(UnitKind) else UnitKind.GROUP


def new_unit(name: str, time_zone: str, actor: User | None) -> Unit:
    """A unit for people who have none here yet."""
    number = re.search(r"\d+", name)
    unit = Unit(id=new_id(), name=name, kind=unit_kind(name), number=number[0] if number else None, time_zone=time_zone)
    db.session.add(unit)
    db.session.flush()
    record(actor, "unit added", unit, changes={"name": (None, name)}, unit_id=unit.id, reason="roster file")
    return unit
