"""An outing as plain values: what signing up asks of it, and whoever only looks at who comes."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from app.outings.models import Outing, nights_between
from app.units.models import Unit


class Host(NamedTuple):
    """The unit that an outing is of."""

    name: str
    kind: str
    policy_preset: str
    time_zone: str


class PlainOuting(NamedTuple):
    """An outing at one moment. Rules take it where they would take an ``Outing``; nothing of it can be changed."""

    id: uuid.UUID
    unit_id: uuid.UUID
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    youth_seats: int | None
    adult_seats: int | None
    total_seats: int | None
    counts_cars: bool
    youth_cost: Decimal
    adult_cost: Decimal
    opens_at: datetime | None
    closes_at: datetime | None
    cancel_by: datetime | None
    state: str
    waiting_rule: str
    overbook_reason: str | None
    version: int
    unit: Host

    @classmethod
    def of(cls, row: Sequence[Any]) -> "PlainOuting":
        """From a row that begins with ``COLUMNS``."""
        own = len(cls._fields) - 1
        return cls._make((*row[:own], Host._make(row[own : len(COLUMNS)])))

    @property
    def zone(self) -> ZoneInfo:
        """As ``Outing.zone``."""
        return ZoneInfo(self.unit.time_zone)

    @property
    def nights(self) -> int:
        """As ``Outing.nights``."""
        return nights_between(self.starts_at, self.ends_at, self.zone)


AnyOuting = Outing | PlainOuting
COLUMNS = (
    *(getattr(Outing, name) for name in PlainOuting._fields[:-1]),
    *(getattr(Unit, name) for name in Host._fields),
)
