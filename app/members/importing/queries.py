"""What the pages of an import read."""

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.families.models import Guardian, GuardianProposal, Person
from app.identity.models import User
from app.members.importing.known import name_key
from app.members.models import ImportRow, ImportState, Membership, Outcome, RosterImport
from app.units.models import Patrol

PAGE_SIZE = 25  # rows with all their boxes
MOST_IMPORTS, MOST_GUARDIANS = 20, 100
ON = ImportRow.changes.contains([{"on": True}])


@dataclass(frozen=True)
class Listed:
    """An import that was made, for the list of them."""

    draft: RosterImport
    by: str | None
    rows: int


def imports_of(unit_id: uuid.UUID, user_id: uuid.UUID) -> list[Listed]:
    """The newest imports of the unit, and the plans of this account. One statement."""
    counted = (
        select(func.count())
        .where(ImportRow.import_id == RosterImport.id, or_(ImportRow.done.is_not(None), ON))
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(RosterImport, User.name, counted)
        .outerjoin(User, User.id == RosterImport.by_id)
        .where(
            RosterImport.unit_id == unit_id,
            or_(
                RosterImport.state.in_((ImportState.APPLIED, ImportState.UNDONE)),
                RosterImport.by_id == user_id,
            ),
        )
        .order_by(RosterImport.created_at.desc())
        .limit(MOST_IMPORTS)
    )
    return [Listed(*row) for row in rows]


@dataclass(frozen=True)
class Counts:
    """How many rows of each outcome, and how many of them would change or have changed something."""

    by_outcome: dict[str, int]
    ticked: int
    done: int
    remarks: int

    def of(self, outcome: str) -> int:
        """Rows of one outcome."""
        return self.by_outcome.get(outcome, 0)


def counts_of(import_id: uuid.UUID) -> Counts:
    """One statement."""
    usable = ImportRow.outcome.in_((Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED))
    rows = db.session.execute(
        select(
            ImportRow.outcome,
            func.count(),
            func.count().filter(ON),
            func.count().filter(ImportRow.done.is_not(None)),
            func.count().filter(and_(usable, ImportRow.remark.is_not(None))),
        )
        .where(ImportRow.import_id == import_id)
        .group_by(ImportRow.outcome)
    ).all()
    return Counts(
        {row[0]: row[1] for row in rows}, sum(r[2] for r in rows), sum(r[3] for r in rows), sum(r[4] for r in rows)
    )


def rows_of(import_id: uuid.UUID, show: str, number: int) -> list[ImportRow]:
    """A page of rows by line: those of one outcome, or those that have a remark and are used all the same."""
    wanted: list[ColumnElement[bool]] = [ImportRow.outcome == show]
    if show == "remarks":
        usable = (Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED)
        wanted = [ImportRow.outcome.in_(usable), ImportRow.remark.is_not(None)]
    found = (
        select(ImportRow).where(ImportRow.import_id == import_id, *wanted).order_by(ImportRow.line, ImportRow.number)
    )
    return list(db.session.scalars(found.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)))


def patrols_in(import_id: uuid.UUID, unit_id: uuid.UUID) -> list[str]:
    """The patrols that the unit does not have yet. One statement."""
    change = func.jsonb_path_query_first(ImportRow.changes, '$[*] ? (@.key == "patrol" && @.on == true).after')
    named = func.btrim(func.text(change), '"')
    known = select(func.lower(Patrol.name)).where(Patrol.unit_id == unit_id)
    wanted = select(func.min(named)).where(
        ImportRow.import_id == import_id, change.is_not(None), func.lower(named).not_in(known)
    )
    return list(db.session.scalars(wanted.group_by(func.lower(named)).order_by(func.lower(named)).limit(50)))


@dataclass
class Named:
    """A guardian whom the file names beside children, and has no rights yet."""

    name: str
    adult_id: uuid.UUID | None
    has_account: bool
    is_member: bool
    called: str | None = None  # here, where the file has another name
    children: list[tuple[uuid.UUID, str]] = field(default_factory=list)


def guardians_named(draft: RosterImport) -> list[Named]:
    """Whom the file names as guardians of its children, and who is none of them yet. One statement."""
    adult = aliased(Person)
    place = aliased(Membership)
    rows = db.session.execute(
        select(GuardianProposal.name, adult, place.id, Person)
        .join(ImportRow, and_(ImportRow.person_id == GuardianProposal.person_id, ImportRow.import_id == draft.id))
        .join(Person, Person.id == GuardianProposal.person_id)
        .outerjoin(adult, adult.id == GuardianProposal.adult_id)
        .outerjoin(place, and_(place.person_id == adult.id, place.unit_id == draft.unit_id, place.until.is_(None)))
        .outerjoin(Guardian, and_(Guardian.person_id == Person.id, Guardian.user_id == adult.user_id))
        .where(Guardian.user_id.is_(None))
        .order_by(func.lower(func.coalesce(adult.last_name, GuardianProposal.name)), GuardianProposal.name, Person.id)
        .limit(MOST_GUARDIANS)
    )
    found: dict[tuple[str, uuid.UUID | None], Named] = defaultdict()
    for name, person, place_id, child in rows:
        key = (name.casefold(), person.id if person else None)
        if key not in found:
            account = person is not None and person.user_id is not None
            own = person.full_name if person and place_id else name
            called = own if name_key(own, "") != name_key(name, "") else None
            found[key] = Named(name, key[1], account, place_id is not None, called)
        found[key].children.append((child.id, child.full_name))
    return list(found.values())


def children_named(draft: RosterImport, adult_id: uuid.UUID) -> Collection[uuid.UUID]:
    """The children beside whom the file names this adult."""
    wanted = (
        select(GuardianProposal.person_id)
        .join(ImportRow, ImportRow.person_id == GuardianProposal.person_id)
        .where(ImportRow.import_id == draft.id, GuardianProposal.adult_id == adult_id)
        .limit(MOST_GUARDIANS)
    )
    return list(db.session.scalars(wanted))
