"""A person's place in a unit: the unit's side of the same people."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.extensions import Model, new_id
from app.families.models import Person
from app.identity.models import User
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
    # The words that it is found by (``members/following.py``); empty until they were made.
    search: Mapped[str | None] = mapped_column(TSVECTOR, deferred=True)

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
        # For whoever was here before, and for the foreign key.
        Index("ix_memberships_unit_id_until", "unit_id", "until"),
        # Without a list of what is still to be sorted in: it would be read through by every search.
        Index("ix_memberships_search", "search", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
        CheckConstraint("until >= since", name="until_after_since"),
    )


class Position(Model):
    """What somebody is or was in a unit, from a day until a day. ``memberships.position`` names those of today together."""

    __tablename__ = "positions"

    # The database makes ids, too: most rows follow from what a roster says, in one statement.
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id, server_default=text("gen_random_uuid()"))
    membership_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("memberships.id", ondelete="CASCADE"), index=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    since: Mapped[date | None]
    until: Mapped[date | None]

    __table_args__ = (
        Index(
            "uq_positions_live",
            "membership_id",
            text("lower(name)"),
            unique=True,
            postgresql_where=text("until IS NULL"),
        ),
        CheckConstraint("until >= since", name="until_after_since"),
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="name_length"),
    )


class TransferState(StrEnum):
    """A transfer waits for an admin of the unit that it leads to."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Transfer(Model):
    """Somebody is to go from one unit to another. Until the other one accepts, nothing has changed."""

    __tablename__ = "transfers"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    from_unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id", ondelete="CASCADE"))
    to_unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id", ondelete="CASCADE"))
    state: Mapped[str]
    asked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()
    from_unit: Mapped[Unit] = relationship(foreign_keys=from_unit_id)
    to_unit: Mapped[Unit] = relationship(foreign_keys=to_unit_id)
    asked_by: Mapped[User | None] = relationship(foreign_keys=asked_by_id)

    __table_args__ = (
        Index(
            "uq_transfers_waiting",
            "from_unit_id",
            "person_id",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_transfers_to_unit_id_state", "to_unit_id", "state"),
        CheckConstraint("state IN ('waiting', 'accepted', 'declined', 'withdrawn')", name="state_known"),
        CheckConstraint("from_unit_id <> to_unit_id", name="goes_elsewhere"),
    )


class MemberColumns(Model):
    """Which columns an account wants to see of the members of a unit, in their order."""

    __tablename__ = "member_columns"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id", ondelete="CASCADE"), primary_key=True, index=True)
    names: Mapped[list[str]] = mapped_column(JSONB)
