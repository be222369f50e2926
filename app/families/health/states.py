"""When a guardian last said that the answers about somebody are right: all that a list shows, without opening any."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from app.clock import now
from app.extensions import db
from app.families.health.models import HealthNote

# Notes of a release that asked for no word on it count from their last change.
ANSWERED_AT: ColumnElement[datetime | None] = func.coalesce(HealthNote.confirmed_at, HealthNote.updated_at)


@dataclass(frozen=True)
class Answered:
    """When; None when nobody ever has."""

    at: datetime | None

    def is_old(self, after: timedelta) -> bool:
        """Whether it is time to ask again, ``after`` being how long an answer is good for."""
        return self.at is None or self.at + after < now()

    @property
    def is_of_today(self) -> bool:
        """Whether there is no need for the button."""
        return self.at is not None and self.at.date() == now().date()


def answered_by(person_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Answered]:
    """For each of these people, about whose health the account may know. One statement."""
    wanted = select(HealthNote.person_id, ANSWERED_AT).where(HealthNote.person_id.in_(person_ids))
    found = {row[0]: row[1] for row in db.session.execute(wanted)}
    return {person_id: Answered(found.get(person_id)) for person_id in person_ids}
