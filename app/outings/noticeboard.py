"""What strangers may read: title, days, place and places left of coming outings, of units that show their list. Never a person.

It is apart from the list for those who are signed in (``queries.py``), so that nothing that is added there appears here.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Row, exists, func, select

from app.extensions import db
from app.outings.cards import NOBODY, capacity, tells_year, tile_foot
from app.outings.models import Outing, OutingState
from app.outings.seatbook import Taken, seatbook
from app.units.models import Unit
from app.web.formats import plural

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class Notice:
    """One outing on the board."""

    title: str
    unit: str
    month: str
    day: int
    weekdays: str
    iso: str
    place: str
    left: str


@dataclass(frozen=True)
class Board:
    """One page of it; ``total`` counts what all pages hold."""

    notices: list[Notice]
    total: int
    number: int


def is_hung() -> bool:
    """Whether any unit shows its list to strangers."""
    return bool(db.session.scalar(select(exists().where(Unit.lists_outings))))


def board(moment: datetime, number: int = 1) -> Board:
    """A page of coming outings, soonest first. Two statements."""
    names = ("id", "title", "place", "starts_at", "ends_at", "youth_seats", "adult_seats", "total_seats")
    rows = db.session.execute(
        select(
            func.count().over(),
            Unit.name.label("unit_name"),
            Unit.time_zone,
            *(getattr(Outing, name) for name in names),
        )
        .join(Unit, Unit.id == Outing.unit_id)
        .where(Unit.lists_outings, Outing.state == OutingState.PUBLISHED, Outing.ends_at > moment)
        .order_by(Outing.starts_at, Outing.id)
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    ids: Collection[uuid.UUID] = [row.id for row in rows]
    taken = seatbook().taken(ids) if ids else {}
    notices = [notice_of(row, taken.get(row.id, NOBODY), moment) for row in rows]
    return Board(notices, rows[0][0] if rows else 0, number)


def notice_of(row: Row[*tuple[object, ...]], taken: Taken, moment: datetime) -> Notice:
    """One row in words, in its unit's time zone."""
    zone = ZoneInfo(row.time_zone)
    start, end = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    limit = capacity(row)
    free = None if limit is None else max(0, limit - taken.total)
    left = "" if free is None else f"{plural(free, 'place')} left" if free else "Full, with a waiting list"
    return Notice(
        row.title,
        row.unit_name,
        f"{start:%b}",
        start.day,
        tile_foot(start, end, year=tells_year(start, moment)),
        f"{start:%Y-%m-%d}",
        row.place,
        left,
    )
