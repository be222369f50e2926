"""What pages read of outings, as plain rows: a list of twenty must not cost twenty objects with a history."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from sqlalchemy import any_, bindparam, column, func, literal, or_, select, table, union

from app.extensions import db
from app.families.queries import family_ids
from app.identity.models import User
from app.members.queries import unit_ids_of
from app.outings.models import Outing, OutingState, OutingUnit
from app.reading import Reading
from app.units.models import HOLDS, Role, Unit

PAGE_SIZE = 20
MOST_GUEST_UNITS = 50


class Listed(NamedTuple):
    """One outing of a list."""

    id: uuid.UUID
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


@dataclass(frozen=True)
class Page:
    """One page of a list; ``total`` counts what all pages hold, ``live`` what of it takes place."""

    rows: list[Listed]
    total: int
    live: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // PAGE_SIZE))


def outings_of(user: User, moment: datetime, *, past: bool = False, number: int = 1) -> Page:
    """A page of what ``access.visible`` lets ``user`` see: coming ones soonest first, or past ones newest first.

    One statement. An outing that is going on is a coming one.
    """
    asked = {"user_id": user.id, "moment": moment, "skipped": (number - 1) * PAGE_SIZE}
    found = listing(past, bool(user.is_site_admin)).rows(asked)
    total, live = found[0][:2] if found else (0, 0)
    return Page([Listed(*row[2:]) for row in found], total, live, number)


@cache
def listing(past: bool, everything: bool) -> Reading:
    """The statement behind ``outings_of``, built once: SQLAlchemy then finds its text again without a walk.

    It goes from the units to their outings, where the condition of ``access.visible`` would make PostgreSQL look at every outing there is.
    """
    everything_counted = func.count().over()
    live_counted = (
        func.count().filter(or_(Outing.state == OutingState.PUBLISHED, Outing.state == OutingState.DONE)).over()
    )
    in_time = Outing.ends_at <= bindparam("moment") if past else Outing.ends_at > bindparam("moment")
    statement = (
        select(
            everything_counted,
            live_counted,
            *(getattr(Outing, name) for name in Listed._fields[:-2]),
            Unit.name,
            Unit.time_zone,
        )
        .join(Unit, Unit.id == Outing.unit_id)
        .order_by(Outing.starts_at.desc() if past else Outing.starts_at, Outing.id)
        .limit(PAGE_SIZE)
        .offset(bindparam("skipped"))
    )
    if everything:
        return Reading(statement.where(in_time))
    user_id: uuid.UUID = bindparam("user_id", type_=User.id.type)  # type: ignore[assignment]
    mine = unit_ids_of(user_id).cte("mine")
    hosted = select(Outing.id).join(mine, Outing.unit_id == mine.c.unit_id)
    invited = (
        select(Outing.id)
        .join(OutingUnit, OutingUnit.outing_id == Outing.id)
        .join(mine, OutingUnit.unit_id == mine.c.unit_id)
    )
    led = select(Outing.id).join(Role, Role.unit_id == Outing.unit_id).where(Role.user_id == user_id, HOLDS)
    # Whoever went to another unit stays on the outings that they were signed up for. Participants belong to a later room.
    rows = table("participants", column("outing_id"), column("person_id"), column("state"))
    coming = select(Outing.id).join(rows, rows.c.outing_id == Outing.id)
    coming = coming.where(rows.c.person_id.in_(family_ids(user_id)), rows.c.state != "cancelled")
    shown = Outing.state != OutingState.DRAFT
    arms = [arm.where(shown, in_time) for arm in (hosted, invited, coming)]
    visible = union(*arms, led.where(~shown, in_time))
    # As an array, PostgreSQL looks each of them up; as IN it would read every outing there is.
    return Reading(statement.where(Outing.id == any_(func.array(visible.scalar_subquery()))))


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
