"""The list of a unit's people, with what the chosen columns show: a fixed number of statements for any number of rows."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import Select, Text, Uuid, and_, cast, func, literal, null, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.extensions import db
from app.families.models import (
    Guardian,
    GuardianProposal,
    Person,
    PersonKind,
    Training,
    age_on,
)
from app.identity.models import User
from app.members.columns import Column, Facts, Held
from app.members.filtering import ADULT_FROM, SOON, Wanted, birthday_of, conditions
from app.members.models import MemberColumns, Membership, Position, Transfer, TransferState
from app.units.models import HOLDS, Patrol, Role, Unit

PAGE_SIZE = 50
MOST_POSITIONS = 100  # to choose from


@dataclass(frozen=True)
class Named:
    """A guardian: an account, or a name from the roster that has none yet."""

    name: str
    phone: str | None
    has_account: bool


@dataclass(frozen=True)
class MemberRow:
    """One line of the list, over ``facts``, which the cells are made of."""

    facts: Facts
    kind: PersonKind
    age: int | None
    role: str | None
    comes_of_age: date | None  # the day on which somebody whom the roster calls a youth is 18: past, or soon
    guardians: list[Named] = field(default_factory=list)

    @property
    def person_id(self) -> uuid.UUID:
        """Whose line it is."""
        return self.facts.person.id

    @property
    def name(self) -> str:
        """As people call them."""
        return self.facts.person.full_name

    @property
    def has_account(self) -> bool:
        """Whether they sign in themselves."""
        return self.facts.person.user_id is not None

    @property
    def is_former(self) -> bool:
        """No member any more."""
        return self.facts.place.until is not None


@dataclass(frozen=True)
class MemberPage:
    """One page of the list; ``total`` counts what all pages hold."""

    rows: list[MemberRow]
    total: int


def members_of(
    unit: Unit, day: date, wanted: Wanted, columns: Sequence[Column], *, number: int = 1, most: int = PAGE_SIZE
) -> MemberPage:
    """A page of those who are wanted by last name. One statement, and one more for guardians and trainings each, if shown."""
    found = db.session.execute(page_statement(unit, day, wanted, number, most)).all()
    return MemberPage(lines(found, day, columns), found[0][-1] if found else 0)


def page_statement(unit: Unit, day: date, wanted: Wanted, number: int, most: int) -> Select[*tuple[Any, ...]]:
    """People with their places, and how many there are on all pages."""
    return (
        rows_of(unit.id)
        .add_columns(func.count().over())
        .where(*conditions(unit.id, wanted, day))
        .order_by(func.lower(Person.last_name), func.lower(Person.first_name), Person.id)
        .limit(most)
        .offset((number - 1) * most)
    )


def member_in(unit: Unit, day: date, person_id: uuid.UUID, columns: Sequence[Column]) -> MemberRow | None:
    """One line of the list."""
    live = (Membership.unit_id == unit.id, Membership.until.is_(None))
    found = db.session.execute(rows_of(unit.id).where(Person.id == person_id, *live)).all()
    return lines(found, day, columns)[0] if found else None


def rows_of(unit_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    """Person, place, patrol and role."""
    return (
        select(Person, Membership, Patrol.name, Role.name)
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(Patrol, Patrol.id == Membership.patrol_id)
        .outerjoin(Role, and_(Role.user_id == Person.user_id, Role.unit_id == unit_id, HOLDS))
    )


def lines(found: Sequence[Any], day: date, columns: Sequence[Column]) -> list[MemberRow]:
    """What the database gave, with what the chosen columns need beside it."""
    ids = [row[0].id for row in found]
    keys = {column.key for column in columns}
    guardians = guardians_of(ids) if "guardians" in keys else {}
    trainings = trainings_of(ids) if "trainings" in keys else {}
    return [member_row(row, day, guardians.get(row[0].id, []), trainings.get(row[0].id, [])) for row in found]


def member_row(row: Any, day: date, guardians: list[Named], trainings: list[Held]) -> MemberRow:
    """The line for what the database gave."""
    person, place, patrol, role = row[:4]
    return MemberRow(
        facts=Facts(person, place, patrol, [named.name for named in guardians], trainings),
        kind=person.kind_on(day),
        age=age_on(person.birth_date, day) if person.birth_date else None,
        role=role,
        comes_of_age=coming_of_age(person, day),
        guardians=guardians,
    )


def coming_of_age(person: Person, day: date) -> date | None:
    """The 18th birthday of somebody who is still kept as a youth, once it is past or near."""
    born = person.birth_date
    if born is None or person.kind != PersonKind.YOUTH or born > birthday_of(ADULT_FROM, day + SOON):
        return None
    try:
        return born.replace(year=born.year + ADULT_FROM)
    except ValueError:
        return date(born.year + ADULT_FROM, 3, 1)


def among(column: Any, ids: Collection[uuid.UUID]) -> Any:
    """One of these, however many they are, by one parameter."""
    return column == func.any(literal(list(ids), ARRAY(Uuid())))


def guardians_of(person_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Named]]:
    """Whom to call, by child: accounts first, then names from the roster that stand for no account yet. One statement."""
    found: dict[uuid.UUID, dict[str, Named]] = defaultdict(dict)
    key_of: dict[tuple[uuid.UUID, str], str] = {}
    accounts = (
        select(Guardian.person_id, literal(0).label("kind"), Guardian.since.label("since"), User.name.label("name"), Person.phone.label("phone"),
               null().label("own_phone"), User.id.label("account_id"))
        .join(User, User.id == Guardian.user_id)
        .outerjoin(Person, Person.user_id == User.id)
        .where(among(Guardian.person_id, person_ids))
    )  # fmt: skip
    proposals = (
        select(GuardianProposal.person_id, literal(1), null(), GuardianProposal.name, GuardianProposal.phone, Person.phone, Person.user_id)
        .outerjoin(Person, Person.id == GuardianProposal.adult_id)
        .where(among(GuardianProposal.person_id, person_ids))
    )  # fmt: skip
    both: Any = union_all(accounts, proposals).order_by("kind", "since", "name")
    for child_id, kind, _, name, phone, own_phone, account_id in db.session.execute(both):
        if not kind:
            found[child_id][str(account_id)] = Named(name, phone, has_account=True)
            key_of[child_id, name.casefold()] = str(account_id)
            continue
        key = str(account_id) if str(account_id) in found[child_id] else key_of.get((child_id, name.casefold()))
        if key is None:
            found[child_id][name] = Named(name, own_phone or phone, has_account=False)
        elif not found[child_id][key].phone:
            # The same human: the roster's number is better than none.
            found[child_id][key] = replace(found[child_id][key], phone=phone)
    return {child_id: list(named.values()) for child_id, named in found.items()}


def trainings_of(person_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Held]]:
    """What each has, what runs out first before the rest. One statement."""
    found: dict[uuid.UUID, list[Held]] = defaultdict(list)
    wanted = select(Training.person_id, Training.code, Training.name, Training.expires_on)
    ordered = wanted.order_by(Training.expires_on.nulls_last(), Training.code)
    for person_id, code, name, expires_on in db.session.execute(ordered.where(among(Training.person_id, person_ids))):
        found[person_id].append(Held(code, name, expires_on))
    return found


@dataclass(frozen=True)
class Around:
    """What a page of the list needs beside the rows."""

    columns: list[str] | None  # as chosen
    patrols: list[tuple[str, str]]
    positions: list[str]
    arrivals: int  # transfers to this unit that wait for an answer


def around(unit_id: uuid.UUID, user_id: uuid.UUID) -> Around:
    """One statement: a row for each thing to choose from, under the word for what it is."""
    no_id, no_list = cast(null(), Text), cast(null(), JSONB)
    names = select(func.min(Position.name)).where(Position.unit_id == unit_id, Position.until.is_(None))
    positions = names.group_by(func.lower(Position.name)).limit(MOST_POSITIONS).subquery()
    patrols = select(literal("patrol"), cast(Patrol.id, Text), Patrol.name, no_list)
    chosen = select(literal("columns"), no_id, no_id, MemberColumns.names)
    waiting = select(literal("arrivals"), no_id, cast(func.count(), Text), no_list)
    parts = (
        patrols.where(Patrol.unit_id == unit_id, Patrol.retired_at.is_(None)),
        select(literal("position"), no_id, *positions.c, no_list),
        chosen.where(MemberColumns.unit_id == unit_id, MemberColumns.user_id == user_id),
        waiting.where(Transfer.to_unit_id == unit_id, Transfer.state == TransferState.WAITING),
    )
    found: dict[str, list[Any]] = defaultdict(list)
    for kind, id, name, names_chosen in db.session.execute(union_all(*parts)):
        found[kind].append((id, name, names_chosen))
    return Around(
        columns=found["columns"][0][2] if found["columns"] else None,
        patrols=sorted(((id, name) for id, name, _ in found["patrol"]), key=lambda pair: pair[1].casefold()),
        positions=sorted((name for _, name, _ in found["position"]), key=str.casefold),
        arrivals=int(found["arrivals"][0][1]),
    )


def chosen_columns(unit_id: uuid.UUID, user_id: uuid.UUID) -> list[str] | None:
    """What this account wants to see of this unit, if it has said so. One statement."""
    return db.session.scalar(
        select(MemberColumns.names).where(MemberColumns.unit_id == unit_id, MemberColumns.user_id == user_id)
    )
