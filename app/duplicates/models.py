"""People who are here twice: what was merged, and what only looks alike."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.extensions import Model, new_id
from app.families.models import Person
from app.identity.models import User
from app.units.models import Unit

UNDO_LIVES = timedelta(days=30)


class PersonMerge(Model):
    """Two rows for one human became one. What an undo needs is sealed, and kept for 30 days."""

    __tablename__ = "person_merges"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id", ondelete="CASCADE"))
    kept_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    # No foreign key: the row is gone until somebody takes the merge back.
    gone_id: Mapped[uuid.UUID] = mapped_column(index=True)
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    undone_at: Mapped[datetime | None]
    sealed: Mapped[str | None]

    unit: Mapped[Unit] = relationship()
    kept: Mapped[Person] = relationship()
    by: Mapped[User | None] = relationship()

    __table_args__ = (Index("ix_person_merges_unit_id_at", "unit_id", "at"), Index("ix_person_merges_at", "at"))


class DistinctPeople(Model):
    """Somebody has looked: these two are not the same, however alike. The smaller id comes first."""

    __tablename__ = "distinct_people"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())

    __table_args__ = (CheckConstraint("person_id < other_id", name="in_order"),)
