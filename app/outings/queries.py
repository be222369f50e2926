"""What pages read of outings, as plain rows: a list of twenty must not cost twenty objects with a history."""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    table,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.extensions import db
from app.families.models import Person
from app.families.queries import family_ids
from app.identity.models import User
from app.members.models import Membership
from app.outings.models import Outing, OutingState, OutingUnit
from app.outings.seatbook import OwnPlace, Taken, seatbook
from app.reading import Reading
from app.units.models import HOLDS, Role, Unit

PAGE_SIZE = 20
MOST_GUEST_UNITS = 50
MOMENTS = ("starts_at", "ends_at", "opens_at", "closes_at")
MOST_ROWS = 2000  # that are kept as read, in each process

# Who is on outings. Sign-ups are a later room; of its table this one knows what it needs.
PARTICIPANTS = table(
    "participants",
    *(column(name, Uuid()) for name in ("id", "outing_id", "person_id", "signup_id")),
    column("state", Text()),
    column("queue_no"),
)


class Listed(NamedTuple):
    """One outing of a list, with its seats and where one's own people stand."""

    id: str
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime | None
    closes_at: datetime | None
    state: str
    youth_seats: int | None
    adult_seats: int | None
    total_seats: int | None
    youth_cost: Decimal
    adult_cost: Decimal
    unit_name: str
    time_zone: str
    taken: Taken
    own: tuple[OwnPlace, ...]
    text: str = ""  # as PostgreSQL wrote the row: all that is above, and found again by it

    @classmethod
    @lru_cache(maxsize=MOST_ROWS)
    def of(cls, text: str) -> "Listed":
        """The row that ``listing`` puts into one text."""
        values = dict(zip(cls._fields, json.loads(text, parse_float=Decimal), strict=False))
        for name in MOMENTS:
            values[name] = values[name] and datetime.fromisoformat(values[name])
        values |= {
            "taken": Taken(*values["taken"]),
            "own": tuple(OwnPlace(*place) for place in values["own"] or ()),
            "text": text,
        }
        return cls(**values)


@dataclass(frozen=True)
class Page:
    """One page of a list; ``total`` counts what all pages hold, ``live`` what of it takes place."""

    rows: list[Listed]
    total: int
    live: int
    number: int


def outings_of(user: User, moment: datetime, *, past: bool = False, number: int = 1) -> Page:
    """A page of what ``access.visible`` lets ``user`` see: coming ones soonest first, or past ones newest first.

    One statement. An outing that is going on is a coming one.
    """
    asked = {"user_id": user.id, "moment": moment, "skipped": (number - 1) * PAGE_SIZE}
    found = listing(past, bool(user.is_site_admin)).rows(asked)
    total, live = found[0][:2] if found else (0, 0)
    return Page([Listed.of(text) for _, _, text in found], total, live, number)


@cache
def listing(past: bool, everything: bool) -> Reading:
    """The statement behind ``outings_of``: how many there are, how many take place, and each row as one text, by which
    what was made of it is found again.

    It goes from the units to their outings, where the condition of ``access.visible`` would make PostgreSQL look at every outing there is.
    """
    user_id: uuid.UUID = bindparam("user_id", type_=User.id.type)  # type: ignore[assignment]
    in_time = Outing.ends_at <= bindparam("moment") if past else Outing.ends_at > bindparam("moment")
    me = select(ids(family_ids(user_id)).label("people")).cte("me")
    comes = PARTICIPANTS.c.person_id == one_of(me.c.people), PARTICIPANTS.c.state != "cancelled"
    own = select(PARTICIPANTS).where(*comes).cte("own")
    called = func.coalesce(Person.preferred_name, Person.first_name).label("first_name")
    family = select(Person.id, called).where(Person.id == one_of(me.c.people)).cte("family").prefix_with("MATERIALIZED")
    everything_counted = func.count().over()
    live_counted = (
        func.count().filter(or_(Outing.state == OutingState.PUBLISHED, Outing.state == OutingState.DONE)).over()
    )
    columns = [getattr(Outing, name) for name in Listed._fields[: Listed._fields.index("unit_name")]]
    seats = seatbook().columns(Outing.id, own, family)
    row = func.json_build_array(*columns, Unit.name, Unit.time_zone, *seats)
    statement = (
        select(everything_counted, live_counted, cast(row, Text))
        .join(Unit, Unit.id == Outing.unit_id)
        .where(in_time)
        .order_by(Outing.starts_at.desc() if past else Outing.starts_at, Outing.id)
        .limit(PAGE_SIZE)
        .offset(bindparam("skipped"))
    )
    if everything:
        return Reading(statement)
    led = select(ids(select(Role.unit_id).where(Role.user_id == user_id, HOLDS)).label("units")).cte("led")
    joined = select(Membership.unit_id).where(Membership.person_id == one_of(me.c.people), Membership.until.is_(None))
    mine = select((ids(joined) + select(led.c.units).scalar_subquery()).label("units")).cte("mine")
    hosted = select(Outing.id).where(Outing.unit_id == one_of(mine.c.units), in_time)
    invited = select(OutingUnit.outing_id).where(OutingUnit.unit_id == one_of(mine.c.units))
    # Whoever went to another unit stays on the outings that they were signed up for.
    found = ids(union_all(hosted, invited, select(own.c.outing_id)))
    # Arrays, so that PostgreSQL looks each of them up; with IN it would read every outing there is.
    return Reading(
        statement.where(
            Outing.id == any_(found), or_(Outing.state != OutingState.DRAFT, Outing.unit_id == one_of(led.c.units))
        )
    )


def ids(found: Any) -> ColumnElement[Any]:
    """The ids that a query finds, as one array."""
    return func.array(found.scalar_subquery(), type_=ARRAY(Uuid()))


def one_of(array: Any) -> ColumnElement[Any]:
    """To compare with an array that stands in the one row of a CTE."""
    return any_(cast(select(array).scalar_subquery(), ARRAY(Uuid())))


def had_people(outing_id: uuid.UUID) -> bool:
    """Whether anybody comes or waits, or did: who was taken off is to be read on the roster, too."""
    return bool(db.session.scalar(select(exists().where(PARTICIPANTS.c.outing_id == outing_id))))


def guest_unit_names(outing_id: uuid.UUID) -> list[str]:
    """The further units that an outing is open to, by name."""
    return list(
        db.session.scalars(
            select(Unit.name)
            .join(OutingUnit, OutingUnit.unit_id == Unit.id)
            .where(OutingUnit.outing_id == outing_id)
            .order_by(Unit.name)
            .limit(MOST_GUEST_UNITS)
        )
    )


def units_named(names: list[str]) -> dict[str, tuple[uuid.UUID, str]]:
    """Units by their name in lower case, without regard to case: id and the name as it is written."""
    if not names:
        return {}
    wanted = {name.lower() for name in names}
    rows = db.session.execute(select(Unit.id, Unit.name).where(func.lower(Unit.name).in_(wanted)))
    return {name.lower(): (unit_id, name) for unit_id, name in rows}


def names_like(text: str) -> list[str]:
    """A few unit names that begin as ``text`` does, for somebody who has mistyped one."""
    start = text.strip().lower()[:3]
    return list(
        db.session.scalars(
            select(Unit.name)
            .where(func.starts_with(func.lower(Unit.name), literal(start)))
            .order_by(Unit.name)
            .limit(200)
        )
    )
