"""The list of a unit's people, with their guardians: a fixed number of statements for any number of rows."""

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select

from app.extensions import db
from app.families.models import Guardian, GuardianProposal, Person, PersonKind, age_on
from app.identity.models import User
from app.members.models import Membership
from app.units.models import HOLDS, Patrol, Role, Unit

PAGE_SIZE = 50
LONGEST_SEARCH = 80  # characters
MARKS = "[\u0300-\u036f]"  # accents that stand alone once a letter is taken apart


@dataclass(frozen=True)
class Named:
    """A guardian: an account, or a name from the roster that has none yet."""

    name: str
    phone: str | None
    has_account: bool


@dataclass(frozen=True)
class MemberRow:
    """One line of the list."""

    person_id: uuid.UUID
    name: str
    kind: PersonKind
    age: int | None
    patrol: str | None
    position: str | None
    has_account: bool
    role: str | None
    guardians: list[Named] = field(default_factory=list)


@dataclass(frozen=True)
class MemberPage:
    """One page of the list; ``total`` counts what all pages hold."""

    rows: list[MemberRow]
    total: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // PAGE_SIZE))


def members_of(unit: Unit, day: date, *, search: str = "", number: int = 1) -> MemberPage:
    """A page of the unit's live members by last name. Three statements."""
    wanted = (
        rows_of(unit.id)
        .add_columns(func.count().over())
        .where(*matches(search))
        .order_by(func.lower(Person.last_name), func.lower(Person.first_name), Person.id)
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    found = db.session.execute(wanted).all()
    guardians = guardians_of([row[0].id for row in found])
    rows = [member_row(row, day, guardians) for row in found]
    return MemberPage(rows, found[0][-1] if found else 0, number)


def member_in(unit: Unit, day: date, person_id: uuid.UUID) -> MemberRow | None:
    """One line of the list."""
    found = db.session.execute(rows_of(unit.id).where(Person.id == person_id)).first()
    return member_row(found, day, guardians_of([person_id])) if found else None


def rows_of(unit_id: uuid.UUID) -> Select[Person, str, str | None, str]:
    """Person, patrol, position and role of every live member."""
    return (
        select(Person, Patrol.name, Membership.position, Role.name)
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(Patrol, Patrol.id == Membership.patrol_id)
        .outerjoin(Role, and_(Role.user_id == Person.user_id, Role.unit_id == unit_id, HOLDS))
        .where(Membership.unit_id == unit_id, Membership.until.is_(None))
    )


def member_row(row: Any, day: date, guardians: dict[uuid.UUID, list[Named]]) -> MemberRow:
    """The line for what the database gave."""
    person, patrol, position, role = row[:4]
    return MemberRow(
        person_id=person.id,
        name=person.full_name,
        kind=person.kind_on(day),
        age=age_on(person.birth_date, day) if person.birth_date else None,
        patrol=patrol,
        position=position,
        has_account=person.user_id is not None,
        role=role,
        guardians=guardians.get(person.id, []),
    )


def matches(search: str) -> list[ColumnElement[bool]]:
    """Every word of the search stands in the name or the patrol's name, in any case, with or without its accents."""
    text = bare(func.concat_ws(" ", Person.first_name, Person.preferred_name, Person.last_name, Patrol.name))
    return [text.contains(bare(word)) for word in escaped(search)]


def escaped(search: str) -> list[str]:
    """The words to look for; a percent sign is a percent sign."""
    return search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").split()


def bare(text: Any) -> ColumnElement[str]:
    """Lower case without accents. Plain PostgreSQL can do this; the unaccent extension is not everywhere."""
    return func.regexp_replace(func.normalize(func.lower(text), literal_column("NFKD")), MARKS, "", "g")


def guardians_of(person_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Named]]:
    """Whom to call, by child: accounts first, then names from the roster that stand for no account yet. Two statements."""
    found: dict[uuid.UUID, dict[str, Named]] = defaultdict(dict)
    key_of: dict[tuple[uuid.UUID, str], str] = {}
    accounts = (
        select(Guardian.person_id, Guardian.user_id, User.name, Person.phone)
        .join(User, User.id == Guardian.user_id)
        .outerjoin(Person, Person.user_id == User.id)
        .where(Guardian.person_id.in_(person_ids))
        .order_by(Guardian.since)
    )
    for child_id, user_id, name, phone in db.session.execute(accounts):
        found[child_id][str(user_id)] = Named(name, phone, has_account=True)
        key_of[child_id, name.casefold()] = str(user_id)
    proposals = (
        select(GuardianProposal.person_id, GuardianProposal.name, GuardianProposal.phone, Person.phone, Person.user_id)
        .outerjoin(Person, Person.id == GuardianProposal.adult_id)
        .where(GuardianProposal.person_id.in_(person_ids))
        .order_by(GuardianProposal.name)
    )
    for child_id, name, phone, own_phone, account_id in db.session.execute(proposals):
        key = str(account_id) if str(account_id) in found[child_id] else key_of.get((child_id, name.casefold()))
        if key is None:
            found[child_id][name] = Named(name, own_phone or phone, has_account=False)
        elif not found[child_id][key].phone:
            # The same human: the roster's number is better than none.
            found[child_id][key] = replace(found[child_id][key], phone=phone)
    return {child_id: list(named.values()) for child_id, named in found.items()}
