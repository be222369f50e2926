"""A person's place in a unit: the unit's side of the same people."""

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model, new_id
from app.families.models import Person
from app.units.models import Patrol, Unit


class Membership(Model):
    """Person x unit, from a day until a day; live while ``until`` is empty."""

    __tablename__ = "memberships"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id", ondelete="CASCADE"))
    patrol_id: Mapped[uuid.UUID | None]
    # As the roster words it; several are joined by " | ".
    position: Mapped[str | None]
    member_number: Mapped[str | None]
    registered: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    since: Mapped[date | None]
    until: Mapped[date | None]

    person: Mapped[Person] = relationship()
    unit: Mapped[Unit] = relationship(overlaps="patrol")
    patrol: Mapped[Patrol | None] = relationship(overlaps="unit")

    __table_args__ = (
        # The patrol is one of the same unit.
        ForeignKeyConstraint(["patrol_id", "unit_id"], ["patrols.id", "patrols.unit_id"]),
        Index("uq_memberships_live", "unit_id", "person_id", unique=True, postgresql_where=text("until IS NULL")),
        Index(
            "uq_memberships_live_number",
            "unit_id",
            "member_number",
            unique=True,
            postgresql_where=text("until IS NULL AND member_number IS NOT NULL"),
        ),
        Index("ix_memberships_member_number", "member_number"),
        Index("ix_memberships_patrol_id", "patrol_id"),
        CheckConstraint("until >= since", name="until_after_since"),
    )
