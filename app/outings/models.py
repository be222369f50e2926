"""The trip: dates, place, cost, seats, and who may come."""

import uuid
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.extensions import Model, new_id
from app.units.models import Unit


class OutingState(StrEnum):
    """A cancelled outing keeps its people."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    DONE = "done"


class WaitingRule(StrEnum):
    """What happens when the next waiting party does not fit: pass it over, or hold the seats for it."""

    WHOEVER_FITS = "whoever_fits"
    IN_ORDER = "in_order"


def nights_between(start: datetime, end: datetime, zone: ZoneInfo) -> int:
    """Nights away, counted by the calendar of ``zone``."""
    return (end.astimezone(zone).date() - start.astimezone(zone).date()).days


class Outing(Model):
    """A trip that one unit hosts. Whoever takes or frees a seat locks this row first."""

    __tablename__ = "outings"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id", ondelete="RESTRICT"))
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="", server_default=text("''"))
    place: Mapped[str] = mapped_column(default="", server_default=text("''"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    # Empty: no limit.
    youth_seats: Mapped[int | None]
    adult_seats: Mapped[int | None]
    total_seats: Mapped[int | None]
    # When set, everybody also needs a place in a car of a confirmed driver, on each way.
    counts_cars: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    youth_cost: Mapped[Decimal] = mapped_column(default=Decimal(0), server_default=text("0"))
    adult_cost: Mapped[Decimal] = mapped_column(default=Decimal(0), server_default=text("0"))
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    cancel_by: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default=OutingState.DRAFT)
    waiting_rule: Mapped[str] = mapped_column(default=WaitingRule.WHOEVER_FITS)
    overbook_reason: Mapped[str | None]
    created_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))

    unit: Mapped[Unit] = relationship()
    guest_units: Mapped[list["OutingUnit"]] = relationship(cascade="all, delete-orphan")

    __table_args__ = (
        CheckConstraint("length(title) BETWEEN 1 AND 120", name="title_length"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("youth_seats >= 0", name="youth_seats_not_negative"),
        CheckConstraint("adult_seats >= 0", name="adult_seats_not_negative"),
        CheckConstraint("total_seats >= 0", name="total_seats_not_negative"),
        CheckConstraint("youth_cost >= 0 AND adult_cost >= 0", name="cost_not_negative"),
        CheckConstraint("closes_at > opens_at", name="closes_after_opens"),
        CheckConstraint("closes_at <= ends_at", name="closes_before_end"),
        CheckConstraint("cancel_by <= ends_at", name="cancel_by_before_end"),
        CheckConstraint("state IN ('draft', 'published', 'cancelled', 'done')", name="state_known"),
        CheckConstraint("waiting_rule IN ('whoever_fits', 'in_order')", name="waiting_rule_known"),
        Index("ix_outings_unit_id_ends_at", "unit_id", "ends_at"),
    )

    @property
    def zone(self) -> ZoneInfo:
        """The unit's time zone, in which every date of the outing is shown and typed."""
        return ZoneInfo(self.unit.time_zone)

    @property
    def nights(self) -> int:
        """Nights away, counted in the unit's time zone."""
        return nights_between(self.starts_at, self.ends_at, self.zone)


class OutingLead(Model):
    """An account that leads one outing. It counts only while the account may also plan outings of the host unit."""

    __tablename__ = "outing_leads"

    outing_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("outings.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    since: Mapped[datetime] = mapped_column(default=now, server_default=func.now())


class OutingUnit(Model):
    """A further unit that the outing is open to."""

    __tablename__ = "outing_units"

    outing_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("outings.id", ondelete="CASCADE"), primary_key=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id", ondelete="CASCADE"), primary_key=True, index=True)

    unit: Mapped[Unit] = relationship()
